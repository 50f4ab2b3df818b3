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
  from: string; // the script that it began with; empty for the world as it is
  inputs: Partial<Input>[]; // what came since
}

export class Session {
  readonly branches: Branch[] = [];
  branch: Branch;
  // n is how many steps are shown; the last of them is the current one.
  n = 0;
  device: string;
  // world is the world that branches begin with, unless a script says otherwise.
  private readonly world: string;
  // trouble is why the last input made no sense, empty when it did.
  trouble = "";
  private readonly watchers: (() => void)[] = [];

  // A session is a world that begins, or what a script says has happened.
  constructor(readonly module: Module, start: { world: string } | { script: string }, device: string) {
    this.device = device;
    this.world = "world" in start ? start.world : "";
    this.branch = "world" in start ? this.keep(readFrame(module.text("begin", start.world)), "") : this.keep(readFrame(module.text("replay", start.script)), start.script);
    this.n = this.steps.length;
    this.device = this.steps.findLast((x) => x.device)?.device ?? device;
  }

  get steps(): Step[] { return this.branch.steps; }
  get step(): Step | undefined { return this.steps[this.n - 1]; }
  get live(): boolean { return this.n === this.steps.length; }

  watch(f: () => void): void { this.watchers.push(f); }

  changed(): void { for (const f of this.watchers) f(); }

  // keep begins a branch with a world that the module has made.
  private keep(f: Frame, from: string): Branch {
    const branch: Branch = { name: String.fromCharCode(65 + this.branches.length % 26), steps: f.steps, lab: f.lab, run: this.module.run, from, inputs: [] };
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

  // act lets something happen, after the step that is shown: in the past that begins a branch.
  act(input: Partial<Input>): Step[] {
    this.trouble = "";
    try {
      this.current();
      if (!this.live) this.branch = this.fork();
      const frame = readFrame(this.module.record("act", this.branch.lab, writeInput(input)));
      this.trouble = frame.refused;
      if (!frame.refused) this.branch.inputs.push(input);
      this.steps.push(...frame.steps);
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
    this.branch = this.keep(readFrame(this.module.text("begin", world)), "");
    this.n = this.steps.length;
  }

  // fork begins a branch with what had happened up to the step that is shown.
  private fork(): Branch {
    const from = this.module.read("scriptAt", this.branch.lab, this.n - 1);
    return this.keep(readFrame(this.module.call("fork", this.branch.lab, this.n - 1)), from);
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
    b.lab = readFrame(b.from ? this.module.text("replay", b.from) : this.module.text("begin", this.world)).lab;
    b.run = this.module.run;
    for (const input of b.inputs) this.module.record("act", b.lab, writeInput(input));
  }
}
