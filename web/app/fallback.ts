// No part of a step: the real server without WebSockets, which schools and offices block: what comes are
// server-sent events, read with fetch because EventSource can't show a token; what goes is posted.

import { ask, sentence, type Refused, type Room } from "./room";
import type { End, Pipe } from "./wire";

// silence is how long nothing may come: the server gives a sign of life more often.
const silence = 45_000;

// events brings frames until the stream ends.
export async function events(room: Room, from: string, take: (octets: Uint8Array) => void): Promise<End> {
  const end: End = { heard: false, code: 0, why: "" }, stop = new AbortController();
  let timer = setTimeout(() => stop.abort(), silence), text = "";
  try {
    const answer = await ask(room, "live/events" + from, { signal: stop.signal });
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (let got = await reader.read(); !got.done; got = await reader.read()) {
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), silence);
      text += got.value;
      for (let at = text.indexOf("\n\n"); at >= 0; at = text.indexOf("\n\n")) {
        event(text.slice(0, at), end, take);
        text = text.slice(at + 2);
      }
    }
  } catch (error) {
    end.code = (error as Refused).status ?? 0;
    end.why = (error as Error).message;
  } finally {
    clearTimeout(timer);
  }
  return end;
}

// event reads one event: a frame, or the code and the words at the end.
function event(text: string, end: End, take: (octets: Uint8Array) => void): void {
  const field = (name: string) => text.split("\n").find((l) => l.startsWith(name + ": "))?.slice(name.length + 2) ?? "";
  const data = field("data");
  if (field("event") === "frame") {
    end.heard = true;
    take(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)));
  } else if (field("event") === "end") {
    end.code = parseInt(data, 10);
    end.why = sentence(data.replace(/^\d+ ?/, ""));
  }
}

// A Posted is a POP3 connection by POST, one request after the other.
export class Posted implements Pipe {
  private done: Promise<unknown>;
  private query = "";
  private over = false;

  constructor(private readonly room: Room, private readonly gone: (why: string) => void) {
    this.done = ask(room, "live/connect", { method: "POST" }).then((a) => a.json() as Promise<{ connection: number }>)
      .then((x) => { this.query = "?connection=" + x.connection; }).catch((error: Error) => this.fail(error));
    addEventListener("pagehide", () => this.hangup(), { once: true });
  }

  say(octets: Uint8Array): void { this.post("live/send", "", octets.slice()); }

  end(): void { this.post("live/send", "&last=1", new Uint8Array()); }

  hangup(): void {
    this.post("live/hangup", "");
    this.done = this.done.then(() => { if (!this.over) this.fail(); });
  }

  private post(path: string, more: string, body?: Uint8Array<ArrayBuffer>): void {
    this.done = this.done.then(async () => {
      if (!this.over) await ask(this.room, path + this.query + more, { method: "POST", body, keepalive: true });
    }).catch((error: Error) => this.fail(error));
  }

  private fail(error?: Error): void {
    this.over = true;
    this.gone(error && (error as Refused).status !== 410 ? error.message : "");
  }
}
