// RFC: the sentences that decided the step, in the RFC's own words where one sentence did.

import { el, id } from "./dom";
import { source } from "./notes";
import { command, quoted, rules } from "./rules";
import type { Session } from "./session";

export function rfc(s: Session): () => void {
  const panel = id("panel-rfc");
  const show = () => {
    if (panel.hidden || !s.step) return;
    const { note, verb } = s.step, rows = rules(show);
    panel.replaceChildren(
      el("p.ref", ...(note.rfc ? source(note) : ["No sentence of an RFC decided this: it happened outside the dialogue. "]), ...(note.rfc && command(verb).length ? [" · "] : []), ...command(verb)),
      ...rows.filter((r) => note.reqs.includes(r.id)).sort((a, b) => Number(!a.said) - Number(!b.said) || note.reqs.indexOf(a.id) - note.reqs.indexOf(b.id)).map(quoted),
    );
  };
  return show;
}
