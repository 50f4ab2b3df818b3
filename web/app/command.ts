// The command line: what the client says. Until the engine is there, lines wait.

import { el, id, say } from "./dom";
import type { Session } from "./session";
import { english, t, word } from "./words";

const ends: Record<string, string> = { crlf: "\r\n", lf: "\n", cr: "\r", none: "" };

// A Line is what was typed, with the line end that was chosen then.
interface Line { text: string; end: string }

export class CommandLine {
  private readonly input = id<HTMLInputElement>("command");
  private readonly eol = id<HTMLSelectElement>("eol");
  private readonly waiting: Line[] = [];
  private readonly history: string[] = [];
  private at = 0;
  private s?: Session;

  constructor(private suggestions: string[]) {
    id("form").addEventListener("submit", (e) => { e.preventDefault(); this.enter(); });
    id("chips").addEventListener("click", (e) => {
      const chip = (e.target as HTMLElement).closest<HTMLElement>("[data-line]");
      if (chip) { this.send(chip.dataset.line!, this.end()); this.input.focus({ preventScroll: true }); }
    });
    this.input.addEventListener("keydown", (e) => this.key(e));
    this.input.addEventListener("paste", (e) => this.paste(e));
  }

  // attach gives the line its session; what was typed before goes there in its order. It says whether
  // anything was.
  attach(s: Session): boolean {
    this.s = s;
    const waited = this.waiting.splice(0);
    for (const l of waited) this.send(l.text, l.end);
    return waited.length > 0;
  }

  // show suggests what the step's view says is likeliest next.
  show(): void {
    const s = this.s;
    if (!s?.step) return;
    const device = s.source.own ?? s.device, view = s.steps.slice(0, s.n).findLast((x) => x.device === device)?.view;
    this.suggestions = !view?.open ? [] : view.suggest.slice(0, 5);
    const acts = !view?.open ? [[t(view ? word("Connect again") : s.source.own ? word("Connect from this page") : word("Connect")), { kind: "connect", device }]] as const
      : view.state.node === "TLSHandshake" ? [[t("Complete the TLS handshake"), { kind: "secure", device }]] as const : [];
    id("chips").replaceChildren(
      ...acts.map(([name, input]) => el("button.chip", { type: "button", click: () => { s.act({ ...input }); this.input.focus({ preventScroll: true }); } }, name)),
      ...this.suggestions.map((l) => el("button.chip", { type: "button", "data-line": l, translate: "no" }, l)));
    this.input.placeholder = this.suggestions[0] ?? "";
    id("hint").textContent = this.suggestions.length ? t("Enter sends the suggestion") : acts.length ? `Enter: ${english() ? acts[0]![0] : acts[0]![0].toLowerCase()}` : "";
  }

  private end(): string { return ends[this.eol.value] ?? "\r\n"; }

  private enter(end = this.end()): void {
    const typed = this.input.value;
    this.input.value = "";
    if (!typed && !this.suggestions.length) return id("chips").querySelector("button")?.click();
    this.send(typed || this.suggestions[0]!, end);
  }

  private send(text: string, end: string): void {
    this.history.push(text);
    this.at = this.history.length;
    if (!this.s) {
      this.waiting.push({ text, end });
      this.suggestions = this.suggestions.slice(1);
      this.input.placeholder = this.suggestions[0] ?? "";
      say(t("Starting the engine; your line waits."));
      return;
    }
    const steps = this.s.act({ kind: "send", device: this.s.device, octets: octets(text, end) });
    if (this.s.source.own && !this.s.trouble) return; // the answer comes by itself, and is told then
    const spoken = steps.filter((x) => x.direction === "S" && x.kind !== "data" && x.kind !== "end").map((x) => x.spoken);
    const lines = steps.filter((x) => x.kind === "data").reduce((n, x) => n + x.labels.filter((l) => l.part === "CR LF").length, 0);
    say([...spoken, lines ? t("{0} lines follow.", lines) : ""].join(" ").trim() || (this.s.trouble || t("The server still waits for the end of the line.")));
  }

  private key(e: KeyboardEvent): void {
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      this.enter("");
    } else if (e.key === "ArrowUp" || e.key === "ArrowDown") {
      e.preventDefault();
      this.at = Math.max(0, Math.min(this.history.length, this.at + (e.key === "ArrowUp" ? -1 : 1)));
      this.input.value = this.history[this.at] ?? "";
    } else if (e.key === "ArrowRight" && !this.input.value && this.suggestions[0]) {
      e.preventDefault();
      this.input.value = this.suggestions[0];
    } else if (e.key === "Escape") {
      id("player").querySelector<HTMLElement>("#slider")!.focus();
    }
  }

  // paste sends several lines one after the other; a single one is text to be edited.
  private paste(e: ClipboardEvent): void {
    const lines = (e.clipboardData?.getData("text") ?? "").split(/\r\n|\n|\r/);
    if (lines.length < 2) return;
    e.preventDefault();
    const [first, ...rest] = lines as [string, ...string[]];
    const last = rest.pop()!;
    for (const l of [this.input.value + first, ...rest]) this.send(l, this.end());
    this.input.value = last;
  }
}

// octets are a typed line as it goes out: \r, \n, \t, \0, \\ and \xNN stand for octets.
export function octets(text: string, end: string): Uint8Array {
  const out: number[] = [], utf8 = new TextEncoder();
  for (const [piece] of text.matchAll(/\\x[0-9a-fA-F]{2}|\\[rnt0\\]|[\s\S]/gu)) {
    if (piece.length === 4 && piece[0] === "\\") out.push(parseInt(piece.slice(2), 16));
    else if (piece.length === 2 && piece[0] === "\\") out.push({ r: 13, n: 10, t: 9, "0": 0, "\\": 92 }[piece[1]!] ?? 92);
    else out.push(...utf8.encode(piece));
  }
  return Uint8Array.from([...out, ...utf8.encode(end)]);
}
