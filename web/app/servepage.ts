// Be the server: the bench, whose clients are programs at the other end of a port. Their answers may wait for
// somebody who reads and changes them.

import { answer } from "./answer";
import { show } from "./bench";
import { CommandLine } from "./command";
import { el, id, say } from "./dom";
import { Lab } from "./lab";
import { doors } from "./livedoors";
import { load, Trouble } from "./module";
import { Hub, Served } from "./servetab";
import { Session } from "./session";
import { shared } from "./share";
import type { Step } from "./record";

export async function serve(): Promise<void> {
  const line = new CommandLine([]), { module, world: start, device: own } = id("bench").dataset;
  document.body.dataset.listening = "yes";
  id<HTMLDetailsElement>("doors").open = true;
  let engine;
  try {
    engine = await load(module!);
  } catch (error) {
    const box = id("trouble"), lines = error instanceof Trouble ? error.lines : [String(error)];
    box.replaceChildren(...lines.map((l) => el("p", l)));
    box.hidden = false;
    return say(lines.join(" "));
  }
  const hub = new Hub((text, port) => told(text, port), (steps) => follow(s, steps, own!));
  const from = shared();
  let lab: Lab, broken = "";
  try {
    lab = from ? Lab.replay(engine, from.script) : Lab.begin(engine, start!);
  } catch (error) {
    broken = `The link holds no session that can be shown: ${(error as Error).message}. Here is a new one.`;
    lab = Lab.begin(engine, start!);
  }
  const s = hub.s = new Session(hub.serve(lab), own!, from?.step);
  if (!from || broken) s.act({ kind: "hold", last: true }); // so that there's a step to begin with
  s.trouble = broken;
  show(s, line);
  const panel = answer(s), hold = id<HTMLInputElement>("hold");
  hold.addEventListener("change", () => {
    if (s.source instanceof Served) s.go(s.steps.length); // it's about what is to come
    s.act({ kind: "hold", last: !hold.checked });
    say(s.trouble || (hold.checked ? "Answers wait until you let them go." : "Answers go out at once."));
  });
  id("speak").addEventListener("click", () => { s.device = own!; s.changed(); id("command").focus(); });
  const all = () => {
    hold.checked = s.step?.world.holding ?? false;
    const mine = s.device === own || !(s.source instanceof Served);
    id("bench").classList.toggle("answering", !mine);
    id("speak").hidden = mine;
    panel();
  };
  s.watch(all);
  line.attach(s);
  s.changed();
  document.body.dataset.ready = "yes";
  void hub.port.run();
}

// told says how it stands with the port, and the ways in while it's open.
function told(text: string, port?: { at: string; code: string; room: Parameters<typeof doors>[0] }): void {
  const state = id("room-state");
  if (state.textContent !== text) { state.textContent = text; say(text); }
  state.classList.toggle("bad", !port);
  document.body.dataset.port = port?.at ?? "";
  if (!port) return;
  for (const e of document.querySelectorAll<HTMLElement>("#doors [data-way^='pop3lab tunnel']")) e.dataset.way = `pop3lab tunnel --tab ${port.code} {lab}`;
  for (const e of document.querySelectorAll("#doors .copy, #room .copy")) e.remove(); // of the port before
  doors({ ...port.room, user: "mrose", password: "tanstaaf", pop3: port.at, pop3s: "", cleartext: true, stls: false });
}

// follow turns to a client that does something while the one in view has nothing to say.
function follow(s: Session, steps: Step[], own: string): void {
  if (!(s.source instanceof Served) || !s.live) return;
  const open = (name: string) => s.step?.world.devices.find((d) => d.name === name)?.open ?? false;
  const waits = s.steps.findLast((x) => x.device === s.device)?.view.held.length;
  for (const x of steps) if (x.device && !waits && !open(s.device)) s.device = x.device;
  s.changed();
  const places = id<HTMLDetailsElement>("doors");
  if (steps.some((x) => x.device !== own && x.device) && !places.contains(document.activeElement)) places.open = false;
  say(steps.filter((x) => x.direction === "C" || !x.direction).slice(0, 3).map((x) => `${x.device}: ${x.spoken || x.title}`).join(" "));
}
