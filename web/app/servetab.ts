// No part of a step: the engine in this page as the server of other people's programs. What they say becomes
// inputs, what the engine answers goes back, octet for octet. The past can be forked, as on the bench; a fork has
// the same clients, and nobody at the other end.

import type { Lab } from "./lab";
import { Port, type Door } from "./serveport";
import type { Session, Source } from "./session";
import type { Catalogue, Input, Lanes, Spec, Step } from "./record";

// most is how many steps the page keeps of a world.
const most = 20_000;

// A Call is a connection, and what its client has said that the engine wasn't told yet.
interface Call { n: number; device: string; waiting: Uint8Array[]; ended: boolean; over: boolean }

// Served is a lab whose clients are at the other end of a port.
export class Served implements Source {
  constructor(readonly lab: Lab, private readonly hub: Hub) {}

  get steps(): Step[] { return this.lab.steps; }
  at(n: number): Source { return n === this.steps.length ? this : this.lab.fork(n); }
  act(input: Partial<Input>): Step[] { return this.hub.act(this, input); }
  script(): string { return this.lab.script(); }
  spec(server: number): Spec { return this.lab.spec(server); }
  lanes(n: number): Lanes | undefined { return this.lab.lanes(n); }
  catalogue(): Catalogue { return this.lab.catalogue(); }
  anew(world: string): Source { return this.hub.serve(this.lab.anew(world)); }
}

export class Hub implements Door {
  readonly port = new Port(this);
  s?: Session;
  private serving!: Served; // the world that clients get
  private readonly calls = new Map<number, Call>();
  private at = Date.now(); // of the last input: the world's clock goes by ours
  private timer = 0;

  constructor(readonly told: Door["told"], private readonly came: (steps: Step[]) => void) {}

  // serve makes a world the one that clients get. Those of the one before are cut off.
  serve(lab: Lab): Served {
    for (const c of this.calls.values()) { c.over = true; this.port.cut(c.n); }
    this.at = Date.now();
    return this.serving = new Served(lab, this);
  }

  // act lets something happen in a world, and brings the clients what follows.
  act(on: Served, input: Partial<Input>): Step[] {
    if (on !== this.serving) return on.lab.act(input);
    if ((input.kind === "send" || input.kind === "connect") && this.call(input.device)) throw new Error(`${input.device} is a program at the other end, and speaks for itself.`);
    return this.happen(input);
  }

  private happen(input: Partial<Input>): Step[] {
    const now = Date.now(), after = Math.max(0, now - this.at), timed = input.device && input.kind !== "network";
    const steps = this.serving.lab.act(timed ? { ...input, after } : input);
    if (timed) this.at = now;
    for (const x of steps) this.answer(x);
    queueMicrotask(() => { for (const c of this.calls.values()) this.feed(c); this.wake(); });
    return steps;
  }

  // from is happen for what a client does: the page is shown what follows.
  private from(input: Partial<Input>): void {
    const s = this.s!;
    try {
      const steps = this.happen(input);
      s.append(steps, s.add(this.serving));
      this.came(steps);
    } catch (error) {
      this.fail((error as Error).message);
    }
  }

  private fail(why: string): void { this.s!.trouble = why; this.s!.changed(); }

  private call(device?: string): Call | undefined { return [...this.calls.values()].find((c) => c.device === device && !c.over); }

  // answer brings a step to the client that it's for.
  private answer(x: Step): void {
    const c = this.call(x.device);
    if (!c) return;
    if (x.direction === "S" && x.octets.length && !x.lost) this.port.send(c.n, x.octets, x.kind === "data" || x.kind === "reply" && x.multi && x.status === "+OK");
    if (x.kind !== "close" && x.happening !== "vanish") return;
    c.over = true;
    if (x.kind === "close") this.port.close(c.n); else this.port.cut(c.n);
  }

  private get last(): Step | undefined { return this.serving.steps.at(-1); }

  opened(n: number): void {
    const open = (device: string) => this.last?.world.devices.some((d) => d.name === device && (d.open || d.ghosts.length)) || this.call(device);
    if (this.overfull(n)) return;
    let k = 1;
    while (open("client " + k)) k++;
    this.calls.set(n, { n, device: "client " + k, waiting: [], ended: false, over: false });
    this.from({ kind: "connect", device: "client " + k });
  }

  said(n: number, octets: Uint8Array): void {
    const c = this.calls.get(n);
    if (!c) return;
    if (octets.length) c.waiting.push(octets);
    this.feed(c);
  }

  ended(n: number): void {
    const c = this.calls.get(n);
    if (c) { c.ended = true; this.feed(c); }
  }

  gone(n: number): void {
    const c = this.calls.get(n);
    this.calls.delete(n);
    if (c && !c.over) this.from({ kind: "hang up", device: c.device });
  }

  // feed gives the engine what a client has said, unless an answer waits or the client doesn't read the last ones.
  private feed(c: Call): void {
    if (c.over || !c.waiting.length && !c.ended || this.port.full(c.n) || this.overfull(c.n)) return;
    if (this.serving.steps.findLast((x) => x.device === c.device)?.view.held.length) return;
    const octets = Uint8Array.from(c.waiting.splice(0).flatMap((p) => [...p])), last = c.ended;
    c.ended = false;
    if (octets.length) this.port.used(c.n, octets.length);
    this.from({ kind: "send", device: c.device, octets, last });
  }

  // overfull cuts off a client when the page has as many steps as it keeps.
  private overfull(n: number): boolean {
    if (this.serving.steps.length < most) return false;
    this.port.cut(n);
    this.fail(`The page has recorded ${most} steps, which is all it keeps: clients are cut off. Begin anew in World.`);
    return true;
  }

  // wake lets time go by when something is due: an idle timer, a greeting that is late, mail that is to come.
  private wake(): void {
    clearTimeout(this.timer);
    const x = this.last, now = (x?.clock ?? 0) + Date.now() - this.at;
    const due = (x?.world.devices ?? []).filter((d) => d.open).map((d) => d.idleAt || (d.state.rfc ? Infinity : now + 3000)).concat(x?.world.later.map((l) => l.at) ?? []);
    const next = Math.min(...due);
    if (next === Infinity) return;
    this.timer = window.setTimeout(() => {
      const millis = Date.now() - this.at;
      this.at += millis;
      this.from({ kind: "advance", millis });
    }, Math.min(2 ** 31 - 1, Math.max(1000, next - now)));
  }
}
