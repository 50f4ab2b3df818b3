// What one can do about a lesson as a whole: let the reference be shown, begin anew, hand in; and mail that the
// lesson has ready.

import type { Attempt } from "./lessonattempt";
import { close, entry, open, section } from "./dialog";
import { el, id } from "./dom";
import { save } from "./export";
import { forgetful, fresh, keep } from "./progress";
import type { Input } from "./record";
import type { Session } from "./session";
import { t } from "./words";

export function menu(s: Session, attempt: Attempt, store: string): () => void {
  const { lesson } = attempt, { course } = lesson;
  const button = (name: string, click: () => void) => el("button.btn", { type: "button", click }, name);
  const show = button(t("Show me"), () => attempt.show()), reset = button(t("Begin anew…"), () => anew(s, attempt, store));
  const hand = button(t("Hand in"), () => save(`${course.id}-${course.seed}.pop3lab.txt`, attempt.progress.done || !attempt.kept.solved ? attempt.handIn() : attempt.kept.solved));
  const note = el("p.how"), back = button(t("Back to my work"), () => attempt.back()), undo = button(t("Take my answers back in"), () => attempt.undo());
  const mail = course.role === "client" ? course.letters.map((l) => button(t("Let mail for {0} arrive", l.user), () => act(s, { kind: "deliver", user: l.user, uid: l.uid, octets: l.octets }))) : [];
  id("course-acts").replaceChildren(...mail, show, back, reset, undo, hand, note);
  return () => {
    back.hidden = !attempt.showing;
    show.hidden = attempt.showing;
    undo.hidden = !attempt.forgotten;
    note.textContent = attempt.showing ? t("This is one way through it. Step through it with the player; nothing of it counts as yours.")
      : forgetful() ? t("This browser keeps nothing for this page: what you do is gone when you close it. Hand in, or save it from the list of lessons.") : "";
  };
}

// act lets something happen, as the menus do.
export function act(s: Session, input: Partial<Input>): void {
  if (input.device && input.kind === "connect") s.device = input.device;
  s.act(input);
}

// anew is the ways to begin anew. Each can be undone, but for another edition.
function anew(s: Session, attempt: Attempt, store: string): void {
  const does = (f: () => void) => () => { close(); f(); };
  const speaks = s.step?.world.devices.find((d) => d.name === s.device)?.open;
  open(t("Begin anew"),
    section(t("What happened"),
      entry(t("This session"), t("Hang up without QUIT, and connect again. Marks are lost, mail stays as it is."), does(() => {
        if (speaks) s.act({ kind: "hang up", device: s.device });
        s.act({ kind: "connect", device: s.device });
      })),
      entry(t("The lesson’s world"), t("Everything is as it was at the beginning. What you did stays as a branch; your answers stay too."), does(() => { s.device = attempt.lesson.device; s.reset(""); }))),
    section(t("What you said"),
      entry(t("My answers"), t("They’re forgotten, and one button brings them back."), does(() => attempt.forget()))),
    section(t("All of it"),
      entry(t("Another edition"), t("Other names and numbers, as somebody beside you would have them. What you did in this one is gone."), does(() => {
        keep(store, { rev: attempt.lesson.course.rev, seed: fresh(), goals: [], script: "", answers: [], hints: [], ...(attempt.kept.done ? { done: attempt.kept.done } : {}) });
        location.hash = "";
        location.reload();
      }))),
  );
}
