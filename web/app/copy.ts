// The octets of a step to be taken along: as they read, in hex, or as a literal of a language.

import { open } from "./dialog";
import { el, say } from "./dom";
import { readable } from "./conversation";

const named: Record<number, string> = { 9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 92: "\\\\" };

// literal is octets between quotation marks; what can't stand there as it is becomes an escape.
const literal = (octets: Uint8Array, escape: (octet: number) => string) =>
  `"${[...octets].map((c) => named[c] ?? (c >= 32 && c < 127 ? String.fromCharCode(c) : escape(c))).join("")}"`;

const hex = (octet: number) => octet.toString(16).padStart(2, "0");
const x = (octet: number) => "\\x" + hex(octet);

// forms are the ways to write octets. C takes octal, three digits: its \x swallows all hex digits that follow.
export const forms: [name: string, write: (octets: Uint8Array) => string][] = [
  ["text", (o) => readable(o).replace(/\\x0d\\x0a/g, "\n")],
  ["hex", (o) => [...o].map(hex).join(" ")],
  ["Go", (o) => `[]byte(${literal(o, x)})`],
  ["Python", (o) => "b" + literal(o, x)],
  ["C", (o) => `static const char octets[] = ${literal(o, (c) => "\\" + c.toString(8).padStart(3, "0"))};`],
];

// copies are buttons for a step's octets.
export const copies = (octets: Uint8Array) => el("div.copies", { role: "group", "aria-label": "Copy as" }, el("span.lab", "Copy as"),
  ...forms.map(([name, write]) => el("button.chip", { type: "button", click: () => copy(write(octets), `The octets are copied as ${name}.`) }, name)));

// copy puts text on the clipboard; where the browser doesn't allow that, it's shown to be copied by hand.
export async function copy(text: string, said: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(said);
  } catch {
    const field = el("textarea", { readonly: true, rows: 8, "aria-label": "To be copied" }, text);
    open("Copy by hand", el("p", "The browser doesn’t allow this page to copy."), field);
    field.select();
  }
}
