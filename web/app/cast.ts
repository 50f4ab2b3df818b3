// Export of all steps as an asciicast (version 3), which asciinema plays: the dialogue as it would scroll
// by, with a marker at each step. Time is reading time; the world's clock may stand still or leap by hours.

import { beside, happened, lines } from "./export";
import type { Step } from "./record";

export function cast(steps: Step[], title: string): string {
  const many = new Set(steps.map((x) => x.device).filter(Boolean)).size > 1;
  const header = { version: 3, term: { cols: 100, rows: 30 }, timestamp: Math.floor((steps[0]?.clock ?? 0) / 1000), title };
  const events = steps.flatMap((x) => {
    const text = shown(x, many);
    return [[x.direction === "S" ? 0.4 : 1.2, "m", `${x.seq + 1}: ${x.title}`], ...(text ? [[0, "o", text]] : [])];
  });
  return [header, ...events, [1.5, "x", "0"]].map((e) => JSON.stringify(e)).join("\n") + "\n";
}

// shown is the step as lines of a terminal: the client's are bold, what's neither's is dim.
function shown(x: Step, many: boolean): string {
  const name = many && x.device ? `[${x.device}] ` : "";
  if (beside(x)) return `\x1b[2m${name}${happened(x)}\x1b[0m\r\n`;
  return lines(x).map((l) => `${name}${x.direction}: ${x.direction === "C" ? `\x1b[1m${l}\x1b[0m` : l}${x.lost ? " (never arrived)" : ""}\r\n`).join("");
}
