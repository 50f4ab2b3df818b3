// The bench: finds the source of steps, puts the panels together, and lets each show the step.

import { bytes } from "./bytes";
import { CommandLine } from "./command";
import { conversation } from "./conversation";
import { close } from "./dialog";
import { el, id, say } from "./dom";
import { sees } from "./eavesdropper";
import { keys } from "./keys";
import { Lab } from "./lab";
import { ladder } from "./ladder";
import { taught, type Taught } from "./lessonpage";
import { load, Trouble, type Module } from "./module";
import { notes } from "./notes";
import { parts } from "./parts";
import { player } from "./player";
import { Recording } from "./recording";
import { rfc } from "./rfc";
import { server } from "./server";
import { Session } from "./session";
import { share, shared } from "./share";
import { fragment } from "./single";
import { states } from "./states";
import { tale } from "./tale";
import { Tabs } from "./tabs";
import { world } from "./world";
import { t } from "./words";

// bench lets the page at work: its command line at once; a recording at once too, and the rest when
// the engine has come.
export async function bench(): Promise<void> {
  const line = new CommandLine(id("form").dataset.lesson!.split("\n")), { module, device, recording, script, opens } = id("bench").dataset;
  document.body.dataset.listening = "yes";
  const engine = load(module!);
  engine.catch(() => undefined); // until it's waited for below
  const made = recording && !shared() ? Recording.of(recording, script ?? "", opens !== undefined) : undefined;
  const kept = made instanceof Promise ? await made : made;
  const first = opens !== undefined ? Infinity : Number(new URLSearchParams(fragment().slice(1)).get("s")) || 1;
  const s = kept && show(new Session(kept, device!, first), line);
  engine.then((engine) => {
    if (kept) kept.module = engine;
    const here = s ?? begin(engine, line);
    if (!line.attach(here)) here.changed(); // the command line suggests what the session's place asks for
    document.body.dataset.ready = "yes";
  }).catch((error: unknown) => {
    lasting = error instanceof Trouble ? error.lines : [String(error)];
    trouble("");
    if (s) line.attach(s);
  });
}

// begin is the session of a page that begins with the engine: the world of the page, or what the
// address holds.
function begin(module: Module, line: CommandLine): Session {
  const { world: start, device } = id("bench").dataset, from = shared();
  let lab: Lab, broken = "", lesson: Taught | undefined;
  try {
    lesson = taught(module, from);
  } catch (error) {
    broken = t("This file holds no lesson that can be shown. {0}", (error as Error).message);
  }
  try {
    lab = lesson ? lesson.lab : from ? Lab.replay(module, from.script) : Lab.begin(module, start!);
  } catch (error) {
    broken = t("The link holds no session that can be shown: {0}. Ask for it once more; it may have been cut on its way. Here is a new session.", (error as Error).message);
    lab = Lab.begin(module, start!);
  }
  const s = new Session(lab, device!, from?.step);
  if (lesson) s.device = lesson.device;
  else if (!s.steps.length) s.act({ kind: "connect", device: device! });
  s.trouble = broken;
  return show(s, line, undefined, lesson);
}

// show puts a session on the page; menu is its world menu, lesson what stands beside it.
export function show(s: Session, line: CommandLine, menu?: () => () => void, lesson?: Taught): Session {
  const { world: start, device } = id("bench").dataset;
  let panels: (() => void)[] = [];
  const all = () => { for (const p of panels) p(); };
  const tabs = new Tabs(all), pick = (n: number) => { s.go(n); };
  const told = tale(s), part = parts(s, tabs, all);
  panels = [conversation(s, pick), told, server(s), notes(s, part), bytes(s, () => s.lanes()), ladder(s, pick), states(s, (n) => s.spec(n), pick), rfc(s),
    ...(lesson ? [lesson.panel(s, part)] : []), player(s), menu ? menu() : world(s, start!, device!), sees(s), () => line.show(), () => trouble(s.trouble)];
  s.watch(all);
  share(s, (script) => { close(); location.hash = "k=" + script; location.reload(); });
  keys(s, tabs);
  all();
  document.body.dataset.shown = "yes";
  return s;
}

// lasting is what went wrong for as long as the page is open.
let lasting: string[] = [];

// trouble says what went wrong and how to mend it, where it's seen and heard: once, until it's another.
function trouble(now: string): void {
  const box = id("trouble"), lines = now ? [now] : lasting, text = lines.join(" ");
  box.hidden = !text;
  if (box.dataset.says === text) return;
  box.dataset.says = text;
  box.replaceChildren(...lines.map((l) => el("p", l)));
  if (text) say(text);
}
