// The server's side: state, diagram, maildrop, lock, timers, as they are after the step shown.

import { el, id, plural } from "./dom";
import type { Session } from "./session";
import type { Message, Step, View } from "./record";
import { t, word } from "./words";

export function server(s: Session): () => void {
  return () => {
    const step = s.steps.slice(0, s.n).findLast((x) => x.device === s.device);
    if (!s.step) return;
    const state = id("state"), open = step?.view.open ?? false;
    state.textContent = open ? step!.view.state.name : step ? t("closed") : t("not connected");
    state.className = "aside state" + (open ? "" : " closed");
    diagram(s, step);
    maildrop(s, step?.view);
    facts(s, step?.view);
  };
}

// diagram shows where the session is, which ways it took, and which it took last.
function diagram(s: Session, step: Step | undefined): void {
  const walked = new Map<string, string>();
  let last = "";
  for (let i = 0; i < s.n; i++) {
    const x = s.steps[i]!;
    if (x.device !== s.device || x.session !== step?.session || !x.before.rfc || x.before.rfc === x.after.rfc) continue;
    last = x.before.rfc + ">" + x.after.rfc;
    walked.set(last, x.verb.startsWith("(") ? "" : x.verb);
  }
  for (const box of id("diagram").querySelectorAll<SVGElement>(".box")) {
    box.classList.toggle("now", !!step && box.dataset.state === (step.view.open ? step.view.state.rfc || "none yet" : ""));
  }
  for (const road of id("diagram").querySelectorAll<SVGElement>(".road")) {
    const way = road.dataset.from + ">" + road.dataset.to, label = road.querySelector("text")!, text = walked.get(way) || label.dataset.label!;
    road.classList.toggle("walked", walked.has(way));
    road.classList.toggle("last", way === last);
    if (label.textContent !== text) label.textContent = text;
  }
}

// maildrop lists the messages: anew only when they or their marks are others.
function maildrop(s: Session, v?: View): void {
  const body = id("maildrop").querySelector("tbody")!, open = v?.open ?? false, messages = v?.messages.length ? v.messages : open ? [] : removed(s);
  const none = !v ? t("This device hasn’t connected yet.") : !open ? t("The connection is closed; the maildrop is locked by nobody here.")
    : v.state.node === "Hidden" ? t("TLS hides the maildrop.") : v.state.rfc === "AUTHORIZATION" ? t("The maildrop opens with the login.") : document.body.dataset.watch ? "Of no message anybody knows: STAT, LIST or UIDL tells." : t("The maildrop is empty.");
  const rows = messages.map((m): [string, string, string, string] =>
    [String(m.num), m.octets < 0 ? "?" : String(m.octets), m.uid, m.deleted ? (open ? word("deleted") : word("removed")) : m.retrieved ? word("read") : ""]);
  if (same(body, rows.length ? rows : none)) return;
  body.replaceChildren(...rows.map(([num, octets, uid, mark]) => el(mark === "deleted" || mark === "removed" ? "tr.marked" : "tr",
    el("td.num", num), el("td.num", octets), el("td.m", { title: uid, translate: "no" }, uid), el("td", mark && t(mark)))));
  if (!rows.length) body.append(el("tr.none", el("td", { colspan: 4 }, none)));
}

// removed is the maildrop as UPDATE left it, with what it removed still to be seen.
function removed(s: Session) {
  const steps = s.steps.slice(0, s.n).filter((x) => x.device === s.device);
  const session = steps.at(-1)?.session;
  const mine = steps.filter((x) => x.session === session);
  const done = mine.find((x) => x.before.rfc === "UPDATE" && x.kind === "reply");
  const open = mine.findLast((x) => x.view.messages.length > 0);
  if (!done || !open) return [];
  return open.view.messages.map((m) => ({ ...m, deleted: done.removed.includes(m.num) && done.status === "+OK" }));
}

function facts(s: Session, v?: View): void {
  const world = s.step!.world, user = v?.user || s.steps.slice(0, s.n).findLast((x) => x.device === s.device && x.view.user)?.view.user;
  const drop = world.drops.list.find((d) => d.user === user) ?? world.drops.list.find((d) => d.owner !== "");
  const rows: [string, string][] = [];
  if (drop) rows.push([t("lock on {0}", drop.user), drop.owner ? t("held by {0}, session {1}", drop.owner, drop.session) : t("free")]);
  if (v?.open && document.body.dataset.watch) rows.push(["known of it", "what went by"]);
  if (v?.open && v.idleAt) rows.push([t("autologout in"), span(v.idleAt - s.step!.clock)]);
  const marked = v?.messages.filter((m) => m.deleted).map((m) => m.num) ?? [];
  if (v?.open && marked.length) rows.push([t("will be removed at QUIT"), t(marked.length > 1 ? word("messages") : word("message")) + " " + marked.join(", ")]);
  const ended = v?.open ? [] : removed(s);
  if (ended.length) rows.push([t("before UPDATE"), sum(ended)], [t("after UPDATE"), sum(ended.filter((m) => !m.deleted))]);
  if (v?.pending.length) rows.push([t("waiting for the line's end"), plural(v.pending.length, "octet")]);
  const fresh = drop?.stored.filter((m) => m.unseen).length ?? 0;
  if (fresh) rows.push([t("came since"), t("{0}, for the next session", plural(fresh, "message"))]);
  if (world.persona) rows.push([t("persona"), world.persona]);
  if (world.faults.length) rows.push([t("broken on purpose"), world.faults.join(", ")]);
  for (const l of world.later) rows.push([t("in {0}", span(l.at - s.step!.clock)), l.what]);
  const box = id("facts");
  if (same(box, [rows, v?.capabilities])) return;
  const open = box.querySelector("details")?.open ?? false;
  box.replaceChildren(...rows.flatMap(([name, value]) => [el("dt", name), el("dd", value)]));
  if (v?.capabilities.length) {
    box.append(el("dt", t("capabilities")), el("dd", el("details", { open }, el("summary", plural(v.capabilities.length, "line")), el("ul", { translate: "no" }, ...v.capabilities.map((c) => el("li", c))))));
  }
}

// sum is messages as STAT counts them; of octets that nobody told it says nothing.
const sum = (list: Message[]) => plural(list.length, "message") + (list.some((m) => m.octets < 0) ? "" : `, ${plural(list.reduce((n, m) => n + m.octets, 0), "octet")}`);

// same says whether an element shows this already; if not, it's about to.
function same(e: HTMLElement, what: unknown): boolean {
  const now = JSON.stringify(what), before = shown.get(e);
  shown.set(e, now);
  return now === before;
}

const shown = new WeakMap<HTMLElement, string>();

// span is a length of time as people say it.
export function span(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  return s >= 60 ? `${Math.floor(s / 60)} min${s % 60 ? ` ${s % 60} s` : ""}` : `${s} s`;
}
