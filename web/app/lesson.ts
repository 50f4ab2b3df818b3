// No part of a step: the lesson of a page, in the module: its words for this student, its world, and how far
// somebody has come in it.

import { readCourse, readProgress, readShown, type Course, type Progress } from "./record";
import { Lab } from "./lab";
import type { LessonFile } from "./lessonfile";
import type { Module } from "./module";
import type { Source } from "./session";

// A Told is an answer, given when there were so many steps. Its text has the escapes of a dialogue: it may be
// any octets.
export interface Told { question: string; text: string; at: number }

const all = 0x7fffffff;

export class Lesson {
  course: Course;
  private run = 0; // of the module that knows the lesson

  // A lesson is read from its file for a seed, in decimal, and said in the words of a translation, if there is one.
  // What's wrong with the file is thrown, as a sentence.
  constructor(private readonly module: Module, private readonly file: LessonFile, readonly seed: string) {
    this.course = this.read();
  }

  private read(): Course {
    this.run = this.module.run;
    const { name, content, words } = this.file, course = readCourse(this.module.text("lesson", `${this.seed} ${name}\n${content}`));
    return words ? readCourse(this.module.text("translate", `${name}\n${words}`, course.lesson, course.lab)) : course;
  }

  private here(): number {
    if (this.run !== this.module.run) this.course = this.read();
    return this.course.lesson;
  }

  // device is who the student is first.
  get device(): string { return this.course.device || "office PC"; }

  // begin is the lesson's world, as the student finds it.
  begin(): Lab {
    const lab = Lab.of(this.module, () => this.module.call("steps", this.read().lab, 0, all), () => this.begin());
    if (this.course.connect) lab.steps.push(...lab.act({ kind: "connect", device: this.device }));
    return lab;
  }

  // resume is a world in which everything of a script has happened that began as the lesson does.
  resume(script: string): Lab {
    return Lab.of(this.module, () => this.module.text("resume", script, this.here()), () => this.begin());
  }

  // check says how far somebody has come in a lab of this lesson; nothing where there's no lab.
  check(source: Source, answers: Told[]): Progress | undefined {
    if (!(source instanceof Lab)) return undefined;
    return readProgress(this.module.text("check", answers.map(line).join("\n"), this.here(), source.number));
  }

  // show is the reference, played in a lab of its own.
  show(): { lab: Lab; answers: Told[] } {
    let answers: Told[] = [];
    const lab = Lab.of(this.module, () => {
      const shown = readShown(this.module.call("show", this.here()));
      answers = shown.answers.map((a) => ({ question: a.question, text: escaped(a.text), at: a.at }));
      return this.module.call("steps", shown.lab, 0, all);
    }, () => this.begin());
    return { lab, answers };
  }
}

// line is an answer as hand-ins have it.
export const line = (a: Told) => `${a.question} ${a.at} ${a.text}`;

// told reads what line wrote; undefined for what it can't have written.
export function told(text: string): Told | undefined {
  const [, question, at, answer] = /^([a-z][a-z0-9-]*) (\d+) (.*)$/s.exec(text) ?? [];
  return question === undefined ? undefined : { question, at: Number(at), text: answer! };
}

const named: Record<number, string> = { 9: "\\t", 10: "\\n", 13: "\\r", 92: "\\\\" };

// escaped is text, or octets, with the escapes of a dialogue.
export function escaped(what: string | Uint8Array): string {
  const octets = typeof what === "string" ? new TextEncoder().encode(what) : what;
  return [...octets].map((c, i) => named[c] ?? (c < 32 || c > 126 || (c === 32 && i === octets.length - 1) ? "\\x" + c.toString(16).padStart(2, "0") : String.fromCharCode(c))).join("");
}
