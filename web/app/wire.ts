// No part of a step: what comes from the real server and what goes there, over WebSockets; where these don't
// get through, over server-sent events and POST (fallback.ts).

import { events, Posted } from "./fallback";
import { readFrame, type Frame } from "./record";
import { address, sentence, type Room } from "./room";

// patience is how long a WebSocket may take until something comes over it.
const patience = 5000;
const closedForGood = 4001, behind = 4002, unknown = 401;

// An End is how a connection ended: whether anything had come, and what was said at the end.
export interface End { heard: boolean; code: number; why: string }

export const socket = (path: string, room: Room, protocol: string) => {
  const ws = new WebSocket(address(path).replace(/^http/, "ws"), [protocol, "token." + room.token]);
  ws.binaryType = "arraybuffer";
  return ws;
};

// A Trace brings the frames of a room, and goes on after a break behind the last one that came.
export class Trace {
  // blocked says that WebSockets don't get through.
  blocked = false;
  private from: string;
  private remark = "";

  // heard takes frames. told is how it stands, in words; over says that nothing will come any more.
  constructor(private readonly room: Room, private readonly heard: (f: Frame, octets: Uint8Array) => void, private readonly told: (text: string, over: boolean) => void) {
    this.from = `?from=${room.first}.0`;
  }

  async run(): Promise<void> {
    for (let tries = 0; ;) {
      const end = await (this.blocked ? events(this.room, this.from, (o) => this.take(o)) : this.socket());
      if (end.code === closedForGood || end.code === unknown) return this.told(end.why || "The maildrop has ended.", true);
      if (end.code === behind) this.remark = " It fell behind and was disconnected, and has caught up.";
      if (end.heard) tries = 0;
      if (!end.heard) this.blocked = !this.blocked;
      if (!end.heard && this.blocked) continue; // the other way, at once
      this.told(end.code === behind ? "This page fell behind and was disconnected. Catching up …" : end.heard ? "The connection broke. Connecting again …" : "The server can’t be reached. Trying again …", false);
      await new Promise((go) => setTimeout(go, Math.min(8000, 250 * 2 ** tries++)));
    }
  }

  private socket(): Promise<End> {
    return new Promise((done) => {
      let heard = false, ws: WebSocket;
      try {
        ws = socket("ws/trace" + this.from, this.room, "pop3.trace");
      } catch {
        return done({ heard, code: 0, why: "" });
      }
      const late = setTimeout(() => { done({ heard, code: 0, why: "" }); ws.close(); }, patience);
      ws.onmessage = (e) => {
        clearTimeout(late);
        heard = true;
        this.take(new Uint8Array(e.data as ArrayBuffer));
      };
      // A code from 4000 on is this server's: it was reached.
      ws.onclose = (e) => { clearTimeout(late); done({ heard: heard || e.code >= 4000, code: e.code, why: sentence(e.reason) }); };
    });
  }

  private take(octets: Uint8Array): void {
    const f = readFrame(octets), last = f.steps.at(-1);
    if (last) this.from = `?from=${f.lab}.${last.seq + 1}`;
    this.told((this.blocked ? "Live, over plain HTTP: WebSockets don’t get through." : "Live: steps come as they happen.") + this.remark, false);
    this.heard(f, octets);
  }
}

// A Pipe is a POP3 connection of this page's. What the server says comes as steps.
export interface Pipe {
  say(octets: Uint8Array): void;
  end(): void; // nothing more is said
  hangup(): void;
}

// A Wire is a Pipe over a WebSocket. What is said before the server's greeting waits for it.
class Wire implements Pipe {
  private readonly waiting: Uint8Array<ArrayBuffer>[] = [];
  private greeted = false;
  private readonly ws: WebSocket;

  constructor(room: Room, gone: () => void) {
    this.ws = socket("ws/pop3", room, "pop3");
    this.ws.onmessage = () => {
      if (this.greeted) return;
      this.greeted = true;
      for (const octets of this.waiting.splice(0)) this.ws.send(octets);
    };
    this.ws.onclose = gone;
  }

  say(octets: Uint8Array): void {
    // A message holds at most 64 KiB.
    for (let i = 0; i < octets.length; i += 32768) this.give(octets.slice(i, i + 32768));
  }

  end(): void { this.give(new Uint8Array()); }

  hangup(): void { this.ws.close(1000); }

  private give(octets: Uint8Array<ArrayBuffer>): void {
    if (this.greeted) this.ws.send(octets);
    else this.waiting.push(octets);
  }
}

// pipe connects, the way that gets through. gone is called when the connection is over, with why if that's
// anybody's fault.
export const pipe = (room: Room, blocked: boolean, gone: (why: string) => void): Pipe =>
  blocked ? new Posted(room, gone) : new Wire(room, () => gone(""));
