// A lesson beside the bench: what is read, the goals, what is said when all of them are met. It begins where the
// student left it.

import { Attempt } from "./lessonattempt";
import { el, id, plural } from "./dom";
import { goals } from "./goals";
import { Lesson } from "./lesson";
import { attacking } from "./lessonattack";
import { file, store } from "./lessonfile";
import { act, menu } from "./lessonmenu";
import { prose } from "./lessonprose";
import { serving } from "./lessonserve";
import type { Module } from "./module";
import type { Chosen } from "./parts";
import { fresh, load, type Kept } from "./progress";
import { ask } from "./question";
import type { Input } from "./record";
import type { Lab } from "./lab";
import type { Session } from "./session";
import { names } from "./world";
import { t } from "./words";

// A Taught is the lesson of this page: the world to begin with, and its panel for a session.
export interface Taught { lab: Lab; device: string; panel(s: Session, chosen: () => Chosen | undefined): () => void }

// taught is the lesson of this page; undefined where there is none. A file that holds none is thrown, as a sentence.
export function taught(module: Module, shared?: { script: string; edition: string }): Taught | undefined {
  const text = file();
  if (!text) return undefined;
  const header = /^id:\s*([a-z][a-z0-9-]*)/m.exec(text.content)?.[1] ?? "", kept = load(store(header));
  const lesson = new Lesson(module, text, shared?.edition || kept?.seed || fresh()), { course } = lesson;
  document.body.dataset.edition = lesson.seed;
  const { lab, restored, note } = start(lesson, kept, shared?.script);
  names.unshift(...course.devices.filter((d) => d !== lesson.device));
  return { lab, device: lab.steps.length > course.begun + 1 ? lab.steps.findLast((x) => x.device)?.device ?? lesson.device : lesson.device, panel: (s, chosen) => panel(s, lesson, kept, restored, note, chosen) };
}

// start is the world: as a link has it, as it was left, or at its beginning.
function start(lesson: Lesson, kept?: Kept, script?: string): { lab: Lab; restored: boolean; note: string } {
  const { course } = lesson;
  try {
    if (script) return { lab: lesson.resume(script), restored: false, note: "" };
  } catch (error) {
    return { lab: lesson.begin(), restored: false, note: t("The link holds no session of this lesson: {0}", (error as Error).message) };
  }
  const updated = kept && kept.rev !== course.rev ? t("This lesson was updated since you did it. It begins anew.") : "";
  try {
    if (kept && !updated && kept.seed === lesson.seed && (kept.script || kept.answers.length)) return { lab: lesson.resume(kept.script), restored: true, note: "" };
  } catch { /* a build whose worlds begin otherwise: it begins anew */ }
  return { lab: lesson.begin(), restored: false, note: updated };
}

function panel(s: Session, lesson: Lesson, before: Kept | undefined, restored: boolean, note: string, chosen: () => Chosen | undefined): () => void {
  const { course } = lesson;
  const kept: Kept = { goals: [], script: "", answers: [], hints: [], ...before, rev: course.rev, seed: lesson.seed };
  if (before && before.rev !== course.rev) Object.assign(kept, { hints: [], answers: [] });
  words(lesson, note);
  const attempt = new Attempt(s, lesson, kept, store(course.id), restored);
  const parts = [goals(s, attempt, chosen), menu(s, attempt, store(course.id)), done(attempt, chosen)];
  if (course.role === "server") parts.push(serving(attempt));
  if (course.role === "attacker") parts.push(attacking(attempt));
  id("bench").dataset.role = course.role === "client" ? "" : course.role;
  document.addEventListener("pop3lab:input", (e) => act(s, (e as CustomEvent<Partial<Input>>).detail)); // as menus do; tests use it
  return () => {
    attempt.look();
    for (const p of parts) p();
    document.body.dataset.goals = attempt.progress.goals.map((g) => g.met ? "1" : "0").join("");
  };
}

// words puts the student's edition in the place of the printed one.
function words(lesson: Lesson, note: string): void {
  const { course } = lesson, sheet = id("meta").querySelector("a");
  id("course-title").textContent = course.title;
  id("meta").replaceChildren(el("span", plural(course.minutes, "minute")), el("span", { title: t("Names and numbers differ from edition to edition.") }, t("your edition: {0}", course.seed)), ...(sheet ? [sheet] : []));
  id("prose").replaceChildren(...(note ? [el("p.note-of", note)] : []), ...prose(course.prose));
}

// done is what is said when every goal is met: how it went, the exit question, something odd to try, what's next.
function done(attempt: Attempt, chosen: () => Chosen | undefined): () => void {
  const { course } = attempt.lesson, box = id("done"), { next, nextTitle } = id("course").dataset;
  const exit = course.questions.find((q) => q.name === "exit"), asked = exit && ask(exit, attempt, chosen);
  const count = el("p.count");
  box.replaceChildren(el("h2", { id: "done-title", tabindex: -1 }, t("Done")), count, ...prose(course.debrief), ...(asked ? [el("h3.small", t("One more question")), asked.el] : []),
    ...(course.experiment.length ? [el("h3.small", t("Something odd to try")), ...prose(course.experiment)] : []),
    ...(next ? [el("p", el("a.btn.next-lesson", { href: next }, t("Next: {0}", nextTitle!)))] : []));
  return () => {
    const p = attempt.progress, was = attempt.kept.done?.rev === course.rev;
    box.hidden = !p.done && !was;
    box.classList.toggle("earlier", !p.done);
    count.textContent = !p.done ? t("You have met every goal of this lesson before.") : course.role !== "client" || !course.par ? t("Every goal is met.") :
      t("Every goal is met, with {0}; the shortest way that we know takes {1}.", plural(p.commands, "command"), course.par);
    asked?.show(true);
  };
}
