// The conversation: each step as a row, in a column for each device; what follows the first line of
// a reply is folded into its row.

import { el, id, plural } from "./dom";
import { Rows, type Row } from "./rows";
import type { Session } from "./session";
import type { Step } from "./record";
import { english, ours, t, word } from "./words";

interface Line extends Row { readonly of: Step; more?: HTMLElement; fold?: HTMLButtonElement; lines: number }

// Shown are the steps of a branch, seen one way: its columns by device, its rows, and the last row of each device.
interface Shown { columns: Map<string, HTMLOListElement>; rows: Rows<Line>; last: Map<string, Line>; spoken: boolean }

type Pick = (n: number, part?: string) => void;

export function conversation(s: Session, pick: Pick): () => void {
  const log = id("log"), kept = new Map<Step[], Shown>();
  let shown: Shown | undefined, columns = 0;
  id("lines").remove();
  return () => {
    let now = kept.get(s.steps);
    if (!now) kept.set(s.steps, now = { columns: new Map(), rows: new Rows(), last: new Map(), spoken: false });
    while (now.rows.of.length < s.steps.length) add(now, s.steps[now.rows.of.length]!, s, pick);
    if (shown !== now || columns !== now.columns.size) {
      for (const e of log.querySelectorAll("ol.col")) e.remove();
      log.prepend(...now.columns.values());
      columns = now.columns.size;
      log.classList.toggle("many", columns > 1);
    }
    shown = now;
    id("example").hidden = s.branches.length > 1 || now.spoken;
    const { row, before } = now.rows.show(s.n);
    for (const part of before?.more?.querySelectorAll(".on") ?? []) part.classList.remove("on");
    if (row?.more) inside(row, s);
    head(s);
  };
}

// inside shows the part of a folded row that is the step shown. In REVIEW the row is unfolded for it.
function inside(row: Line, s: Session): void {
  if (s.n > row.from && !s.live) row.more!.hidden = false;
  row.more!.querySelector(`[data-step="${s.n}"]`)?.classList.add("on");
  row.fold!.setAttribute("aria-expanded", String(!row.more!.hidden));
}

function add(to: Shown, step: Step, s: Session, pick: Pick): void {
  const n = to.rows.of.length + 1, before = to.last.get(step.device);
  if (before?.of.kind === "reply" && (step.kind === "data" || step.kind === "end")) {
    return unfold(to.rows.add(before), step, n);
  }
  const li = el(`li.ln.${step.direction === "C" ? "c" : step.direction === "S" ? "s" : "w"}`, { click: (e: Event) => choose(e, n, pick) });
  if (step.status === "-ERR" || step.lost || step.breaches.length) li.classList.add("bad");
  li.append(...[
    el("a.n", { href: "#s=" + n, "aria-label": t("Step {0}, {1}", n, t(side(step))) }, String(n)),
    el("span.d", { "aria-hidden": true }, step.direction === "C" ? "C→S" : step.direction === "S" ? "S→C" : ""),
    el("span.t", { translate: "no", lang: english() }, ...(step.direction ? runs(step) : [step.title])),
    s.source.own === undefined ? "" : el("time", clock(step.clock)),
  ]);
  to.last.set(step.device, to.rows.add({ el: li, mark: li, from: n, to: n, of: step, lines: 0 }));
  to.spoken ||= step.direction === "C";
  column(to, step.device || [...to.columns.keys()].at(-1) || "", s).append(li);
}

function choose(e: Event, n: number, pick: Pick): void {
  const at = e.target as HTMLElement;
  if (at.closest("button") || getSelection()?.toString()) return;
  e.preventDefault();
  pick(Number((at.closest("[data-step]") as HTMLElement | null)?.dataset.step ?? n), at.dataset.part);
}

// clock is when a step of the real server happened, by the reader's clock.
const clock = (at: number) => new Date(at).toTimeString().slice(0, 8) + "." + String(at % 1000).padStart(3, "0");

export const side = (step: Step) => step.direction === "C" ? word("client to server") : step.direction === "S" ? word("server to client") : word("what happened");

// runs are the octets of a step as text, part by part, with line ends as chips.
export function runs(step: Step): Node[] {
  const out: Node[] = [];
  for (const l of step.labels) {
    const text = readable(step.octets.subarray(l.start, l.end));
    if (l.part === "CR LF") out.push(el("span.eol", { title: l.doc }, "CRLF"));
    else if (l.part === "TLS record") out.push(el("span.sealed", { title: l.doc, "data-part": l.part }, `${l.part}, ${l.name}`));
    else if (l.part === "LF alone") out.push(el("span.eol.odd", { title: l.doc }, "LF"));
    else if (l.part === "CR NUL") out.push(el("span.eol.odd", { title: l.doc }, "CR NUL"));
    else out.push(el(tag(l.part), { title: l.doc, "data-part": l.part }, text));
  }
  if (!step.labels.length) out.push(document.createTextNode(readable(step.octets)), el("span.fold", step.title)); // octets that make no line
  if (step.tooLong) out.push(el("span.fold", ` cut: ${step.count} octets`));
  if (step.edited && step.kind === "reply") out.push(el("span.fold", " changed"));
  for (const b of step.breaches) out.push(el("span.eol.odd", { title: b.text }, b.reqs[0] ?? b.place));
  if (step.lost) out.push(el("span.fold", " never arrived"));
  return out;
}

const tag = (part: string) => part === "keyword" || part === "status indicator" ? "b.part" : part === "timestamp" || part === "response code" ? "u.part"
  : part === "stuffed dot" ? "span.part.stuffed" : "span.part";

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true }), back = new TextEncoder();

// readable is octets as text; what has no glyph, and what would turn the direction of text, becomes an escape,
// as the command line takes it.
export const readable = (octets: Uint8Array) =>
  utf8.decode(octets).replace(/[\0-\x08\n-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, (c) => [...back.encode(c)].map((o) => "\\x" + o.toString(16).padStart(2, "0")).join(""));

function unfold(row: Line, step: Step, n: number): void {
  if (!row.more) {
    row.more = el("div.more", { hidden: true, translate: "no", tabindex: 0, role: "group", lang: english(), "aria-label": "The lines of the reply" });
    row.fold = el("button.fold", { type: "button", lang: ours(), "aria-expanded": false, click: () => {
      row.more!.hidden = !row.more!.hidden;
      row.fold!.setAttribute("aria-expanded", String(!row.more!.hidden));
    } });
    row.el.querySelector(".t")!.append(row.fold);
    row.el.append(row.more);
  }
  const part = el("div", { "data-step": n });
  part.append(...runs(step).flatMap((r) => r instanceof HTMLElement && r.classList.contains("eol") ? [r, document.createTextNode("\n")] : [r]));
  row.more.append(part);
  if (step.kind === "data") row.lines += step.labels.filter((l) => l.part === "CR LF" || l.part === "LF alone").length;
  row.fold!.textContent = step.kind === "end" && step.octets.length ? t("{0}, ended by “.”", plural(row.lines, "line")) : plural(row.lines, "line");
}

function column(to: Shown, device: string, s: Session): HTMLOListElement {
  let ol = to.columns.get(device);
  const first = to.columns.get(""); // of what happened before anybody came: it's the first one's
  if (!ol && first) {
    to.columns.delete("");
    to.columns.set(device, ol = first);
    ol.setAttribute("aria-label", device);
  }
  if (!ol) {
    const of: HTMLOListElement = ol = el("ol.col", { "aria-label": device || "World", click: () => { const d = of.getAttribute("aria-label")!; if (s.device !== d && to.columns.has(d)) { s.device = d; s.changed(); } } });
    to.columns.set(device, ol);
  }
  return ol;
}

function head(s: Session): void {
  const step = s.steps.slice(0, s.n).findLast((x) => x.device === s.device);
  const session = step?.session ? " · " + t("session {0}", step.session) : "";
  id("session-line").textContent = `${s.device}${session} · ${step?.view.secure ? "TLS" : t("plain text")}`;
}
