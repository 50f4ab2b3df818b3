// The world menu's part on what carries a device's octets: how many at a time, how long they take, and how
// a connection can end badly.

import { entry, pick } from "./dialog";
import { el, id } from "./dom";
import { octets } from "./command";
import type { Device, Input } from "./record";
import type { Session } from "./session";

const segments: [string, string][] = [["0", "all that is sent at once"], ["7", "7 octets at a time"], ["1", "one octet at a time"]];
const delays: [string, string][] = [["0", "no time"], ["40", "40 milliseconds"], ["1000", "a second"], ["30000", "half a minute"]];

const text = (list: [string, string][], value: number) => list.find(([v]) => v === String(value))?.[1] ?? String(value);

export const network = {
  // now is what holds now, in a few words.
  now: (d?: Device) => `${text(segments, d?.segment ?? 0)}, ${text(delays, d?.delay ?? 0)}`,

  content(s: Session, d: Device | undefined, does: (input: Partial<Input>) => void): Node[] {
    const size = pick("It carries", segments, String(d?.segment ?? 0)), time = pick("It takes", delays, String(d?.delay ?? 0));
    const next = id<HTMLInputElement>("command").value || s.steps.slice(0, s.n).findLast((x) => x.device === s.device)?.view.suggest[0] || "NOOP";
    const half = next.slice(0, Math.ceil(next.length / 2));
    return [
      el("label.line", "It carries ", size), el("label.line", "It takes ", time),
      entry("Change the network", "TCP carries octets, not lines: a line may arrive in pieces.", () => does({ kind: "network", device: s.device, segment: Number(size.value), millis: Number(time.value) })),
      entry("Cut in the middle of a line", `Half of “${next}” gets through, then the network is gone.`, () => does({ kind: "vanish", device: s.device, octets: octets(half, "") }), !d?.open),
      entry("Close the sending side", "It has no more to say, but still takes what the server answers.", () => does({ kind: "send", device: s.device, last: true }), !d?.open || d.closing),
    ];
  },
};
