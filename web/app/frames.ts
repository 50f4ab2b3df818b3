// No part of a step: a TCP connection as frames of Ethernet, with the sequence numbers and checksums that
// an analyser checks. Frames are put into a list in the order in which they pass the server's cable.

// A Capture collects frames. Two never have the same time, so their order is kept by whatever sorts them.
export class Capture {
  private readonly frames: { micros: number; octets: Uint8Array }[] = [];
  private micros = 0;

  add(millis: number, octets: Uint8Array): void {
    this.micros = Math.max(this.micros + 10, millis * 1000);
    this.frames.push({ micros: this.micros, octets });
  }

  // file is the capture as pcap: magic, version 2.4, link type 1, and each frame behind its header.
  file(): Uint8Array<ArrayBuffer> {
    const size = this.frames.reduce((n, f) => n + 16 + f.octets.length, 24);
    const out = new Uint8Array(size), view = new DataView(out.buffer);
    [0xa1b2c3d4, 0x00020004, 0, 0, 65535, 1].forEach((word, i) => view.setUint32(4 * i, word));
    let at = 24;
    for (const f of this.frames) {
      [Math.floor(f.micros / 1e6), f.micros % 1e6, f.octets.length, f.octets.length].forEach((word, i) => view.setUint32(at + 4 * i, word));
      out.set(f.octets, at + 16);
      at += 16 + f.octets.length;
    }
    return out;
  }
}

const fin = 1, syn = 2, rst = 4, psh = 8, ack = 16;
const mss = 1460;

// An End is one end of a connection: its address, and the number of its next octet.
interface End { host: number; port: number; next: number; closed: boolean }

// A Connection writes what its two ends say into a capture. Whatever is sent is acknowledged at once,
// unless the other end is gone.
export class Connection {
  private readonly client: End;
  private readonly server: End;
  private dead = false;
  // gone says that the client doesn't answer any more; back, that its machine is there again and knows nothing;
  // deaf and refuses, that the client's or the server's program has closed and reads no more.
  gone = false;
  back = false;
  deaf = false;
  refuses = false;

  constructor(private readonly to: Capture, number: number, host: number, port: number, private time: number) {
    this.client = { host, port: 49152 + number % 16384, next: 0x1000000 + number * 0x10000, closed: false };
    this.server = { host: 1, port, next: 0x2000000 + number * 0x10000, closed: false };
    this.frame(this.client, syn);
    this.client.next++;
    this.frame(this.server, syn | ack);
    this.server.next++;
    this.frame(this.client, ack);
  }

  at(time: number): this {
    this.time = time;
    return this;
  }

  // say sends octets, in segments of the size of an Ethernet at most. To one who is gone they go in vain.
  say(from: "C" | "S", octets: Uint8Array): void {
    const [me, peer] = this.ends(from);
    for (let at = 0; at < octets.length && !this.dead; at += mss) {
      const piece = octets.subarray(at, at + mss);
      this.frame(me, psh | ack, piece);
      me.next += piece.length;
      this.answer(peer, from, true);
    }
  }

  // shut closes one direction; the other stays open until it's shut too.
  shut(from: "C" | "S"): void {
    const [me, peer] = this.ends(from);
    if (me.closed || this.dead) return;
    me.closed = true;
    this.frame(me, fin | ack);
    me.next++;
    this.answer(peer, from, false);
  }

  private ends(from: "C" | "S"): [End, End] { return from === "C" ? [this.client, this.server] : [this.server, this.client]; }

  // answer is what the other end says to a segment: an acknowledgement; nothing when it's gone; a reset when
  // there are octets and no program to read them, or when its machine came back without the connection.
  private answer(peer: End, from: "C" | "S", data: boolean): void {
    if (from === "C" ? data && this.refuses : this.back || data && this.deaf) {
      this.dead = true;
      this.frame(peer, rst | ack);
    } else if (from === "C" || !this.gone) {
      this.frame(peer, ack);
    }
  }

  private frame(from: End, flags: number, octets: Uint8Array = new Uint8Array()): void {
    const to = from === this.client ? this.server : this.client;
    const options = flags & syn ? 4 : 0, segment = 20 + options + octets.length;
    const f = new Uint8Array(34 + segment), v = new DataView(f.buffer);
    f.set([2, 0, 0, 0, 0, to.host, 2, 0, 0, 0, 0, from.host, 8, 0, 0x45]);
    v.setUint16(16, 20 + segment);
    v.setUint16(20, 0x4000); // not to be fragmented
    f.set([64, 6, 0, 0, 192, 0, 2, from.host, 192, 0, 2, to.host], 22);
    v.setUint16(24, sum(f.subarray(14, 34)));
    v.setUint16(34, from.port);
    v.setUint16(36, to.port);
    v.setUint32(38, from.next);
    v.setUint32(42, flags & ack ? to.next : 0);
    v.setUint16(46, (5 + options / 4) << 12 | flags);
    v.setUint16(48, 64240);
    if (options) v.setUint32(54, 0x02040000 | mss);
    f.set(octets, 54 + options);
    v.setUint16(50, sum(f.subarray(26), 6 + segment)); // with the addresses, the protocol and the length
    this.to.add(this.time, f);
  }
}

// sum is the Internet checksum (RFC 1071): the complement of the sum of words, with what overflows added
// again. n is what else belongs to the sum.
function sum(octets: Uint8Array, n = 0): number {
  for (let i = 0; i < octets.length; i += 2) n += octets[i]! << 8 | (octets[i + 1] ?? 0);
  while (n > 0xffff) n = (n & 0xffff) + (n >>> 16);
  return ~n & 0xffff;
}
