// A recorded dialogue on the bench: what is said beside its steps, and taking it over.

import { el, id, say } from "./dom";
import { Recording } from "./recording";
import type { Branch, Session } from "./session";

// A Remark is said above the row of step first, and holds up to step last.
interface Remark { first: number; last: number; text: string }

// tale is there on pages that show a dialogue, and does nothing on others. The page's own rows hold the
// remarks: they're read before the conversation puts others in their place. A session that came with the
// address isn't what they're about.
export function tale(s: Session): () => void {
  const button = document.getElementById("take") as HTMLButtonElement | null;
  if (!button) return () => undefined;
  const remarks = !(s.source instanceof Recording) ? [] : [...document.querySelectorAll<HTMLElement>("#lines .remark")].map((e): Remark =>
    ({ first: Number(e.dataset.first), last: Number(e.dataset.last), text: e.textContent ?? "" }));
  const recorded = s.branch, rows = new Map<Branch, Map<Remark, HTMLElement>>();
  let said: Remark | undefined, begun = false;
  button.addEventListener("click", () => {
    s.take();
    if (s.branch !== recorded) say("The session is yours from here.");
    id("command").focus({ preventScroll: true });
  });
  return () => {
    let now = rows.get(s.branch);
    if (!now) rows.set(s.branch, now = insert(remarks.filter((r) => r.last <= common(recorded, s.branch))));
    for (const [r, li] of now) {
      li.classList.toggle("on", r.first <= s.n && s.n <= r.last);
      li.classList.toggle("later", s.n < r.first);
    }
    const here = [...now.keys()].find((r) => r.first <= s.n && s.n <= r.last);
    if (begun && here && here !== said) say(here.text); // not at the beginning: nobody asked yet
    said = here;
    begun = true;
    button.disabled = s.branch !== recorded;
    button.textContent = s.branch === recorded ? "Take over from here" : "Taken over";
  };
}

// insert puts remarks above their rows, which stand in the columns of the branch in view.
function insert(remarks: Remark[]): Map<Remark, HTMLElement> {
  const made = new Map<Remark, HTMLElement>();
  for (const r of remarks) {
    const row = document.querySelector(`#log .col a.n[href="#s=${r.first}"]`)?.closest("li");
    const li = el("li.remark", r.text);
    row?.before(li);
    made.set(r, li);
  }
  return made;
}

// common is how many steps two branches begin with alike.
function common(a: Branch, b: Branch): number {
  let n = 0;
  while (n < a.steps.length && a.steps[n]!.title === b.steps[n]?.title) n++;
  return n;
}
