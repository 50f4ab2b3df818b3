// Notes: what the step is, in words, with its octets beside them.

import { el, id } from "./dom";
import { readable } from "./conversation";
import { strip } from "./bytes";
import type { Session } from "./session";
import type { Note, Step } from "./record";

export function notes(s: Session): () => void {
  return () => {
    const step = s.step;
    if (!step) return;
    const { note } = step;
    id("note").replaceChildren(
      el("h3", heading(step)),
      el("p", note.text),
      note.mistake ? el("p.mistake", "Seen in the wild: " + note.mistake) : "",
      el("p.ref", ...source(note)),
    );
    strip(id("strip"), step);
  };
}

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
  return [el("a", { href, rel: "noreferrer", target: "_blank" }, note.place), note.reqs.length ? ` · ${note.reqs.length > 1 ? "requirements" : "requirement"} ${note.reqs.join(", ")}` : ""];
}
