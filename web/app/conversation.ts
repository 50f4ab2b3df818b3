// The conversation: each step as a row, in a column for each device; what follows the first line of
// a reply is folded into its row. Rows are made once a branch; a move changes those it passes.

import { el, id, plural } from "./dom";
import type { Branch, Session } from "./session";
import type { Step } from "./record";

interface Row { li: HTMLElement; from: number; to: number; more?: HTMLElement; fold?: HTMLButtonElement }

interface Shown { columns: Map<string, HTMLOListElement>; rows: Row[]; of: Row[]; made: number }

export function conversation(s: Session, pick: (n: number, part?: string) => void): () => void {
  const log = id("log"), kept = new Map<Branch, Shown>();
  let shown: Shown | undefined, last = -1, current: Row | undefined;
  id("lines").remove();
  return () => {
    let now = kept.get(s.branch);
    if (!now) kept.set(s.branch, now = { columns: new Map(), rows: [], of: [], made: 0 });
    const turned = shown !== now;
    for (; now.made < s.steps.length; now.made++) add(now, s.steps[now.made]!, now.made + 1, s, pick);
    if (turned || log.querySelectorAll("ol.col").length !== now.columns.size) {
      for (const e of log.querySelectorAll("ol.col")) e.remove();
      log.prepend(...now.columns.values());
      log.classList.toggle("many", now.columns.size > 1);
    }
    id("example").hidden = s.branches.length > 1 || s.steps.some((x) => x.direction === "C");
    const from = turned || last < 0 ? 0 : Math.min(last, s.n) - 1, to = turned || last < 0 ? now.of.length : Math.max(last, s.n);
    for (let n = Math.max(0, from); n < Math.min(to, now.of.length); n++) {
      const row = now.of[n]!;
      row.li.classList.toggle("later", row.from > s.n);
    }
    for (let n = s.n; n < now.of.length && n < s.n + 3; n++) now.of[n]!.li.classList.toggle("later", now.of[n]!.from > s.n);
    mark(current, false, s);
    mark(current = now.of[s.n - 1], true, s);
    shown = now;
    last = s.n;
    head(s);
  };
}

// showing is the row to be brought into view when the page is drawn next.
let showing: HTMLElement | undefined;

// mark shows or unshows a row as the current one, unfolded when the step is inside.
function mark(row: Row | undefined, on: boolean, s: Session): void {
  if (!row) return;
  row.li.classList.toggle("on", on);
  if (on) row.li.setAttribute("aria-current", "step");
  else row.li.removeAttribute("aria-current");
  if (row.more && on && s.n > row.from && !s.live) row.more.hidden = false;
  for (const part of row.more?.children ?? []) part.classList.toggle("on", on && (part as HTMLElement).dataset.step === String(s.n));
  if (row.fold) row.fold.setAttribute("aria-expanded", String(!row.more!.hidden));
  if (!on) return;
  if (!showing) requestAnimationFrame(() => { showing?.scrollIntoView({ block: "nearest" }); showing = undefined; });
  showing = row.li;
}

function add(to: Shown, step: Step, n: number, s: Session, pick: (n: number, part?: string) => void): void {
  const before = to.rows.findLast((r) => s.steps[r.from - 1]!.device === step.device);
  if (before && (step.kind === "data" || step.kind === "end") && s.steps[before.from - 1]!.kind === "reply") {
    before.to = n;
    to.of[n - 1] = before;
    return unfold(before, step, n, s);
  }
  const li = el(`li.ln.${step.direction === "C" ? "c" : step.direction === "S" ? "s" : "w"}`, { click: (e: Event) => choose(e, n, pick) });
  if (step.status === "-ERR" || step.lost) li.classList.add("bad");
  li.append(
    el("a.n", { href: "#s=" + n, "aria-label": `Step ${n}, ${side(step)}` }, String(n)),
    el("span.d", { "aria-hidden": true }, step.direction === "C" ? "C→S" : step.direction === "S" ? "S→C" : ""),
    el("span.t", { translate: "no" }, ...(step.direction ? runs(step) : [step.title])),
  );
  const row: Row = { li, from: n, to: n };
  to.rows.push(row);
  to.of[n - 1] = row;
  column(to, step.device || s.device, s).append(li);
}

function choose(e: Event, n: number, pick: (n: number, part?: string) => void): void {
  const at = e.target as HTMLElement;
  if (at.closest("button") || getSelection()?.toString()) return;
  e.preventDefault();
  pick(Number((at.closest("[data-step]") as HTMLElement | null)?.dataset.step ?? n), at.dataset.part);
}

export const side = (step: Step) => step.direction === "C" ? "client to server" : step.direction === "S" ? "server to client" : "what happened";

// runs are the octets of a step as text, part by part, with line ends as chips.
export function runs(step: Step): Node[] {
  const out: Node[] = [];
  for (const l of step.labels) {
    const text = readable(step.octets.subarray(l.start, l.end));
    if (l.part === "CR LF") out.push(el("span.eol", { title: l.doc }, "CRLF"));
    else if (l.part === "LF alone") out.push(el("span.eol.odd", { title: l.doc }, "LF"));
    else if (l.part === "CR NUL") out.push(el("span.eol.odd", { title: l.doc }, "CR NUL"));
    else out.push(el(tag(l.part), { title: l.doc, "data-part": l.part }, text));
  }
  if (step.tooLong) out.push(el("span.fold", ` cut: ${step.count} octets`));
  if (step.lost) out.push(el("span.fold", " never arrived"));
  return out;
}

const tag = (part: string) => part === "keyword" || part === "status indicator" ? "b.part" : part === "timestamp" || part === "response code" ? "u.part"
  : part === "stuffed dot" ? "span.part.stuffed" : "span.part";

const latin = new TextDecoder();

// readable is octets as text; what has no glyph becomes an escape, as the command line takes it.
export const readable = (octets: Uint8Array) =>
  latin.decode(octets).replace(/[\0-\x1f\x7f]/g, (c) => c === "\t" ? "\t" : "\\x" + c.charCodeAt(0).toString(16).padStart(2, "0"));

function unfold(row: Row, step: Step, n: number, s: Session): void {
  if (!row.more) {
    row.more = el("div.more", { hidden: true, translate: "no", tabindex: 0, role: "group", "aria-label": "The lines of the reply" });
    row.fold = el("button.fold", { type: "button", "aria-expanded": false, click: () => {
      row.more!.hidden = !row.more!.hidden;
      row.fold!.setAttribute("aria-expanded", String(!row.more!.hidden));
    } });
    row.li.querySelector(".t")!.append(row.fold);
    row.li.append(row.more);
  }
  const part = el("div", { "data-step": n });
  part.append(...runs(step).flatMap((r) => (r as HTMLElement).classList.contains("eol") ? [r, document.createTextNode("\n")] : [r]));
  row.more.append(part);
  const lines = s.steps.slice(row.from, row.to).filter((x) => x.kind === "data").reduce((sum, x) => sum + x.labels.filter((l) => l.part === "CR LF" || l.part === "LF alone").length, 0);
  row.fold!.textContent = plural(lines, "line") + (step.kind === "end" && step.octets.length ? ", ended by “.”" : "");
}

function column(to: Shown, device: string, s: Session): HTMLOListElement {
  let ol = to.columns.get(device);
  if (!ol) to.columns.set(device, ol = el("ol.col", { "aria-label": device, click: () => { if (s.device !== device) { s.device = device; s.changed(); } } }));
  return ol;
}

function head(s: Session): void {
  const step = s.steps.slice(0, s.n).findLast((x) => x.device === s.device);
  const session = step?.session ? ` · session ${step.session}` : "";
  id("session-line").textContent = `${s.device}${session} · ${step?.view.secure ? "TLS" : "plain text"}`;
}
