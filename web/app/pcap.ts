// Export of all steps as a packet capture: what somebody at the server's cable would have seen, one TCP
// connection for each of a device's, in the segments in which the octets really went. Once TLS is up the
// octets go as TLS records of the right length whose content is zeros: a capture can't read it either.
// Masked secrets stay masked; of a line over the limit only its beginning is there.

import { Capture, Connection } from "./frames";
import type { Step } from "./record";

// A Talk is a connection; how many of the client's octets were written before their line was complete; and
// what the server said that the next step's octets share a segment with.
interface Talk { c: Connection; ahead: number; rest: Uint8Array; secure: boolean }

export function pcap(steps: Step[]): Uint8Array<ArrayBuffer> {
  const to = new Capture(), talks = new Map<string, Talk>(), hosts = new Map<string, number>();
  steps.forEach((x, i) => {
    if (!x.session) return;
    const key = `${x.device}/${x.session}`;
    let talk = talks.get(key);
    if (!talk) {
      if (!hosts.has(x.device)) hosts.set(x.device, 10 + hosts.size % 240);
      for (const [name, old] of talks) if (name.startsWith(x.device + "/") && old.c.gone) old.c.back = true;
      const tls = x.view.secure;
      talks.set(key, talk = { c: new Connection(to, talks.size, hosts.get(x.device)!, tls ? 995 : 110, x.clock), ahead: 0, rest: new Uint8Array(), secure: false });
      if (tls) secure(talk);
    }
    talk.c.at(x.clock);
    happen(talk, x, steps.slice(i + 1).filter((y) => y.device === x.device && y.session === x.session));
  });
  return to.file();
}

// happen writes what a step put on the wire; after are the connection's steps that follow.
function happen(talk: Talk, x: Step, after: Step[]): void {
  const { c } = talk, device = x.world.devices.find((d) => d.name === x.device);
  if (x.kind === "input" && x.verb === "(secured)" && x.after.node) secure(talk);
  if (x.direction === "C") client(talk, x, after.filter((y) => y.direction === "C"));
  else if (x.direction === "S") talk.rest = pieces(talk, "S", joined(talk.rest, x.octets), x.cuts.map((n) => n + talk.rest.length), after[0]?.direction !== "S");
  if (x.happening === "hang up") {
    c.shut("C");
    c.deaf = true;
  }
  if (x.happening === "vanish") c.gone = true;
  if (device?.session === x.session && device.closing) c.shut("C");
  if (x.kind !== "close") return;
  c.shut("S");
  c.refuses = true;
  if (!c.gone && !after.some((y) => y.lost && y.direction === "C")) c.shut("C");
}

// client writes a client's octets, but those that went before: as the beginning of the line, or in a segment
// with the line before. A segment that ends in a later line is written whole, as it came.
function client(talk: Talk, x: Step, after: Step[]): void {
  const unfinished = x.kind === "world" && x.happening === "send";
  const from = unfinished ? 0 : Math.min(talk.ahead, x.octets.length);
  talk.ahead -= from;
  let octets = x.octets, cuts = x.cuts;
  if (x.tooLong) octets = joined(octets, Uint8Array.of(13, 10));
  else if (cuts.at(-1) !== octets.length && !x.masked && !unfinished) {
    for (const y of after) {
      if (y.kind !== "line" || y.masked) break;
      const end = y.cuts[0];
      octets = joined(octets, y.octets.subarray(0, end));
      if (end !== undefined) break;
    }
  }
  octets = octets.subarray(from);
  pieces(talk, "C", octets, cuts.map((n) => n - from), true);
  if (!x.lost) talk.ahead += unfinished ? octets.length : Math.max(0, octets.length + from - x.octets.length - (x.tooLong ? 2 : 0));
}

// pieces writes octets in the segments of their network; under TLS each is a record. Behind the last cut
// there is the beginning of a segment: it's written too, or returned.
function pieces(talk: Talk, from: "C" | "S", octets: Uint8Array, cuts: number[], last: boolean): Uint8Array {
  let at = 0;
  for (const cut of [...cuts.filter((n) => n > 0 && n <= octets.length), ...(last ? [octets.length] : [])]) {
    const piece = octets.subarray(at, cut);
    if (piece.length) talk.c.say(from, talk.secure ? sealed(piece.length) : piece);
    at = cut;
  }
  return octets.subarray(at);
}

const joined = (a: Uint8Array, b: Uint8Array) => Uint8Array.from([...a, ...b]);

// sealed is n octets, and the 17 of their end, as records of TLS 1.3 without their content.
function sealed(n: number): Uint8Array {
  const records: number[] = [];
  for (let rest = n; rest > 0; rest -= 16384) records.push(...record(23, new Array(Math.min(rest, 16384) + 17).fill(0)));
  return Uint8Array.from(records);
}

const record = (type: number, content: number[]) => [type, 3, 3, content.length >> 8, content.length & 255, ...content];

// hello is a message that begins a handshake: type, version, random, no session, what's chosen, TLS 1.3.
const hello = (type: number, chosen: number[], versions: number[]) => {
  const body = [3, 3, ...new Array(32).fill(type), 0, ...chosen, 0, 4 + versions.length, 0, 43, 0, versions.length, ...versions];
  return Uint8Array.from(record(22, [type, 0, 0, body.length, ...body]));
};

// secure writes the handshake: both hellos as they are, the rest sealed.
function secure(talk: Talk): void {
  talk.c.say("C", hello(1, [0, 2, 0x13, 0x01, 1, 0], [2, 3, 4]));
  talk.c.say("S", hello(2, [0x13, 0x01, 0], [3, 4]));
  talk.secure = true;
  talk.c.say("S", sealed(900));
  talk.c.say("C", sealed(36));
}
