// An answer that waits (a step's view.held), to be read, changed and let go; and what became of the last one that
// was changed (a step's breaches), with what its client did then.

import { breaks } from "./answerbreaks";
import { octets } from "./command";
import { readable } from "./conversation";
import { el, id, say } from "./dom";
import { page } from "./rules";
import type { Session } from "./session";
import type { Step } from "./record";

// written is octets in the field: each CR LF begins a new row, which means nothing when it's read again.
export const written = (o: Uint8Array) => readable(Uint8Array.from([...o].flatMap((c) => c === 92 ? [92, 92] : [c])))
  .replace(/\\x0d/g, "\\r").replace(/\\x0a/g, "\\n\n").replace(/\n$/, "");
export const meant = (text: string) => octets(text.replace(/\n/g, ""), "");

const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((c, i) => c === b[i]);

// waiting are the last steps of the devices whose answers wait at the step that is shown.
function waiting(s: Session): Step[] {
  const shown = s.steps.slice(0, s.n);
  return (s.step?.world.devices ?? []).filter((d) => d.open).flatMap((d) => shown.findLast((x) => x.device === d.name) ?? []).filter((x) => x.view.held.length);
}

export function answer(s: Session): () => void {
  const card = id("answer"), field = id<HTMLTextAreaElement>("answer-octets"), go = id<HTMLButtonElement>("answer-go"), due = id<HTMLButtonElement>("answer-due");
  let at: Step | undefined;
  const changed = () => {
    const other = at !== undefined && !same(meant(field.value), at.view.held);
    go.textContent = other ? "Send what I wrote" : "Let it go";
    due.hidden = !other;
    field.rows = Math.min(8, Math.max(2, field.value.split("\n").length));
  };
  const put = (o: Uint8Array) => { field.value = written(o); changed(); };
  const act = (what: { octets?: Uint8Array; last?: boolean }) => { if (at) tell(s, s.act({ kind: "answer", device: at.device, ...what })); };
  field.addEventListener("input", changed);
  field.addEventListener("keydown", (e) => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) { e.preventDefault(); go.click(); } });
  go.addEventListener("click", () => { const o = meant(field.value); act(at && same(o, at.view.held) ? { last: true } : { octets: o }); });
  due.addEventListener("click", () => { put(at!.view.held); field.focus(); });
  id("answer-none").addEventListener("click", () => act({ octets: new Uint8Array() }));
  id("answer-cut").addEventListener("click", () => { if (at) tell(s, s.act({ kind: "vanish", device: at.device })); });
  return () => {
    const all = waiting(s), next = all.find((x) => x.device === s.device) ?? all[0];
    card.hidden = !next;
    if (next !== at) {
      at = next;
      if (next) {
        id("answer-title").replaceChildren(...asked(s, next));
        put(next.view.held);
        id("answer-breaks").replaceChildren(...breaks(next.view.held).map(([name, doc, o]) =>
          el("button.chip", { type: "button", title: doc, click: () => { put(o); field.focus(); } }, name)));
      }
    }
    id("answer-others").replaceChildren(...all.filter((x) => x !== next).map((x) =>
      el("button.chip", { type: "button", click: () => { s.device = x.device; s.changed(); } }, `${x.device} waits too`)));
    verdict(s);
  };
}

// asked is what the client waits for.
function asked(s: Session, x: Step): (Node | string)[] {
  const line = s.steps.slice(0, s.n).findLast((y) => y.device === x.device && (y.kind === "line" || y.happening === "connect"));
  return line?.kind === "line" ? [`${x.device} has sent `, el("code", { translate: "no" }, readable(line.octets).replace(/\\x0d|\\x0a/g, "")), " and waits"] : [`${x.device} has connected and waits for the greeting`];
}

// tell says what was done, for those who listen.
function tell(s: Session, steps: Step[]): void {
  say(steps.map((x) => x.spoken || x.title).concat(steps.flatMap((x) => x.breaches.map((b) => b.text))).slice(0, 4).join(" ") || s.trouble);
}

// verdict is about the last answer that was changed, up to the step that is shown.
function verdict(s: Session): void {
  const box = id("verdict"), n = s.steps.slice(0, s.n).findLastIndex((x) => x.edited && x.kind === "reply"), x = s.steps[n];
  box.hidden = !x;
  const then = x && s.steps.slice(n + 1, s.n).find((y) => y.device === x.device && (y.direction === "C" || y.kind === "close" || y.happening === "hang up" || y.happening === "vanish"));
  const now = x ? `${n} ${then?.seq ?? ""}` : "";
  if (!x || box.dataset.shows === now) return;
  box.dataset.shows = now;
  box.replaceChildren(
    el("h3", "Your last answer ", el("button.chip", { type: "button", click: () => s.go(n + 1) }, `step ${n + 1}`)),
    x.breaches.length ? el("ul", ...x.breaches.map((b) => el("li", b.text + " ", el("span.ref",
      el("a", { href: `https://www.rfc-editor.org/rfc/rfc${b.rfc}#section-${b.section}`, rel: "noreferrer", target: "_blank" }, b.place), " · ",
      ...b.reqs.flatMap((r, i) => [i ? ", " : "", el("a", { href: page("coverage#" + r) }, r)])))))
      : el("p", "It breaks no rule: wording is free."),
    el("p.aside", then ? `Then ${then.title}.` : `${x.device} has done nothing yet.`));
}
