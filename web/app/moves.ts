// Where the player goes from the step that is shown: an exchange on or back, to the next mark.

import type { Session } from "./session";
import type { Step } from "./record";

// exchange is the number of the step that ends the next exchange, or with -1 the one before.
export function exchange(s: Session, by: 1 | -1): number {
  const here = s.step?.exchange ?? 0, steps = s.steps;
  let n = s.n;
  if (by > 0) {
    if (n < steps.length && steps[n]!.exchange !== here) n++;
    const end = steps[n - 1]?.exchange;
    while (n < steps.length && steps[n]!.exchange === end) n++;
  } else {
    while (n > 1 && steps[n - 1]!.exchange === here) n--;
  }
  return n;
}

// mark is the number of the next, or with -1 the last, step that is worth a mark.
export function mark(s: Session, by: 1 | -1): number {
  let n = s.n + by;
  while (n > 1 && n < s.steps.length && !notable(s.steps[n - 1]!)) n += by;
  return n;
}

// A Grain is how far one move goes: to the next line, exchange, or change of state.
export type Grain = "line" | "exchange" | "state";

// move is the number of the step that lies one move on, or with -1 back.
export function move(s: Session, by: 1 | -1, grain: Grain): number {
  if (grain === "line") return s.n + by;
  if (grain === "exchange") return exchange(s, by);
  let n = s.n + by;
  while (n > 1 && n < s.steps.length && !s.steps[n - 1]!.change) n += by;
  return n;
}

// notable says whether a step is worth a mark on the slider: a change of state, a refusal, the end.
export const notable = (s: Step) => s.change || s.status === "-ERR" || s.kind === "close";
