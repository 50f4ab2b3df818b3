// Notes: what the step is, in words, with its octets beside them; or, when a part of its line is chosen,
// what that part is.

import { el, id } from "./dom";
import { readable } from "./conversation";
import { strip } from "./bytes";
import { what, type Chosen } from "./parts";
import { command, page, quoted, rules } from "./rules";
import type { Session } from "./session";
import type { Note, Step } from "./record";

export function notes(s: Session, chosen: () => Chosen | undefined): () => void {
  const panel = id("panel-notes");
  const show = () => {
    if (panel.hidden) return;
    const step = s.step, part = chosen();
    if (!step) return;
    id("note").replaceChildren(...(part ? about(part, show) : whole(step)));
    strip(id("strip"), step, part?.label);
  };
  return show;
}

// whole is the step.
const whole = (step: Step): Node[] => [
  el("h3", heading(step)),
  el("p", step.note.text),
  ...mistake(step.note),
  el("p.ref", ...source(step.note), step.note.rfc && command(step.verb).length ? " · " : "", ...command(step.verb)),
];

// about is a part: what it is, what may be relied on, and the rows that say so.
function about({ step, label }: Chosen, again: () => void): Node[] {
  const text = readable(step.octets.subarray(label.start, label.end));
  return [
    el("h3", el("code", { translate: "no" }, text.length > 80 ? text.slice(0, 80) + "…" : text), " ", el("span.aside", what(label))),
    el("p", label.doc),
    ...rules(again).filter((r) => r.parts?.includes(label.part)).map(quoted),
    ...mistake(step.note),
    el("p.ref", ...command(step.verb)),
  ];
}

const mistake = (note: Note): Node[] => note.mistake ? [el("p.mistake", "Seen in the wild: " + note.mistake)] : [];

// heading is what the step says itself, or what happened.
export function heading(step: Step): string {
  const line = readable(step.octets).split("\\x0d\\x0a")[0] ?? "";
  return (step.kind === "line" || step.kind === "reply") && line ? line.replace(/\\x0a$/, "") : capital(step.title);
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

// source is the place that decides, with a link to it.
export function source(note: Note): (Node | string)[] {
  if (!note.rfc) return [];
  const href = `https://www.rfc-editor.org/rfc/rfc${note.rfc}#section-${note.section}`;
  const rows = note.reqs.flatMap((r, i) => [i ? ", " : "", el("a", { href: page("coverage#" + r) }, r)]);
  return [el("a", { href, rel: "noreferrer", target: "_blank" }, note.place), rows.length ? ` · ${note.reqs.length > 1 ? "requirements" : "requirement"} ` : "", ...rows];
}
