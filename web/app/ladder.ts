// Ladder: the steps as arrows between client and server, in order; each arrow shows its step.

import { el, id } from "./dom";
import { readable } from "./conversation";
import type { Session } from "./session";
import type { Step } from "./record";

export function ladder(s: Session, pick: (n: number) => void): () => void {
  const panel = id("panel-ladder");
  return () => {
    if (panel.hidden) return;
    const list = el("ol.ladder", { "aria-label": "Ladder" });
    let device = "", current: HTMLElement | undefined;
    s.steps.forEach((step, i) => {
      if (step.kind === "end" || step.kind === "data" && s.steps[i - 1]?.kind === "data") return;
      if (step.device && step.device !== device) {
        device = step.device;
        list.append(el("li.ends", el("span", device), el("span", "server")));
      }
      const button = el("button", { type: "button", click: () => pick(i + 1) },
        el("span.n", String(i + 1)), el(`span.arrow.${step.direction === "C" ? "c" : step.direction === "S" ? "s" : "w"}${step.status === "-ERR" || step.lost ? ".bad" : ""}`, label(step)));
      if (shows(s, i)) {
        button.setAttribute("aria-current", "step");
        current = button;
      }
      list.append(el(i + 1 > s.n ? "li.later" : "li", button));
    });
    panel.replaceChildren(list);
    current?.scrollIntoView({ block: "nearest" });
  };
}

// shows says whether arrow i is the one that stands for the step shown.
function shows(s: Session, i: number): boolean {
  let at = s.n - 1;
  while (at > 0 && (s.steps[at]!.kind === "end" || s.steps[at]!.kind === "data" && s.steps[at - 1]!.kind === "data")) at--;
  return at === i;
}

function label(step: Step): string {
  if (step.kind === "data") return "lines, up to a lone dot";
  if (!step.direction) return step.title;
  return readable(step.octets).replace(/(\\x0d)?\\x0a$/, "").slice(0, 120);
}
