// The world menu's part on what carries a device's octets: how many at a time, how long they take, and how
// a connection can end badly.

import { entry, pick } from "./dialog";
import { el, id } from "./dom";
import { octets } from "./command";
import type { Device, Input } from "./record";
import type { Session } from "./session";
import { t, word } from "./words";

const segments: [string, string][] = [["0", word("all that is sent at once")], ["7", word("7 octets at a time")], ["1", word("one octet at a time")]];
const delays: [string, string][] = [["0", word("no time")], ["40", word("40 milliseconds")], ["1000", word("a second")], ["30000", word("half a minute")]];

const text = (list: [string, string][], value: number) => t(list.find(([v]) => v === String(value))?.[1] ?? String(value));
const all = (list: [string, string][]) => list.map(([v, what]): [string, string] => [v, t(what)]);

export const network = {
  // now is what holds now, in a few words.
  now: (d?: Device) => `${text(segments, d?.segment ?? 0)}, ${text(delays, d?.delay ?? 0)}`,

  content(s: Session, d: Device | undefined, does: (input: Partial<Input>) => void): Node[] {
    const size = pick(t("It carries"), all(segments), String(d?.segment ?? 0)), time = pick(t("It takes"), all(delays), String(d?.delay ?? 0));
    const next = id<HTMLInputElement>("command").value || s.steps.slice(0, s.n).findLast((x) => x.device === s.device)?.view.suggest[0] || "NOOP";
    const half = next.slice(0, Math.ceil(next.length / 2));
    return [
      el("label.line", t("It carries"), " ", size), el("label.line", t("It takes"), " ", time),
      entry(t("Change the network"), t("TCP carries octets, not lines: a line may arrive in pieces."), () => does({ kind: "network", device: s.device, segment: Number(size.value), millis: Number(time.value) })),
      entry(t("Cut in the middle of a line"), t("Half of “{0}” gets through, then the network is gone.", next), () => does({ kind: "vanish", device: s.device, octets: octets(half, "") }), !d?.open),
      entry(t("Close the sending side"), t("It has no more to say, but still takes what the server answers."), () => does({ kind: "send", device: s.device, last: true }), !d?.open || d.closing),
    ];
  },
};
