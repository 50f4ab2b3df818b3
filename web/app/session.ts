// All steps, and which of them is shown. Every panel shows step n of the branch in view and keeps
// nothing of its own; what happens is decided by the source that the steps come from.

import type { Catalogue, Input, Lanes, Spec, Step } from "./record";

// A Source is where the steps of a branch come from, and where what somebody does goes: the engine
// in this page (lab.ts), a recording (recording.ts), a real server. What it can't do, it says with an
// Error, whose text is a sentence.
export interface Source {
  // steps are those that came so far. They're never changed; Session.append adds to them.
  readonly steps: Step[];
  // at is what goes on behind step n: the source itself at its end, and where the past can't be done
  // over; else another one that begins with the same n steps.
  at(n: number): Source;
  // act lets something happen, at the end, and returns the steps that follow. Those that take their
  // time are appended when they come.
  act(input: Partial<Input>): Step[];
  // script is all that has to be kept to come back; empty where nobody knows.
  script(): string;
  // spec is the protocol that a server of the world goes by, lanes the message that step n is about,
  // catalogue what a world may be made of; none where nobody knows.
  spec(server: number): Spec | undefined;
  lanes(n: number): Lanes | undefined;
  catalogue(): Catalogue | undefined;
  // own is the device that speaks from this page, where others act by themselves: what follows then comes by
  // append, and the past can't be done over.
  readonly own?: string;
  // frames are the records of the steps, where no script says how to come back.
  readonly frames?: Uint8Array[];
  // anew is a source in whose world nothing has happened.
  anew(world: string): Source;
}

// A Branch is one course of events. What is sent in the past begins another; both stay.
export interface Branch {
  readonly name: string;
  readonly source: Source;
  readonly steps: Step[];
}

export class Session {
  readonly branches: Branch[] = [];
  branch: Branch;
  // n is how many steps are shown; the last of them is the current one.
  n: number;
  // device is who speaks, and whose session the panels show.
  device: string;
  // trouble is why the last thing that was done made no sense, empty when it did.
  trouble = "";
  // look is how the steps are seen: the same steps, as somebody else sees them.
  look = (steps: Step[]) => steps;
  private readonly watchers: (() => void)[] = [];

  // A session shows a source from its step n on: LIVE, unless one is given.
  constructor(source: Source, device: string, n = Infinity) {
    this.branch = this.add(source);
    this.n = this.within(n);
    this.device = this.steps.slice(0, this.n).findLast((x) => x.device)?.device ?? device;
  }

  get source(): Source { return this.branch.source; }
  get steps(): Step[] { return this.look(this.branch.steps); }
  get step(): Step | undefined { return this.steps[this.n - 1]; }
  get live(): boolean { return this.n === this.steps.length; }

  watch(f: () => void): void { this.watchers.push(f); }

  changed(): void { for (const f of this.watchers) f(); }

  // add is the branch of a source: a new one, if it has none yet.
  add(source: Source): Branch {
    const had = this.branches.find((b) => b.source === source);
    if (had) return had;
    const branch = { name: String.fromCharCode(65 + this.branches.length % 26), source, steps: source.steps };
    this.branches.push(branch);
    return branch;
  }

  private within(n: number): number { return Math.max(Math.min(1, this.steps.length), Math.min(n, this.steps.length)); }

  // go shows step n of the branch in view.
  go(n: number): void {
    n = this.within(n);
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

  // append adds steps that came to a branch. LIVE follows them; REVIEW stays where it is.
  append(steps: Step[], to: Branch = this.branch): void {
    const follow = to === this.branch && this.live;
    for (const step of steps) to.steps.push(step);
    if (follow) this.n = this.steps.length;
    this.changed();
  }

  // act lets something happen after the step that is shown: in the past that begins a branch.
  act(input: Partial<Input>): Step[] {
    let steps: Step[] = [];
    try {
      const source = this.source.at(this.n);
      steps = source.act(input);
      this.trouble = "";
      if (source !== this.source) this.branch = this.add(source);
      this.n = this.steps.length;
    } catch (error) {
      this.trouble = (error as Error).message;
    }
    this.append(steps);
    return steps;
  }

  // take goes on from the step that is shown, as another branch where the past can be done over: what was
  // recorded is taken over, with nothing done yet.
  take(): void {
    try {
      const source = this.source.at(this.n);
      this.trouble = "";
      if (source !== this.source) return this.show(this.add(source));
    } catch (error) {
      this.trouble = (error as Error).message;
    }
    this.changed();
  }

  // reset begins the world anew, as another branch.
  reset(world: string): void { this.show(this.add(this.source.anew(world))); }

  // scriptHere is all that has to be kept to come back to the branch that is shown; empty for none.
  scriptHere(): string { return this.source.script(); }

  spec(server: number): Spec | undefined { return this.source.spec(server); }
  lanes(): Lanes | undefined { return this.source.lanes(this.n); }

  // catalogue is what the world may be made of. There's trouble where nothing can be made.
  catalogue(): Catalogue | undefined {
    const all = this.source.catalogue();
    this.trouble = all ? "" : "Nothing can be changed in this world while the engine doesn't run.";
    if (!all) this.changed();
    return all;
  }
}
