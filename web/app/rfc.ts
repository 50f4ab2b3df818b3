// RFC: the sentences that decided the step, as far as the requirement rows quote them.

import { asset } from "./asset";
import { el, id } from "./dom";
import { source } from "./notes";
import type { Session } from "./session";

// A Requirement is a row of the table of requirements.
interface Requirement { id: string; place: string; level: string; text: string }

export function rfc(s: Session, address: string): () => void {
  const panel = id("panel-rfc");
  let rows: Map<string, Requirement> | undefined, asked = false;
  const show = () => {
    if (panel.hidden || !s.step) return;
    if (!asked) {
      asked = true;
      asset(address).then((a) => a.json()).then((all: Requirement[]) => { rows = new Map(all.map((r) => [r.id, r])); show(); }, () => { rows = new Map(); show(); });
    }
    const { note } = s.step;
    panel.replaceChildren(
      el("p.ref", ...(note.rfc ? source(note) : ["No sentence of an RFC decided this: it happened outside the dialogue."])),
      ...note.reqs.flatMap((name) => {
        const r = rows?.get(name);
        return r ? [el("blockquote", { cite: r.place }, r.text, " ", el("span.ref", `${r.id} · ${r.place}${r.level ? " · " + r.level : ""}`))] : [];
      }),
    );
  };
  return show;
}
