// Keys: the player's, and those that find the way about. Single letters act only while the focus is
// outside of text fields, and can be turned off.

import { open } from "./dialog";
import { el, id } from "./dom";
import { exchange, mark, move } from "./moves";
import { grain } from "./player";
import type { Session } from "./session";
import type { Tabs } from "./tabs";
import { t, word } from "./words";

const off = "pop3lab:keys-off";
const help: [string, string][] = [
  ["← →", word("previous, next step")], ["Shift ← →", word("previous, next exchange")], ["[ ]", word("previous, next mark: a change of state, a refusal")],
  ["Home End", word("first step, live")], ["0–9", word("a place between the first step and the last")], ["Space", word("play, pause")], [", .", word("previous, next group of octets")], ["PageUp PageDown", word("in the player: previous, next mark")],
  ["Enter", word("in the conversation: the parts of the line, ← → from one to the next")], ["N B L S R", word("Notes, Bytes, Ladder, States, RFC")], ["M", word("the maildrop")], ["H", word("in a lesson: the next hint")],
  ["/", word("the command line")], ["F6", word("the next part of the page; with Shift, the one before")], ["Esc", word("from the command line to the player")],
  ["↑ ↓", word("in the command line: what was said before")], ["Ctrl Enter", word("in the command line: send without a line end")],
];

export function keys(s: Session, tabs: Tabs): void {
  document.addEventListener("keydown", (e) => {
    const at = e.target as HTMLElement;
    if (e.key === "F6") return region(e);
    if (at.closest("dialog") || at.matches("input:not([type=range]), select, textarea") || e.ctrlKey || e.metaKey || e.altKey) return;
    const slider = at.id === "slider";
    const act: (() => void) | undefined = {
      ArrowLeft: () => s.go(e.shiftKey ? exchange(s, -1) : move(s, -1, grain())), ArrowRight: () => s.go(e.shiftKey ? exchange(s, 1) : move(s, 1, grain())),
      Home: () => s.go(1), End: () => s.go(s.steps.length), PageUp: () => s.go(mark(s, -1)), PageDown: () => s.go(mark(s, 1)),
    }[e.key] ?? (letters() ? letter(e.key, s, tabs) : undefined);
    if (e.key === " " && !at.closest("button, a, summary, [role=button], [role=tab]")) { e.preventDefault(); return id("play").click(); }
    if (!act || e.key.startsWith("Page") && !at.closest(".player") || (e.key === "Home" || e.key === "End") && !slider && !at.closest(".player, .log")) return;
    e.preventDefault();
    act();
  });
}

function letter(key: string, s: Session, tabs: Tabs): (() => void) | undefined {
  if (/^[0-9]$/.test(key)) return () => s.go(Math.round(1 + (s.steps.length - 1) * Number(key) / 10));
  const lens = { n: "notes", b: "bytes", l: "ladder", s: "states", r: "rfc" }[key.toLowerCase()];
  if (lens) return () => tabs.named(lens);
  if (key === "," || key === ".") return () => group(key === "." ? 1 : -1);
  return { "[": () => s.go(mark(s, -1)), "]": () => s.go(mark(s, 1)), "/": () => id("command").focus(), m: () => id("side").focus(), h: () => document.querySelector<HTMLElement>(".goal.next .hints > button")?.click(), "?": show }[key];
}

// group moves the focus to the next group of octets: in Bytes, or in the strip of Notes.
function group(by: 1 | -1): void {
  const all = [...document.querySelectorAll<HTMLElement>("#panel-bytes:not([hidden]) .grp, #panel-notes:not([hidden]) .grp")];
  const at = all.indexOf(document.activeElement as HTMLElement);
  all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by]?.focus();
}

const letters = () => { try { return localStorage.getItem(off) !== "yes"; } catch { return true; } };

function show(): void {
  const box = el("input", { type: "checkbox", id: "letters", checked: letters(), change: () => { try { localStorage.setItem(off, box.checked ? "no" : "yes"); } catch { /* then it holds for this page only */ } } });
  open(t("Keys"), el("dl.keys", ...help.flatMap(([key, what]) => [el("dt", key), el("dd", t(what))])), el("p", box, " ", el("label", { for: "letters" }, t("single letters act"))));
}

// region moves the focus to the next part of the page.
function region(e: KeyboardEvent): void {
  e.preventDefault();
  const all = ["command", "side", "tabs", "slider", "log"].map((name) => name === "tabs" ? id("tabs").querySelector<HTMLElement>("[aria-selected=true]")! : id(name));
  const at = all.findIndex((x) => x === document.activeElement || x.contains(document.activeElement));
  all[(at + (e.shiftKey ? -1 : 1) + all.length) % all.length]!.focus();
}
