// The goals of a lesson: each a sentence with its tick, the step that met it, its questions, its hints; and below
// the next one why it isn't met yet.

import type { Attempt } from "./lessonattempt";
import { el, id, say } from "./dom";
import { hints } from "./hints";
import type { Chosen } from "./parts";
import { ask, type Asked } from "./question";
import type { Aim, Reached } from "./record";
import type { Session } from "./session";
import { t } from "./words";

// goals puts the goals on the page; what it returns brings them up to date.
export function goals(s: Session, attempt: Attempt, chosen: () => Chosen | undefined): () => void {
  const { course } = attempt.lesson, asked = new Set<string>(["exit"]);
  const questions = (names: string[]) => course.questions.filter((q) => names.includes(q.name) && !asked.has(q.name)).map((q) => {
    asked.add(q.name);
    return ask(q, attempt, chosen);
  });
  const all = course.goals.map((aim, n) => goal(aim, n, s, attempt, questions(aim.asks)));
  id("goals").replaceChildren(...all.map((g) => g.el));
  const rest = questions(course.questions.map((q) => q.name));
  id("rest").replaceChildren(...rest.map((q) => q.el));
  id("goals-title").hidden = false;
  let met: boolean[] | undefined;
  return () => {
    const p = attempt.progress;
    all.forEach((g, n) => g.show(p.goals[n]!, p.next === n && attempt.begun ? p.why : "", p.next === n, come(p.goals, n)));
    for (const q of rest) q.show(true);
    const now = p.goals.map((g) => g.met), first = met && now.findIndex((m, n) => m && !met![n]);
    if (met && first !== undefined && first >= 0) say(t("Goal {0} is met: {1}", first + 1, course.goals[first]!.text));
    met = now;
    if (attempt.begun && p.next >= 0) reveal(all[p.next]!.el);
  };
}

// reveal brings the goal that is next into sight, where the lesson has a scroll of its own and nobody is reading or
// answering in it.
function reveal(goal: HTMLElement): void {
  const box = id("course");
  if (box.scrollHeight > box.clientHeight && !box.contains(document.activeElement)) goal.scrollIntoView({ block: "nearest" });
}

// come says whether what a goal's prediction is about has happened: the goal itself wants more than the
// prediction and is met, or the goal behind it is.
const come = (all: Reached[], n: number) => all[n]!.met && (all[n]!.stages > 1 || (all[n + 1]?.met ?? true));

interface Row { el: HTMLElement; show(g: Reached, why: string, next: boolean, come: boolean): void }

function goal(aim: Aim, n: number, s: Session, attempt: Attempt, questions: Asked[]): Row {
  const tick = el("span.tick", { "aria-hidden": true }), state = el("span.away"), step = el("button.link", { type: "button", hidden: true });
  const why = el("p.why", { role: "status" }), ladder = aim.never ? undefined : hints(aim, n, attempt);
  const li = el("li.goal", { "data-goal": n + 1 }, tick, el("div", el("p.aim", aim.text, " ", state, step), ...questions.map((q) => q.el), why, ladder));
  let at = -1;
  step.addEventListener("click", () => s.go(at + 1));
  return {
    el: li,
    show: (g, text, next, come) => {
      li.className = "goal" + (g.met ? " met" : g.broken ? " broken" : next ? " next" : "");
      tick.textContent = g.met ? "✓" : g.broken ? "✕" : "";
      state.textContent = g.met ? t("(met)") : g.broken ? t("(this has happened)") : aim.never ? t("(kept so far)") : t("(not met yet)");
      at = g.step;
      step.hidden = at < 0 || aim.hold;
      step.textContent = t("step {0}", at + 1);
      why.hidden = !text;
      if (why.textContent !== text) why.textContent = text;
      for (const q of questions) q.show(come);
      if (ladder) ladder.hidden = g.met;
    },
  };
}
