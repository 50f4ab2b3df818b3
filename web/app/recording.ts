// No part of a step: a recording as a source of steps. It is stepped through without any engine, and
// taken over by the engine once that runs, when it's known what led to the steps.

import { unpacked } from "./asset";
import { readFrame, type Catalogue, type Input, type Lanes, type Spec, type Step } from "./record";
import { Lab } from "./lab";
import type { Module } from "./module";
import type { Source } from "./session";

export class Recording implements Source {
  // module is the engine, as soon as it runs.
  module?: Module;
  private replayed?: Lab;

  // A recording has the script that gives the same steps, if there is one. What only opens a page goes on at
  // its end; else nothing is added to what was recorded. frames are the records that steps without a script
  // came in.
  constructor(readonly steps: Step[], private readonly from: string, private readonly opens: boolean, readonly frames?: Uint8Array[]) {}

  // of is the recording of a frame's octets in base64: of such that are packed with gzip later, else at once.
  static of(frame: string, script: string, opens: boolean): Recording | Promise<Recording> {
    const octets = Uint8Array.from(atob(frame), (c) => c.charCodeAt(0));
    const made = (octets: Uint8Array) => new Recording(readFrame(octets).steps, script, opens);
    return octets[0] === 0x1f ? unpacked(octets).arrayBuffer().then((all) => made(new Uint8Array(all))) : made(octets);
  }

  at(n: number): Source { return this.opens && n === this.steps.length ? this : this.taken().fork(n); }

  act(input: Partial<Input>): Step[] { return this.taken().act(input); }

  script(): string { return this.opens && this.replayed ? this.replayed.script() : this.from; }

  spec(server: number): Spec | undefined { return this.able() ? this.taken().spec(server) : undefined; }

  lanes(n: number): Lanes | undefined { return this.able() ? this.taken().lanes(n) : undefined; }

  catalogue(): Catalogue | undefined { return this.able() ? this.taken().catalogue() : undefined; }

  anew(world: string): Source { return this.taken().anew(world); }

  private able(): boolean { return this.module !== undefined && this.from !== ""; }

  // taken is the recording in the engine. What is done there is done to a fork of it, unless it goes on.
  private taken(): Lab {
    if (!this.from) throw new Error("This recording holds what was seen, not the world that it was seen in: it can't be taken over.");
    if (!this.module) throw new Error(this.opens ? "Nobody answers here while the engine doesn't run." : "This recording can be taken over when the engine runs.");
    return this.replayed ??= Lab.replay(this.module, this.from);
  }
}
