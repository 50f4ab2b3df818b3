// No part of a step: a recording as a source of steps. It is stepped through without any engine, and
// taken over by the engine once that runs, when it's known what led to the steps.

import { unpacked } from "./asset";
import { readFrame, type Catalogue, type Lanes, type Spec, type Step } from "./record";
import { Lab } from "./lab";
import type { Module } from "./module";
import type { Source } from "./session";

export class Recording implements Source {
  // module is the engine, as soon as it runs.
  module?: Module;
  private replayed?: Lab;

  // A recording has the script that gives the same steps, if there is one.
  constructor(readonly steps: Step[], private readonly from: string) {}

  // of is the recording of a frame's octets in base64, packed with gzip or as they are.
  static async of(frame: string, script: string): Promise<Recording> {
    const octets = await unpacked(Uint8Array.from(atob(frame), (c) => c.charCodeAt(0))).arrayBuffer();
    return new Recording(readFrame(new Uint8Array(octets)).steps, script);
  }

  at(n: number): Source { return this.taken().fork(n); }

  act(): Step[] { throw new Error("Nothing happens in a recording but what happened."); } // at gives a lab

  script(): string { return this.from; }

  spec(server: number): Spec | undefined { return this.able() ? this.taken().spec(server) : undefined; }

  lanes(n: number): Lanes | undefined { return this.able() ? this.taken().lanes(n) : undefined; }

  catalogue(): Catalogue | undefined { return this.able() ? this.taken().catalogue() : undefined; }

  anew(world: string): Source { return this.taken().anew(world); }

  private able(): boolean { return this.module !== undefined && this.from !== ""; }

  // taken is the recording in the engine. What is done there is done to a fork of it.
  private taken(): Lab {
    if (!this.module) throw new Error("This recording can be taken over when the engine runs.");
    if (!this.from) throw new Error("This recording holds what was seen, not the world that it was seen in: it can't be taken over.");
    return this.replayed ??= Lab.replay(this.module, this.from);
  }
}
