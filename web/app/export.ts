// Exports: all steps of the branch in the form of another tool. Nothing but steps is read, so a
// recording and a live session are exported as a session of the page is.

import { cast } from "./cast";
import { el } from "./dom";
import { mermaid } from "./mermaid";
import { pcap } from "./pcap";
import { readable } from "./conversation";
import type { Step } from "./record";
import { word } from "./words";

// A Format is one way to write steps: what its button says, how the file is called, what it's for.
interface Format { name: string; file: string; doc: string; write: (steps: Step[]) => string | Uint8Array<ArrayBuffer> }

export const formats: Format[] = [
  { name: word("Text"), file: "session.txt", doc: word("For reading, written as the RFCs write dialogues."), write: dialogue },
  { name: "Mermaid", file: "session.mmd", doc: word("A sequence diagram, for a page or a README."), write: mermaid },
  { name: "asciicast", file: "session.cast", doc: word("Plays in a terminal with asciinema, a marker a step."), write: (steps) => cast(steps, "A POP3 session") },
  { name: "pcap", file: "session.pcap", doc: word("Opens in Wireshark. What went under TLS is there without its content."), write: pcap },
];

// save gives a file to the person at the page.
export function save(name: string, content: string | Uint8Array<ArrayBuffer>): void {
  const a = el("a", { href: URL.createObjectURL(new Blob([content])), download: name });
  a.click();
  URL.revokeObjectURL(a.href);
}

// dialogue is steps as the RFC writes dialogues. With several devices each line names its own.
export function dialogue(steps: Step[]): string {
  const many = new Set(steps.map((x) => x.device).filter(Boolean)).size > 1;
  return steps.map((x) => {
    const name = many && x.device ? `[${x.device}] ` : "";
    if (beside(x)) return `    <${name}${happened(x)}>\n`;
    return lines(x).map((l) => `    ${name}${x.direction}: ${l}\n`).join("");
  }).join("");
}

// beside says whether a step is something that happened, and no line that went either way.
export const beside = (x: Step) => !x.direction || x.kind === "world";

// happened is that in words, with the octets that became no line.
export const happened = (x: Step) => x.octets.length ? `${x.title}: ${readable(x.octets)}` : x.title;

// lines are the lines of a step, without their ends.
export function lines(x: Step): string[] {
  const all = readable(x.octets).split("\\x0d\\x0a");
  return all.at(-1) === "" ? all.slice(0, -1) : all;
}
