// No part of a step: a lesson's prose as elements. It comes as data, and whatever it says becomes text: a lesson may
// come from a stranger.

import { el } from "./dom";
import type { Block, Span } from "./record";

// prose are blocks as elements; items that follow each other are one list.
export function prose(blocks: Block[]): HTMLElement[] {
  const out: HTMLElement[] = [];
  for (const b of blocks) {
    const words = b.spans.map(span);
    if (b.kind !== "li") out.push(el(b.kind === "h2" ? "h2" : b.kind === "pre" ? "pre" : "p", b.kind === "pre" && { tabindex: 0 }, ...words));
    else if (out.at(-1)?.localName === "ul") out.at(-1)!.append(el("li", ...words));
    else out.push(el("ul", el("li", ...words)));
  }
  return out;
}

function span(s: Span): Node | string {
  if (s.kind === "em") return el("em", s.text);
  if (s.kind === "code") return el("code", { translate: "no" }, s.text);
  if (s.kind !== "a") return s.text;
  if (s.to.startsWith("https://")) return el("a", { href: s.to, rel: "noreferrer", target: "_blank" }, s.text);
  const { root = "", suffix = "" } = document.body.dataset, [path, part] = s.to.split("#");
  return el("a", { href: root + (path ? path + suffix : "") + (part ? "#" + part : "") }, s.text);
}
