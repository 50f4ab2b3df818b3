// All steps, and which of them is shown. Every panel shows step n of the branch in view and keeps
// nothing of its own; what happens is decided by the engine, in the module.

import { readFrame, readLanes, readSpec, writeInput, type Frame, type Input, type Lanes, type Spec, type Step } from "./record";
import type { Module } from "./module";

// A Branch is one course of events. What is sent in the past begins another; both stay.
export interface Branch {
  name: string;
  steps: Step[];
  lab: number;
  run: number; // of the module, in which the lab is
  script: string; // all that has to be kept of it
}

export class Session {
  readonly branches: Branch[] = [];
  branch: Branch;
  // n is how many steps are shown; the last of them is the current one.
  n = 0;
  device: string;
  // trouble is why the last input made no sense, empty when it did.
  trouble = "";
  private readonly watchers: (() => void)[] = [];

  // A session is a world that begins, or what a script says has happened.
  constructor(readonly module: Module, start: { world: string } | { script: string }, device: string) {
    this.device = device;
    this.branch = this.keep(readFrame("world" in start ? module.text("begin", start.world) : module.text("replay", start.script)));
    this.n = this.steps.length;
    this.device = this.steps.findLast((x) => x.device)?.device ?? device;
  }

  get steps(): Step[] { return this.branch.steps; }
  get step(): Step | undefined { return this.steps[this.n - 1]; }
  get live(): boolean { return this.n === this.steps.length; }

  watch(f: () => void): void { this.watchers.push(f); }

  changed(): void { for (const f of this.watchers) f(); }

  // keep begins a branch with a world that the module has made.
  private keep(f: Frame): Branch {
    const branch: Branch = { name: String.fromCharCode(65 + this.branches.length % 26), steps: f.steps, lab: f.lab, run: this.module.run, script: this.module.read("script", f.lab) };
    this.branches.push(branch);
    return branch;
  }

  // go shows step n of the branch in view.
  go(n: number): void {
    n = Math.max(Math.min(1, this.steps.length), Math.min(n, this.steps.length));
    if (n === this.n) return;
    this.n = n;
    this.changed();
  }

  // show turns to another branch, at its end.
  show(branch: Branch): void {
    this.branch = branch;
    this.n = branch.steps.length;
    this.changed();
  }

  // exchange is the number of the step that ends the next exchange, or with -1 the one before.
  exchange(by: 1 | -1): number {
    const here = this.step?.exchange ?? 0, steps = this.steps;
    let n = this.n;
    if (by > 0) {
      if (n < steps.length && steps[n]!.exchange !== here) n++;
      const end = steps[n - 1]?.exchange;
      while (n < steps.length && steps[n]!.exchange === end) n++;
    } else {
      while (n > 1 && steps[n - 1]!.exchange === here) n--;
    }
    return n;
  }

  // mark is the number of the next, or with -1 the last, step where the state changed or something
  // was refused.
  mark(by: 1 | -1): number {
    let n = this.n + by;
    while (n > 1 && n < this.steps.length && !notable(this.steps[n - 1]!)) n += by;
    return n;
  }

  // act lets something happen, after the step that is shown: in the past that begins a branch.
  act(input: Partial<Input>): Step[] {
    this.trouble = "";
    try {
      this.current();
      if (!this.live) this.branch = this.keep(readFrame(this.module.call("fork", this.branch.lab, this.n - 1)));
      const frame = readFrame(this.module.record("act", this.branch.lab, writeInput(input)));
      this.trouble = frame.refused;
      this.steps.push(...frame.steps);
      this.branch.script = this.module.read("script", this.branch.lab);
      this.n = this.steps.length;
      return frame.steps;
    } catch (error) {
      this.trouble = (error as Error).message;
      return [];
    } finally {
      this.changed();
    }
  }

  // reset begins the world anew, as another branch.
  reset(world: string): void {
    this.branch = this.keep(readFrame(this.module.text("begin", world)));
    this.n = this.steps.length;
  }

  // scriptHere is all that has to be kept to come back to the step that is shown.
  scriptHere(): string {
    this.current();
    return this.module.read("script", this.branch.lab);
  }

  // spec is the protocol that a server of the world goes by.
  spec(n: number): Spec {
    this.current();
    return readSpec(this.module.call("spec", this.branch.lab, n));
  }

  // lanes is the message that the step is about, three times; none when it's about none.
  lanes(): Lanes | undefined {
    this.current();
    try {
      return readLanes(this.module.call("lanes", this.branch.lab, this.n - 1));
    } catch {
      return undefined;
    }
  }

  // current brings the branch into the module, if that was started anew since.
  private current(): void {
    const b = this.branch;
    if (b.run === this.module.run) return;
    b.lab = readFrame(this.module.text("replay", b.script)).lab;
    b.run = this.module.run;
  }
}

// notable says whether a step is worth a mark on the slider.
export const notable = (s: Step) => s.change || s.status === "-ERR" || s.kind === "close";
