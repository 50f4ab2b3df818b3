// The bench with the real server: a maildrop of one's own, whose sessions appear step by step as they happen,
// and a connection from this page to it.

import { show } from "./bench";
import { CommandLine } from "./command";
import { id, plural } from "./dom";
import { doors } from "./livedoors";
import { announce, open, status } from "./livesay";
import { Live, type Place } from "./livesource";
import { idle, watching } from "./livewatch";
import { menu } from "./liveworld";
import { enter, forget, type Room } from "./room";
import { Session } from "./session";
import { Trace, pipe, type Pipe } from "./wire";
import type { Frame, Input, Step } from "./record";

export async function live(): Promise<void> {
  const line = new CommandLine([]);
  document.body.dataset.listening = "yes";
  try {
    new Bench(await enter(), line);
  } catch (error) {
    status((error as Error).message, true);
  }
}

// A Bench has the recordings of a room, the newest last, and this page's connection.
export class Bench implements Place {
  own = id("bench").dataset.device!;
  newest!: Live;
  s?: Session;
  private pipe?: Pipe;
  private joining = false; // the next connection from a page is this one's
  private seen = 0; // how many steps there were when the newest was in view
  private readonly trace: Trace;

  constructor(readonly room: Room, private readonly line: CommandLine) {
    if (room.watch) { watching(room); this.own = "client"; } else doors(room);
    id("room-again").addEventListener("click", () => { forget(); location.reload(); });
    this.trace = new Trace(room, (f, octets) => this.heard(f, octets), status);
    id<HTMLDetailsElement>("doors").open = !matchMedia("(max-width: 900px)").matches;
    void this.trace.run();
  }

  changed(): void { this.s?.changed(); }

  // heard takes what happened.
  private heard(f: Frame, octets: Uint8Array): void {
    if (!f.steps.length) return;
    const next = f.lab !== this.newest?.number ? new Live(f.lab, this) : undefined, s = this.s, before = this.newest;
    if (next) this.newest = next;
    this.newest.frames.push(octets);
    for (const x of f.steps) if (this.joining && x.happening === "connect" && /^this page( \d+)?$/.test(x.device)) { this.own = x.device; this.joining = false; }
    if (!this.joining && !open(f.steps.at(-1), this.own)) this.pipe = undefined; // the server has closed it
    if (!s) {
      this.newest.steps.push(...f.steps);
      return this.begin();
    }
    const follow = s.live && s.source === before;
    if (follow) this.follow(f.steps);
    if (next) {
      next.steps.push(...f.steps);
      const branch = s.add(next);
      if (follow) s.show(branch); else s.changed();
    } else {
      s.append(f.steps, s.add(this.newest));
    }
    announce(f.steps, this.own, follow);
    const doors = id<HTMLDetailsElement>("doors");
    if (f.steps.some((x) => x.device) && !doors.contains(document.activeElement)) doors.open = false;
  }

  private begin(): void {
    const s = this.s = new Session(this.newest, this.own);
    if (s.device !== this.own && !open(s.step, s.device)) s.device = this.own;
    let n = s.n;
    s.watch(() => { // who goes back through steps sees whose they are
      if (n !== s.n && !s.live && s.step?.device) s.device = s.step.device;
      n = s.n;
    });
    show(s, this.line, () => menu(s, this));
    s.watch(() => this.fresh());
    id("live").addEventListener("click", () => { if (s.source instanceof Live && s.source !== this.newest) s.show(s.add(this.newest)); });
    this.line.attach(s);
    s.changed();
    document.body.dataset.ready = "yes";
  }

  // follow turns to a session that something happens in, unless the one in view goes on.
  private follow(steps: Step[]): void {
    for (const x of steps) if (x.device && !open(x, this.s!.device)) this.s!.device = x.device;
  }

  // fresh shows how many steps came since the newest was in view.
  private fresh(): void {
    const s = this.s!, here = s.live && s.source === this.newest, all = this.newest.steps.length, button = id<HTMLButtonElement>("live");
    if (here) this.seen = all;
    this.seen = Math.min(this.seen, all);
    const n = here ? 0 : all - this.seen;
    button.disabled = here;
    button.classList.toggle("fresh", n > 0);
    button.textContent = n ? `${n} new` : "Live";
    button.title = n ? plural(n, "new step") : "";
  }

  act(input: Partial<Input>): void {
    const s = this.s!;
    if (this.room.watch) throw new Error(idle);
    s.device = this.own;
    switch (input.kind) {
      case "connect": return this.connect();
      case "send":
        if (!this.pipe) this.connect();
        if (input.octets?.length) this.pipe!.say(input.octets);
        if (input.last) this.pipe!.end();
        return;
      case "hang up": return this.pipe?.hangup();
      case "secure": throw new Error("A page can’t speak TLS by itself, so it ends here: hang up, and connect openssl or curl, which can.");
      default: throw new Error("That can be done in the simulated world, and not to the real server.");
    }
  }

  private connect(): void {
    if (this.pipe) return;
    this.joining = true;
    const pipe_ = pipe(this.room, this.trace.blocked, (why) => {
      if (this.pipe === pipe_) this.pipe = undefined;
      if (why) this.fail(why);
    });
    this.pipe = pipe_;
  }

  fail(why: string): void {
    this.s!.trouble = why;
    this.s!.changed();
  }
}
