// The world menu of the real server: what may happen to this tab's maildrop and its connections. What can't be
// done there is said too, with the reason.

import { close, entry, fold, open, pick, section } from "./dialog";
import { el, id, plural, say } from "./dom";
import { never as foreign } from "./livewatch";
import { ask, forget } from "./room";
import type { Bench } from "./live";
import type { Session } from "./session";

// menu lets the page's button open it; what it returns lists the devices.
export function menu(s: Session, b: Bench): () => void {
  const button = id<HTMLButtonElement>("world");
  button.disabled = false;
  button.addEventListener("click", () => show(s, b));
  return () => devices(s);
}

function show(s: Session, b: Bench): void {
  const now = b.newest.steps.at(-1)?.world, all = (now?.devices ?? []).filter((d) => d.open), own = all.find((d) => d.name === b.own);
  const does = (path: string, done: (n: number) => string, body?: string) => act(b, path, done, body);
  const cuts = [...all.map((d) => entry(`Cut ${d.name}`, "As a broken cable would: nobody says goodbye.", () => does("cut?device=" + encodeURIComponent(d.name), () => `The connection of ${d.name} is cut.`))),
    ...all.length > 1 ? [entry("Cut all", `All ${plural(all.length, "connection")}${b.room.watch ? "" : " to your maildrop"}.`, () => does("cut", (n) => `${plural(n, "connection")} cut.`))] : []];
  if (b.room.watch) return open("World", section("Connections", ...cuts.length ? cuts : [el("p", "There is none now.")]), fold("What can’t be done here", "it’s somebody else’s server", ...foreign.map(([name, why]) => entry(name, why, () => undefined, true))));
  const text = el("textarea", { rows: 6, "aria-label": "Message", spellcheck: false }, "From: me@example.org\nSubject: Hello\n\nLine one\n.line two begins with a dot\n");
  const ails = pick("It is", [["", "well"]], "");
  ails.append((id("ailments") as HTMLTemplateElement).content.cloneNode(true));
  ails.value = now?.drops.list[0]?.ailment ?? "";
  open("World",
    section("Your maildrop",
      entry("Deliver a message", "A session that is open doesn’t see it; the next one does.", () => does("deliver", () => "A message is delivered.")),
      entry("Reset the maildrop", "Its first messages come back, all others go.", () => does("reset", () => "The maildrop is as it was."))),
    section("Connections",
      ...own ? [entry("Hang up", "This page’s connection ends without QUIT; the server notices at once.", () => { close(); s.act({ kind: "hang up", device: b.own }); }),
        entry("Close the sending side", "This page says no more, but still takes what the server answers.", () => { close(); s.act({ kind: "send", device: b.own, last: true }); })]
        : [entry("Connect from this page", "What you type goes to the server octet for octet.", () => { close(); s.act({ kind: "connect", device: b.own }); id("command").focus(); })],
      ...cuts),
    fold("Deliver your own text", "up to 64 KiB", text, entry("Deliver it", "Line ends become CR LF.", () => does("deliver", () => "Your message is delivered.", text.value.replace(/\r?\n/g, "\r\n")))),
    fold("Illness of the maildrop", ails.value || "well", el("label.line", "It is ", ails), entry("Make it so", "The next login or the next RETR meets it.", () => does("ail?ailment=" + encodeURIComponent(ails.value), () => "It is so."))),
    fold("What only the simulated world can do", "time, network, another server",
      ...never.map(([name, why]) => entry(name, why, () => undefined, true))),
    section("Begin anew", entry("Open another maildrop", "This one ends with its sessions and its mail. Save what you want to keep first: Share.",
      () => { ask(b.room, "live/room", { method: "DELETE" }).catch(() => undefined).finally(() => { forget(); location.reload(); }); })),
  );
}

// never are the entries of the simulated world that make no sense here, each with why.
const never: [name: string, why: string][] = [
  ["Ten minutes pass", "The real server goes by the real clock: wait ten minutes, or start it with --idle."],
  ["Add a device", "Start telnet, curl or a mail program: it appears by itself."],
  ["Pull the plug", "That needs a cable: “Cut” above is the nearest thing to it."],
  ["Change the network", "Where segments end is up to the real network. You see it in the lens Bytes."],
  ["Restart the server", "All visitors talk to the same one. Whoever started it chose how it behaves: --persona, --fault, --switch."],
];

async function act(b: Bench, path: string, done: (n: number) => string, body?: string): Promise<void> {
  close();
  id("command").focus({ preventScroll: true });
  try {
    const answer = await (await ask(b.room, "live/room/" + path, { method: "POST", body })).json() as { done: number };
    b.fail(""); // what failed before is over
    say(done(answer.done));
  } catch (error) {
    b.fail((error as Error).message);
  }
}

// devices lists the clients, once there are several: the one that is chosen is shown.
function devices(s: Session): void {
  const box = id("devices"), all = s.step?.world.devices ?? [];
  box.hidden = all.length < 2;
  const now = all.map((d) => `${d.name}: ${d.open ? d.state.rfc || d.state.name : "closed"}`);
  if (box.dataset.shows === now.join() + s.device) return;
  box.dataset.shows = now.join() + s.device;
  const focused = [...box.children].indexOf(document.activeElement!);
  box.replaceChildren(...all.map((d, i) => el("button.btn", { type: "button", "aria-pressed": d.name === s.device, click: () => { s.device = d.name; s.changed(); } }, now[i]!)));
  (box.children[focused] as HTMLElement | undefined)?.focus();
}
