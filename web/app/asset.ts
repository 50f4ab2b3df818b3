// No part of a step: the built files that a page asks for. They come over HTTP; an export has the module
// packed, because many hosts pack nothing; a single file has them all as blocks of itself.

const inside = "embedded:";

// embedded says whether an address is that of a block in the page itself.
export const embedded = (url: string) => url.startsWith(inside);

// asset is a file, unpacked.
//
// An address that ends with .gz is asked for as it is, and the file without that end only if it can't be
// had. So an export is as small on a host that packs nothing as on one that does, and no request is
// spent on finding out which it is. Some hosts unpack it on the way, so what came is looked at first.
export async function asset(url: string): Promise<Response> {
  if (embedded(url)) return unpacked(block(url), url);
  if (!url.endsWith(".gz")) return fetch(url);
  const packed = typeof DecompressionStream === "undefined" ? undefined : await fetch(url).catch(() => undefined);
  if (packed?.ok) return unpacked(new Uint8Array(await packed.arrayBuffer()), url.slice(0, -3));
  return fetch(url.slice(0, -3));
}

// block is what a script element holds that's no script: a gzip file as base64.
function block(url: string): Uint8Array<ArrayBuffer> {
  const text = document.getElementById(url)?.textContent ?? "";
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

// unpacked unpacks octets that begin as gzip does (RFC 1952 section 2.3.1), and takes others as they are.
export function unpacked(octets: Uint8Array<ArrayBuffer>, name = ""): Response {
  const body = new Blob([octets]).stream();
  return new Response(octets[0] === 0x1f && octets[1] === 0x8b ? body.pipeThrough(new DecompressionStream("gzip")) : body,
    { headers: name.endsWith(".wasm") ? { "Content-Type": "application/wasm" } : {} });
}
