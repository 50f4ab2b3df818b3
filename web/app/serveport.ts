// No part of a step: the port whose connections this page answers. What the letters of the messages mean stands in
// web/bridge/tab.go. Neither side sends a connection more than a window that the other hasn't confirmed.

import { enter, forget, type Room } from "./room";
import { socket } from "./wire";

const tabWindow = 65536, piece = 16384, roomEnded = 4001;

// A Door is told what comes through the port.
export interface Door {
  told(text: string, port?: { at: string; code: string; room: Room }): void; // how it stands; port while it's open
  opened(n: number, from: string): void;
  said(n: number, octets: Uint8Array): void;
  ended(n: number): void; // the client says nothing more
  gone(n: number): void;
}

interface Out { queue: [Uint8Array, boolean][]; waiting: number; sent: number; closing: boolean }

export class Port {
  private ws?: WebSocket;
  private readonly outs = new Map<number, Out>();

  // A page that is left, if only for a while, is no server any more.
  constructor(private readonly door: Door) { addEventListener("pagehide", () => this.ws?.close()); }

  // run opens the port, and another one when it's lost.
  async run(): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        const room = await enter(), end = await this.serve(room);
        if (end.served) tries = 0;
        if (end.code === roomEnded) forget();
        this.door.told(end.served ? "The port has closed. Opening another …" : "No port can be opened: WebSockets don’t get through, or another page of this tab has it. Trying again …");
      } catch (error) {
        this.door.told((error as Error).message);
      }
      for (const n of this.outs.keys()) this.lose(n);
      await new Promise((go) => setTimeout(go, Math.min(8000, 500 * 2 ** tries)));
    }
  }

  private serve(room: Room): Promise<{ served: boolean; code: number }> {
    return new Promise((done) => {
      let served = false;
      const ws = this.ws = socket("ws/tab", room, "pop3.tab");
      ws.onmessage = (e) => {
        const m = new Uint8Array(e.data as ArrayBuffer), n = m[1]! << 8 | m[2]!, rest = m.subarray(3);
        const text = () => new TextDecoder().decode(rest);
        switch (String.fromCharCode(m[0]!)) {
          case "p": {
            const { port, code } = JSON.parse(text()) as { port: string; code: string };
            served = true;
            return this.door.told(`Port ${port.split(":").at(-1)} is this page.`, { at: port, code, room });
          }
          case "o":
            this.outs.set(n, { queue: [], waiting: 0, sent: 0, closing: false });
            return this.door.opened(n, text());
          case "d": return this.door.said(n, rest.slice());
          case "e": return this.door.ended(n);
          case "g": return this.lose(n);
          case "a": return this.confirmed(n, new DataView(rest.buffer, rest.byteOffset).getUint32(0));
        }
      };
      ws.onclose = (e) => done({ served, code: e.code });
    });
  }

  private lose(n: number): void {
    this.outs.delete(n);
    this.door.gone(n);
  }

  // send sends octets to a client; more says that the rest of the answer is to come.
  send(n: number, octets: Uint8Array, more: boolean): void {
    const out = this.outs.get(n);
    if (!out) return;
    for (let i = 0; i < octets.length; i += piece) out.queue.push([octets.subarray(i, i + piece), more || i + piece < octets.length]);
    out.waiting += octets.length;
    this.flush(n, out);
  }

  // full says that a client doesn't read: what it asks for has to wait.
  full(n: number): boolean { return (this.outs.get(n)?.waiting ?? 0) >= tabWindow; }

  // used says that octets of a client's are at work, so that it may send others.
  used(n: number, count: number): void {
    const octets = new Uint8Array(4);
    new DataView(octets.buffer).setUint32(0, count);
    this.say("a", n, octets);
  }

  // close ends a connection behind what was sent; cut ends it at once.
  close(n: number): void {
    const out = this.outs.get(n);
    if (!out) return;
    out.closing = true;
    this.flush(n, out);
  }

  cut(n: number): void { this.say("x", n); }

  private confirmed(n: number, count: number): void {
    const out = this.outs.get(n);
    if (!out) return;
    out.sent -= count;
    this.flush(n, out);
    this.door.said(n, new Uint8Array()); // what had to wait for it goes on
  }

  private flush(n: number, out: Out): void {
    for (let next = out.queue[0]; next && out.sent + next[0].length <= tabWindow; next = out.queue[0]) {
      out.queue.shift();
      out.waiting -= next[0].length;
      out.sent += next[0].length;
      this.say(next[1] ? "m" : "d", n, next[0]);
    }
    if (!out.closing || out.queue.length) return;
    out.closing = false;
    this.say("e", n);
  }

  private say(letter: string, n: number, octets: Uint8Array = new Uint8Array()): void {
    if (this.ws?.readyState !== WebSocket.OPEN) return;
    const m = new Uint8Array(3 + octets.length);
    m.set([letter.charCodeAt(0), n >> 8, n & 255]);
    m.set(octets, 3);
    this.ws.send(m);
  }
}
