// Export of all steps as a Mermaid sequence diagram: a participant for each device, an arrow for each line,
// a note for what happened beside them, and a frame around what goes under TLS.

import { counted } from "./dom";
import { readable } from "./conversation";
import { beside, happened } from "./export";
import type { Step } from "./record";

export function mermaid(steps: Step[]): string {
  const devices = [...new Set(steps.map((x) => x.device).filter(Boolean))];
  const out = ["sequenceDiagram", ...devices.map((d, i) => `    participant d${i} as ${words(d)}`), "    participant server"];
  let framed = false;
  steps.forEach((x, i) => {
    const who = x.device ? `d${devices.indexOf(x.device)}` : "";
    const tls = x.view.secure && x.session > 0 && x.kind !== "close";
    if (framed !== tls) out.push(tls ? "    rect rgb(224, 239, 237)" : "    end");
    if (tls && !framed && x.verb !== "(secured)") out.push(`    Note over ${who},server: under TLS`);
    framed = tls;
    const say = line(x, steps[i - 1]);
    if (beside(x) && say) out.push(`    Note over ${who ? who + "," : ""}server: ${say}`);
    else if (say) out.push(`    ${x.direction === "C" ? who : "server"}${x.direction === "C" ? "-" : "--"}${x.lost ? "x" : ">>"}${x.direction === "C" ? "server" : who}: ${say}`);
    if (x.change && x.after.name) out.push(`    Note right of server: ${words(x.after.name)}`);
  });
  if (framed) out.push("    end");
  return out.join("\n") + "\n";
}

// line is what stands on an arrow or in a note; the lines of a reply are counted.
function line(x: Step, before?: Step): string {
  if (beside(x)) return words(happened(x));
  if (x.kind === "end") return x.octets.length ? "." : "";
  if (x.kind === "data") return before?.kind === "data" ? "" : counted(x.labels.filter((l) => l.part === "CR LF").length, "line");
  return words(readable(x.octets).replace(/(\\x0d)?\\x0a$/, "").slice(0, 100)) || "an empty line";
}

// words is text in which nothing means anything to Mermaid: what could is written as #code;.
const words = (text: string) => text.replace(/[^\p{L}\p{N} .,@/()*_='!?+\[\]-]/gu, (c) => `#${c.codePointAt(0)};`).trim();
