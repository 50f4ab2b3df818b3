// The parts of the step's line: each can be chosen with the pointer, and from the Conversation with Enter
// and the arrow keys; the Notes lens then explains it.

import { id } from "./dom";
import { readable } from "./conversation";
import type { Session } from "./session";
import type { Label, Step } from "./record";
import type { Tabs } from "./tabs";

// A Chosen part is one of a step's labels.
export interface Chosen { step: Step; label: Label }

// parts lets parts be chosen; what it returns is the one that is, as long as its step is shown.
export function parts(s: Session, tabs: Tabs, show: () => void): () => Chosen | undefined {
  const log = id("log");
  let chosen: Chosen | undefined;
  const choose = (at: HTMLElement, focus: boolean) => {
    const all = shown(log, s), label = s.step?.labels[all.indexOf(at)];
    if (!s.step || !label) return;
    chosen = { step: s.step, label };
    for (const e of log.querySelectorAll(".chosen")) e.classList.remove("chosen");
    at.classList.add("chosen");
    if (focus) name(at, label, s.step);
    if (id("panel-notes").hidden) tabs.turn("notes");
    show();
    if (focus) at.focus();
  };
  const leave = () => {
    chosen = undefined;
    for (const e of log.querySelectorAll(".chosen")) e.classList.remove("chosen");
    show();
  };
  log.addEventListener("click", (e) => {
    const at = (e.target as HTMLElement).closest<HTMLElement>(".part, .eol");
    if (at && !getSelection()?.toString()) choose(at, false);
  });
  log.addEventListener("keydown", (e) => {
    const all = shown(log, s), at = all.indexOf(e.target as HTMLElement);
    const to = e.target === log && e.key === "Enter" ? all[0] : at < 0 ? undefined
      : { ArrowRight: all[at + 1] ?? all[at], ArrowLeft: all[at - 1] ?? all[at], Home: all[0], End: all.at(-1) }[e.key];
    if (to) choose(to, true);
    else if (at >= 0 && e.key === "Enter") id("note").querySelector<HTMLElement>("a")?.focus();
    else if (at >= 0 && e.key === "Escape") { log.focus(); leave(); }
    else return;
    e.preventDefault();
    e.stopPropagation();
  });
  s.watch(() => { if (chosen && chosen.step !== s.step) leave(); });
  return () => chosen?.step === s.step ? chosen : undefined;
}

// shown are the elements of the step's line, one a label.
function shown(log: HTMLElement, s: Session): HTMLElement[] {
  const row = log.querySelector("[aria-current=step]"), inside = row?.querySelector(`.more > [data-step="${s.n}"]`);
  return [...(inside ?? row?.querySelector(".t"))?.children ?? []].filter((e): e is HTMLElement => e.matches(".part, .eol"));
}

// name gives a part what it needs to be reached and read out.
function name(at: HTMLElement, l: Label, step: Step): void {
  at.tabIndex = -1;
  at.setAttribute("role", "button");
  at.setAttribute("aria-label", `${what(l)}: ${readable(step.octets.subarray(l.start, l.end))}`);
}

// what is a part's name, with the argument's where it has one.
export const what = (l: Label) => l.name && l.name !== l.part ? `${l.part} ${l.name}` : l.part;
