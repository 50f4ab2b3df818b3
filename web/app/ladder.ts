// Ladder: the steps as arrows between client and server, in order; each arrow shows its step.

import { el, id } from "./dom";
import { readable } from "./conversation";
import { Rows, type Row } from "./rows";
import type { Session } from "./session";
import type { Step } from "./record";

// Shown are the steps of a branch, seen one way: its list, and the arrows and device that were added last.
interface Shown { list: HTMLOListElement; rows: Rows<Row>; last: Map<string, { row: Row; step: Step }>; device: string }

export function ladder(s: Session, pick: (n: number) => void): () => void {
  const panel = id("panel-ladder"), kept = new Map<Step[], Shown>();
  return () => {
    if (panel.hidden) return;
    let now = kept.get(s.steps);
    if (!now) kept.set(s.steps, now = { list: el("ol.ladder", { "aria-label": "Ladder" }), rows: new Rows(), last: new Map(), device: "" });
    while (now.rows.of.length < s.steps.length) add(now, s.steps[now.rows.of.length]!, pick);
    if (panel.firstChild !== now.list) panel.replaceChildren(now.list);
    now.rows.show(s.n);
  };
}

// add draws a step. The lines of a reply are one arrow, their end is part of it.
function add(to: Shown, step: Step, pick: (n: number) => void): void {
  const n = to.rows.of.length + 1, before = to.last.get(step.device);
  if (before && (step.kind === "end" || step.kind === "data" && before.step.kind === "data")) {
    to.rows.add(before.row);
    return;
  }
  if (step.device && step.device !== to.device) {
    to.device = step.device;
    to.list.append(el("li.ends", el("span", step.device), el("span", "server")));
  }
  const button = el("button", { type: "button", click: () => pick(n) },
    el("span.n", String(n)), el(`span.arrow.${step.direction === "C" ? "c" : step.direction === "S" ? "s" : "w"}${step.status === "-ERR" || step.lost ? ".bad" : ""}`, label(step)));
  const row = to.rows.add({ el: el("li", button), mark: button, from: n, to: n });
  to.last.set(step.device, { row, step });
  to.list.append(row.el);
}

function label(step: Step): string {
  if (step.kind === "data") return "lines, up to a lone dot";
  if (!step.direction || step.kind === "sealed") return step.title;
  return readable(step.octets).replace(/(\\x0d)?\\x0a$/, "").slice(0, 120);
}
