// What is said of the real server beside its steps: how it stands with the maildrop, and what came, for those
// who listen.

import { id, plural, say } from "./dom";
import type { Step } from "./record";

// status says how it stands with the maildrop, and offers another one when nothing more will come of this.
export function status(text: string, over: boolean): void {
  const state = id("room-state");
  if (state.textContent !== text) state.textContent = text;
  state.classList.toggle("bad", over);
  id("room-again").hidden = !over;
  if (over) say(text);
}

// open says whether a device is connected after a step.
export const open = (x: Step | undefined, device: string) => x?.world.devices.find((d) => d.name === device)?.open ?? false;

// announce tells those who listen what came: what was said by whom, or how much when that's too much.
export function announce(steps: Step[], own: string, follow: boolean): void {
  const said = steps.filter((x) => x.direction === "S" ? x.kind !== "data" && x.kind !== "end" : x.device !== own || !x.direction).map((x) => (x.device && x.device !== own ? x.device + ": " : "") + (x.spoken || x.title));
  say(follow && said.length <= 3 ? said.join(" ") : plural(steps.length, "new step") + ".");
}
