// The bench: loads the engine, puts the panels together, and lets each show the step.

import { bytes } from "./bytes";
import { CommandLine } from "./command";
import { conversation } from "./conversation";
import { close } from "./dialog";
import { el, id, say } from "./dom";
import { keys } from "./keys";
import { ladder } from "./ladder";
import { load, Trouble } from "./module";
import { notes } from "./notes";
import { player } from "./player";
import { rfc } from "./rfc";
import { server } from "./server";
import { Session } from "./session";
import { share, shared } from "./share";
import { states } from "./states";
import { Tabs } from "./tabs";
import { world } from "./world";
import type { Spec } from "./record";

// bench lets the page at work: its command line at once, the rest when the engine has come.
export function bench(): void {
  const line = new CommandLine(id("form").dataset.lesson!.split("\n"));
  document.body.dataset.listening = "yes";
  load(id("bench").dataset.module!).then((module) => begin(module, line)).catch((error: unknown) => {
    trouble(error instanceof Trouble ? error.lines : [String(error)]);
  });
}

function begin(module: Awaited<ReturnType<typeof load>>, line: CommandLine): void {
  const { world: start, device } = id("bench").dataset, { rules } = document.body.dataset;
  const from = shared();
  let s: Session;
  try {
    s = new Session(module, from ? { script: from.script } : { world: start! }, device!);
  } catch (error) {
    trouble(["The link holds no session that can be shown: " + (error as Error).message, "Ask for it once more; it may have been cut on its way. Here is a new session."]);
    s = new Session(module, { world: start! }, device!);
  }
  const specs = new Map<string, Spec>();
  const spec = (n: number) => {
    const key = s.branch.name + n;
    if (!specs.has(key)) specs.set(key, s.spec(n));
    return specs.get(key);
  };
  let panels: (() => void)[] = [];
  const show = () => { for (const p of panels) p(); };
  const tabs = new Tabs(show), pick = (n: number) => { s.go(n); };
  panels = [conversation(s, pick), server(s), notes(s), bytes(s, () => s.lanes()), ladder(s, pick), states(s, spec), rfc(s, rules!),
    player(s), world(s, start!, device!), () => line.show(), () => { if (s.trouble) trouble([s.trouble]); else id("trouble").hidden = true; }];
  s.watch(show);
  share(s, (script) => { close(); location.hash = "k=" + script; location.reload(); });
  keys(s, tabs);
  if (!s.steps.length) s.act({ kind: "connect", device: device! });
  if (from) s.go(Math.min(from.step, s.steps.length));
  show();
  line.attach(s);
  document.body.dataset.ready = "yes";
}

// trouble says what went wrong and how to mend it, where it's seen and heard.
function trouble(lines: string[]): void {
  const box = id("trouble");
  box.hidden = false;
  box.replaceChildren(...lines.map((l) => el("p", l)));
  say(lines.join(" "));
}
