// The world menu: what may happen to the server and its clients beside what is typed. Each entry is
// one input; what follows from it is the engine's.

import { acts, close, open, section } from "./dialog";
import { el, id, say } from "./dom";
import type { Catalogue, Entry, Input } from "./record";
import type { Session } from "./session";

const names = ["home PC", "portable", "phone", "library PC", "tablet"];

export function world(s: Session, start: string, device: string): () => void {
  const button = id<HTMLButtonElement>("world");
  let catalogue: Catalogue | undefined;
  button.disabled = false;
  button.addEventListener("click", () => { if (catalogue ??= s.catalogue()) menu(s, catalogue, start, device); });
  return () => devices(s);
}

function act(s: Session, input: Partial<Input>): void {
  close();
  const steps = s.act(input);
  say(steps.map((x) => x.spoken || x.title).filter(Boolean).slice(0, 3).join(" ") || s.trouble);
  id("command").focus({ preventScroll: true });
}

function menu(s: Session, all: Catalogue, start: string, device: string): void {
  const now = s.step?.world, here = now?.devices.find((d) => d.name === s.device);
  const users = now?.drops.list.map((d) => d.user) ?? [];
  const fresh = names.find((n) => !now?.devices.some((d) => d.name === n)) ?? `device ${(now?.devices.length ?? 0) + 1}`;
  const mail = () => new TextEncoder().encode("From: dewey@dbc.mtview.ca.us\r\nSubject: New\r\n\r\nThis came while you were reading.\r\n");
  const persona = choice("Persona", all.personas, now?.persona ? [now.persona] : []);
  const fault = choice("Fault", all.faults, now?.faults ?? []);
  open("World",
    section("Devices", acts(
      [`Add ${fresh}`, () => { s.device = fresh; act(s, { kind: "connect", device: fresh }); }],
      [`Close ${s.device}’s connection`, () => act(s, { kind: "hang up", device: s.device }), !here?.open],
      ["Pull the plug", () => act(s, { kind: "vanish", device: s.device }), !here?.open],
    ), el("p", "A closed connection is noticed at once. Whose plug is pulled says nothing more: the server finds out when its timer runs out.")),
    section("Time", acts(["A minute passes", () => act(s, { kind: "advance", millis: 60_000 })], ["Ten minutes pass", () => act(s, { kind: "advance", millis: 600_000 })])),
    section("Mail", acts(...users.map((u): [string, () => void] => [`Deliver a message to ${u}`, () => act(s, { kind: "deliver", user: u, octets: mail() })])),
      el("p", "A session that is open doesn’t see it: what it may fetch was fixed at the login.")),
    section("Server", persona, fault,
      acts(["Restart the server so", () => act(s, {
        kind: "serve", persona: persona.querySelector("select")!.value,
        faults: [fault.querySelector("select")!.value].filter(Boolean),
      })])),
    section("Begin anew", acts(["Reset the world", () => { close(); s.device = device; s.reset(start); s.act({ kind: "connect", device }); }]),
      el("p", "What happened so far stays as a branch of its own.")),
  );
}

// choice is a list of names, each with what it means.
function choice(name: string, entries: Entry[], chosen: string[]): HTMLElement {
  const about = el("p");
  const select = el("select", { "aria-label": name, change: () => explain() },
    el("option", { value: "" }, name === "Fault" ? "no fault" : "RFC 1939’s own wording"),
    ...entries.filter((e) => e.name).map((e) => el("option", { value: e.name, selected: chosen.includes(e.name) }, e.name)));
  const explain = () => { about.textContent = entries.find((e) => e.name === select.value)?.doc ?? ""; };
  explain();
  return el("div", select, about);
}

// devices lists the clients, once there are several: the one that is chosen speaks.
function devices(s: Session): void {
  const box = id("devices"), all = s.step?.world.devices ?? [];
  box.hidden = all.length < 2;
  box.replaceChildren(...all.map((d) => el("button.btn", { type: "button", "aria-pressed": d.name === s.device, click: () => { s.device = d.name; s.changed(); id("command").focus({ preventScroll: true }); } },
    `${d.name}: ${d.open ? d.state.rfc || d.state.name : "closed"}`)));
}
