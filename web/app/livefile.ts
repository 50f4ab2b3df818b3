// No part of a step: a recording as a file: the records of its steps as they came, packed with gzip. It's read
// in any of the site's pages, with no server and no engine.

import { unpacked } from "./asset";
import { readFrame, type Step } from "./record";
import { Recording } from "./recording";

const magic = "pop3lab recording 1\n";
// largest is how much a file may unpack to.
const largest = 64 << 20;

// written is a recording's file: a line, and each record behind its length in four octets.
export async function written(frames: Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const parts: BlobPart[] = [magic];
  for (const f of frames) parts.push(Uint8Array.of(f.length >>> 24, f.length >>> 16, f.length >>> 8, f.length), f.slice());
  return new Uint8Array(await new Response(new Blob(parts).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer());
}

// packed says whether octets can be such a file, and not a session that is text.
export const packed = (octets: Uint8Array) => octets[0] === 0x1f && octets[1] === 0x8b;

// read is the recording that a file holds; an Error says why there's none.
export async function read(file: Uint8Array<ArrayBuffer>): Promise<Recording> {
  let octets: Uint8Array;
  try {
    octets = await bounded(unpacked(file));
  } catch (error) {
    throw new Error(error instanceof TooLarge ? "The file unpacks to more than 64 MiB, which no recording does." : "The file is damaged: it can’t be unpacked.");
  }
  if (new TextDecoder().decode(octets.subarray(0, magic.length)) !== magic) throw new Error("The file holds no recording that this page can read.");
  const frames: Uint8Array[] = [], steps: Step[] = [];
  try {
    const view = new DataView(octets.buffer);
    for (let at = magic.length; at < octets.length;) {
      const size = view.getUint32(at), frame = octets.slice(at + 4, at + 4 + size);
      at += 4 + size;
      frames.push(frame);
      steps.push(...readFrame(frame).steps);
    }
  } catch {
    throw new Error("The file is damaged, or of another version.");
  }
  if (!steps.length) throw new Error("The recording is empty.");
  return new Recording(steps, "", false, frames);
}

class TooLarge extends Error {}

async function bounded(answer: Response): Promise<Uint8Array> {
  const parts: Uint8Array<ArrayBuffer>[] = [], reader = answer.body!.getReader();
  let size = 0;
  for (let got = await reader.read(); !got.done; got = await reader.read()) {
    if ((size += got.value.length) > largest) throw new TooLarge();
    parts.push(got.value.slice());
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
