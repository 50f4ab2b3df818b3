// No part of a step: what a student does in a lesson: the answers given in each branch, how far that leads, and
// keeping it. Going back and doing it over is a branch here too; the reference, when it's shown, is one that
// counts for nothing.

import { line, told, type Lesson, type Told } from "./lesson";
import { keep, type Kept } from "./progress";
import type { Progress } from "./record";
import type { Branch, Session } from "./session";

export class Attempt {
  progress!: Progress;
  private readonly answers = new Map<Branch, Told[]>();
  private readonly shown = new Set<Branch>();
  private before?: Branch; // the branch that was in view last
  private own!: Branch; // the last one that was the student's own
  private undoable?: Told[];
  private key = "";

  constructor(readonly s: Session, readonly lesson: Lesson, readonly kept: Kept, private readonly id: string, restored: boolean) {
    this.answers.set(s.branch, restored ? kept.answers.map(told).filter((a) => a !== undefined) : []);
    this.own = this.before = s.branch;
    this.look();
  }

  // look says whether anything has changed since it was asked last, and checks how far it leads.
  look(): boolean {
    const { branch } = this.s;
    if (!this.answers.has(branch)) this.begin(branch);
    this.before = branch;
    if (!this.shown.has(branch)) this.own = branch;
    const key = `${this.s.branches.indexOf(this.own)} ${this.own.steps.length} ${this.mine.map(line).join("\n")}`;
    if (key === this.key) return false;
    this.key = key;
    this.progress = this.lesson.check(this.own.source, this.mine) ?? this.progress;
    this.keep();
    return true;
  }

  // showing says whether the branch in view is the reference, or goes on from it.
  get showing(): boolean { return this.shown.has(this.s.branch); }

  // begun says whether the student has done anything.
  get begun(): boolean { return this.progress.commands > 0 || this.mine.length > 0; }

  private get mine(): Told[] { return this.answers.get(this.own) ?? []; }

  // begin gives a branch that's new the answers of the one that it comes from: given before it began, and
  // none that marks a step that isn't there any more.
  private begin(branch: Branch): void {
    const from = this.before!, n = common(from, branch);
    if (this.shown.has(from) && n > this.lesson.course.begun + 1) this.shown.add(branch);
    const source = this.shown.has(from) && !this.shown.has(branch) ? this.own : from;
    const marks = new Set(this.lesson.course.questions.filter((q) => q.kind === "mark").map((q) => q.name));
    this.answers.set(branch, (this.answers.get(source) ?? []).filter((a) => !marks.has(a.question) || Number(a.text.split(":")[0]) < n)
      .map((a) => ({ ...a, at: Math.min(a.at, n) })));
  }

  // answer gives an answer, with the escapes of a dialogue. Earlier ones to the same question stay: what came
  // of them has happened. The checker goes by the last; of predictions, by the first.
  answer(question: string, text: string): void {
    this.set([...this.mine, { question, text, at: this.own.steps.length }].slice(-most));
  }

  // forget takes all answers back; undo brings them once more.
  forget(): void {
    this.undoable = this.mine;
    this.set([]);
  }

  get forgotten(): boolean { return this.undoable !== undefined; }

  undo(): void {
    const list = this.undoable;
    this.undoable = undefined;
    if (list) this.set(list);
  }

  private set(list: Told[]): void {
    this.answers.set(this.own, list);
    this.s.changed();
  }

  // show lets the reference be looked at.
  show(): void {
    const { lab, answers } = this.lesson.show(), branch = this.s.add(lab);
    this.answers.set(branch, answers);
    this.shown.add(branch);
    this.s.show(branch);
    this.s.go(this.lesson.course.begun);
  }

  back(): void { this.s.show(this.own); }

  // replies are the answers of the branch in view: the reference's own while it's shown.
  get replies(): Told[] { return this.answers.get(this.s.branch) ?? []; }

  // looked notes that a rung of the ladder was looked at.
  looked(goal: number, rung: number): void {
    const name = `${goal + 1}.${rung + 1}`;
    if (!this.kept.hints.includes(name)) this.kept.hints.push(name);
    this.keep();
  }

  // handIn is what is handed in: lesson, revision, seed, script, answers.
  handIn(): string {
    const { course } = this.lesson;
    return ["pop3lab hand-in 1", `lesson: ${course.id}`, `rev: ${course.rev}`, `seed: ${course.seed}`, `script: ${this.own.source.script()}`,
      ...this.mine.map((a) => "answer: " + line(a)), ...this.kept.hints.map((h) => "hint: " + h), ""].join("\n");
  }

  private keep(): void {
    const { kept, progress: p } = this, rev = this.lesson.course.rev;
    Object.assign(kept, { rev, goals: p.goals.map((g) => g.met), answers: this.mine.map(line), script: this.own.source.script() });
    if (p.done) {
      const better = kept.done?.rev !== rev || p.commands < kept.done.commands;
      if (better) kept.done = { rev, commands: p.commands };
      kept.solved = this.handIn();
    }
    if (this.begun || kept.hints.length) keep(this.id, kept);
  }
}

// most is how many answers are kept.
const most = 300;

// common is how many steps two branches begin with alike.
function common(a: Branch, b: Branch): number {
  let n = 0;
  while (n < a.steps.length && n < b.steps.length && a.steps[n]!.title === b.steps[n]!.title && a.steps[n]!.clock === b.steps[n]!.clock) n++;
  return n;
}
