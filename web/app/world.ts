// The world menu: what may happen to the server and its clients beside what is typed. Each entry is
// one input; what follows from it is the engine's.

import { close, entry, fold, open, pick, section } from "./dialog";
import { el, id, say } from "./dom";
import type { Catalogue, Input } from "./record";
import { network } from "./network";
import { server } from "./serve";
import type { Session } from "./session";
import { t } from "./words";

// names are clients that may be added; a lesson puts its own before them.
export const names = ["home PC", "portable", "phone", "library PC", "tablet"];

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
  const fresh = names.find((n) => !now?.devices.some((d) => d.name === n)) ?? `device ${(now?.devices.length ?? 0) + 1}`;
  const does = (input: Partial<Input>) => act(s, input), shut = !here?.open;
  open(t("World"),
    section(t("Devices"),
      entry(t("Add {0}", fresh), t("A second client connects. Two can’t have one maildrop open."), () => { s.device = fresh; does({ kind: "connect", device: fresh }); }),
      entry(t("Close {0}’s connection", s.device), t("It hangs up without QUIT; the server notices at once."), () => does({ kind: "hang up", device: s.device }), shut),
      entry(t("Pull the plug"), t("It’s gone and nobody tells the server, which waits until its timer runs out."), () => does({ kind: "vanish", device: s.device }), shut)),
    section(t("Time"),
      entry(t("A minute passes"), t("The clock stands still until you say so."), () => does({ kind: "advance", millis: 60_000 })),
      entry(t("Ten minutes pass"), t("Who says nothing for so long is logged out."), () => does({ kind: "advance", millis: 600_000 }))),
    mail(s, does),
    fold(t("Network of {0}", s.device), network.now(here), ...network.content(s, here, does)),
    fold(t("Server"), server.now(now), ...server.content(all, now, does)),
    section(t("Begin anew"), entry(t("Reset the world"), t("What happened so far stays as a branch of its own."), () => { close(); s.device = device; s.reset(start); s.act({ kind: "connect", device }); })),
  );
}

// mail is a message for somebody, now or when the clock gets there.
function mail(s: Session, does: (input: Partial<Input>) => void): HTMLElement {
  const users = s.step?.world.drops.list.map((d) => d.user) ?? [];
  const octets = new TextEncoder().encode("From: dewey@dbc.mtview.ca.us\r\nSubject: New\r\n\r\nThis came while you were reading.\r\n");
  const when = pick(t("It comes"), [["0", t("now")], ["30000", t("in 30 seconds")], ["600000", t("in 10 minutes")]], "0");
  return section(t("New mail"), el("label.line", t("It comes"), " ", when),
    ...users.map((user) => entry(t("Deliver a message to {0}", user), t("A session that is open doesn’t see it; the next one does."),
      () => does({ kind: "deliver", user, octets, after: Number(when.value) }))));
}

// devices lists the clients, once there are several: the one that is chosen speaks.
function devices(s: Session): void {
  const box = id("devices"), all = s.step?.world.devices ?? [];
  box.hidden = all.length < 2;
  box.replaceChildren(...all.map((d) => el("button.btn", { type: "button", "aria-pressed": d.name === s.device, click: () => { s.device = d.name; s.changed(); id("command").focus({ preventScroll: true }); } },
    `${d.name}: ${d.open ? d.state.rfc || d.state.name : t("closed")}`)));
}
