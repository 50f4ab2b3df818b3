// The steps as somebody on the wire sees them: under TLS a row for each record, with its direction and size and
// nothing of what is in it. Nothing but steps is read, so it works for every source.

import { id, counted, say } from "./dom";
import type { Session } from "./session";
import type { Label, Step } from "./record";
import { t } from "./words";

// Sizes of a TLS 1.3 record (RFC 8446 section 5.2): its header, what it holds at most, and its end: the real
// type and the tag.
const header = 5, most = 16384, end = 17;

// sees lets the page turn from one view to the other: both show the same steps.
export function sees(s: Session): () => void {
  const box = id("sees"), server = id("sees-server"), tap = id("sees-tap"), kept = new WeakMap<Step[], { out: Step[]; wires: Map<string, Wire> }>();
  const sealed = (steps: Step[]) => {
    let now = kept.get(steps);
    if (!now) kept.set(steps, now = { out: [], wires: new Map() });
    while (now.out.length < steps.length) {
      const x = steps[now.out.length]!, key = `${x.device}/${x.session}/${x.direction}`, wire = now.wires.get(key) ?? { begun: 0, told: 0 };
      now.wires.set(key, wire);
      now.out.push(seal(x, wire));
    }
    return now.out;
  };
  const turn = (on: boolean) => {
    s.look = on ? sealed : (steps) => steps;
    server.setAttribute("aria-pressed", String(!on));
    tap.setAttribute("aria-pressed", String(on));
    say(on ? t("Under TLS you see records, and not what is in them.") : t("You see what the server sees."));
    s.changed();
  };
  server.addEventListener("click", () => turn(false));
  tap.addEventListener("click", () => turn(true));
  let looked = 0;
  return () => {
    const steps = s.branch.steps;
    if (!box.hidden) return;
    box.hidden = !steps.slice(Math.min(looked, steps.length)).some((x) => x.view.secure);
    looked = steps.length;
  };
}

const hidden = { name: "hidden by TLS", rfc: "hidden by TLS", node: "Hidden" };

// A Wire is one direction of a connection: how many octets of a record that hasn't ended yet there were, and how many
// octets were told of before their line was whole.
interface Wire { begun: number; told: number }

// seal is a step as it's seen from outside. What isn't under TLS is as it is.
function seal(x: Step, wire: Wire): Step {
  const world = { ...x.world, drops: { list: [] }, persona: "", faults: [], switches: [], without: [],
    devices: x.world.devices.map((d) => d.secure ? { ...d, state: hidden, user: "", idleAt: 0 } : d) };
  if (!x.view.secure) return { ...x, world };
  const view = { ...x.view, state: x.view.open ? hidden : x.view.state, user: "", mechanism: "", lang: "", stamp: "", idleAt: 0, messages: [], live: 0, octets: 0, pending: new Uint8Array(),
    capabilities: [], suggest: [], commands: { list: [] } };
  const common = { ...x, world, view, before: hidden, after: hidden, edge: -1, change: false, verb: "", status: "", code: "", num: 0, count: 0, removed: [], multi: false, masked: false, tooLong: false, lineEnd: "" };
  if (!x.direction || !x.octets.length) {
    const tcp = x.kind === "close" || ["connect", "hang up", "vanish", "lost", "cut"].includes(x.happening);
    return { ...common, octets: new Uint8Array(), labels: [], cuts: [], title: tcp ? x.title : "nothing that can be seen", spoken: tcp ? x.spoken : "Nothing that can be seen.",
      note: note(tcp ? "Connections can be seen: who opens one to whom, when, and when it ends." : "This happens inside the server, or under TLS.") };
  }
  const who = x.direction === "C" ? "client" : "server";
  if (x.masked) return { ...common, kind: "sealed", octets: Uint8Array.of(23, 3, 3), labels: [{ start: 0, end: 3, part: "TLS record", name: "masked", doc: "Application data that can’t be read. The recording masks the secret, so it doesn’t know the size." }],
    cuts: [], title: `${who} sends a TLS record`, spoken: `${who}: a TLS record.`, note: note(told) };
  const sizes = pieces(x, wire).map((n) => n + end), octets: number[] = [], labels: Label[] = [];
  for (const n of sizes) {
    labels.push({ start: octets.length, end: octets.length + header, part: "TLS record", name: counted(n, "octet"), doc: `Application data of ${counted(n, "octet")} that can’t be read.` });
    octets.push(23, 3, 3, n >> 8, n & 255);
  }
  if (!sizes.length) return { ...common, kind: "sealed", octets: new Uint8Array(), labels: [], cuts: [], title: "in the same TLS record as what follows", spoken: `${who}: more of a TLS record.`, note: note(told) };
  const what = counted(sizes.length, "TLS record");
  return { ...common, kind: "sealed", octets: Uint8Array.from(octets), labels, cuts: [], title: `${who} sends ${what}, ${sizes.join(" and ")} octets`, spoken: `${who}: ${what}.`,
    note: note(told) };
}

const told = "On the wire this is a header of five octets, which says that a record follows and how long it is, and then octets that nobody without the key can read. Who listens learns that something went, when, which way and how much: for RETR that tells the size of the message. The sizes are those of TLS 1.3 for what the server read and wrote at once; a long answer may travel in more, smaller records. Of a record the header is shown.";

// pieces are the octets of the records that end in a step: one for what went at once, or more where that's too
// large for one. What doesn't end here is the beginning of the next.
function pieces(x: Step, wire: Wire): number[] {
  const out: number[] = [], unfinished = x.kind === "world";
  let at = unfinished ? 0 : Math.min(wire.told, x.octets.length);
  wire.told = unfinished ? wire.told + x.octets.length : wire.told - at;
  for (const cut of x.cuts) {
    if (cut <= at || cut > x.octets.length) continue;
    let n = wire.begun + cut - at;
    for (; n > most; n -= most) out.push(most);
    out.push(n);
    at = cut;
    wire.begun = 0;
  }
  wire.begun += x.octets.length - at;
  return out;
}

const note = (text: string) => ({ text, mistake: "", rfc: 8446, section: "5.2", place: "RFC 8446 section 5.2", reqs: [] });
