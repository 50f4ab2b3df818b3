// No part of a step: a recording of the real server as a source of steps, while it's made. What happens there
// comes by itself; what is done in this page is answered the same way.

import { readLanes, readSpec, type Catalogue, type Input, type Lanes, type Spec, type Step } from "./record";
import { ask, type Room } from "./room";
import type { Source } from "./session";

// A Place is where the recordings come from: it has the newest one, and lets things happen.
export interface Place {
  readonly room: Room;
  readonly own: string;
  readonly newest: Live;
  act(input: Partial<Input>): void;
  changed(): void; // something is known that wasn't
}

// The table that the server goes by, which is one for all recordings.
let table: Spec | undefined, asked = false;

export class Live implements Source {
  readonly steps: Step[] = [];
  // frames are the records as they came, which is what is saved.
  readonly frames: Uint8Array[] = [];
  private readonly known = new Map<number, Lanes | undefined>();

  constructor(readonly number: number, private readonly place: Place) {}

  get own(): string { return this.place.own; }

  at(): Source { return this.place.newest; }

  act(input: Partial<Input>): Step[] {
    this.place.act(input);
    return [];
  }

  script(): string { return ""; }

  spec(): Spec | undefined {
    if (!asked) void this.fetch("live/spec").then((octets) => { table = octets && readSpec(octets); this.place.changed(); });
    asked = true;
    return table;
  }

  // lanes are asked for once: of the steps that can be about a message.
  lanes(n: number): Lanes | undefined {
    const step = this.steps[n - 1];
    if (this.place.room.watch || !step?.num || step.verb !== "RETR" && step.verb !== "TOP" || this.known.has(n)) return this.known.get(n);
    this.known.set(n, undefined);
    void this.fetch(`live/lanes?step=${this.number}.${n - 1}`).then((octets) => {
      if (!octets) return;
      this.known.set(n, readLanes(octets));
      this.place.changed();
    });
    return undefined;
  }

  catalogue(): Catalogue | undefined { return undefined; }

  anew(): Source { throw new Error("The real server can’t begin anew: others talk to it too. Your maildrop can be reset."); }

  private async fetch(path: string): Promise<Uint8Array | undefined> {
    try {
      return new Uint8Array(await (await ask(this.place.room, path)).arrayBuffer());
    } catch {
      return undefined; // the panel that asked shows what it has
    }
  }
}
