// No part of a step: the engine in this page as a source of steps. A lab is a world in the module.

import { readCatalogue, readFrame, readLanes, readSpec, writeInput, type Catalogue, type Input, type Lanes, type Spec, type Step } from "./record";
import type { Module } from "./module";
import type { Source } from "./session";

export class Lab implements Source {
  readonly steps: Step[];
  private lab: number;
  private run: number; // of the module, in which the lab is
  private readonly inputs: Partial<Input>[] = []; // what came since it began
  private readonly specs: (Spec | undefined)[] = [];

  // A lab begins with a frame; begun makes that again, should the module have to be started anew. fresh is
  // its world when it's begun once more, where that's none that a text describes.
  private constructor(private readonly module: Module, private readonly begun: () => Uint8Array, frame = readFrame(begun()), private readonly fresh?: () => Lab) {
    this.steps = frame.steps;
    this.lab = frame.lab;
    this.run = module.run;
  }

  // begin is a world in which nothing has happened.
  static begin(module: Module, world: string): Lab { return new Lab(module, () => module.text("begin", world)); }

  // replay is a world in which everything of a script has happened.
  static replay(module: Module, script: string): Lab { return new Lab(module, () => module.text("replay", script)); }

  // of is a world that begins in a way of its own, which begun knows.
  static of(module: Module, begun: () => Uint8Array, fresh: () => Lab): Lab { return new Lab(module, begun, undefined, fresh); }

  // number is what the module calls the lab.
  get number(): number { return this.here(); }

  at(n: number): Source { return n === this.steps.length ? this : this.fork(n); }

  // fork is a lab of its own of what had happened up to step n.
  fork(n: number): Lab {
    const from = this.module.read("scriptAt", this.here(), n - 1);
    return new Lab(this.module, () => this.module.text("replay", from), readFrame(this.module.call("fork", this.lab, n - 1)), this.fresh);
  }

  act(input: Partial<Input>): Step[] {
    const frame = readFrame(this.module.record("act", this.here(), writeInput(input)));
    if (frame.refused) throw new Error(frame.refused);
    this.inputs.push(input);
    return frame.steps;
  }

  script(): string { return this.module.read("script", this.here()); }

  spec(server: number): Spec { return this.specs[server] ??= readSpec(this.module.call("spec", this.here(), server)); }

  lanes(n: number): Lanes | undefined {
    const lab = this.here();
    try {
      return readLanes(this.module.call("lanes", lab, n - 1));
    } catch {
      return undefined; // the step is about no message
    }
  }

  catalogue(): Catalogue { return readCatalogue(this.module.call("catalogue")); }

  anew(world: string): Lab { return this.fresh?.() ?? Lab.begin(this.module, world); }

  // here is the lab's number, in the module as it runs now.
  private here(): number {
    if (this.run === this.module.run) return this.lab;
    this.lab = readFrame(this.begun()).lab;
    this.run = this.module.run;
    for (const input of this.inputs) this.module.record("act", this.lab, writeInput(input));
    return this.lab;
  }
}
