// States: the rooms of the session with the ways that this session has taken, what may be said in the
// state after the step shown, and why the rest may not.

import { el, id } from "./dom";
import type { Session } from "./session";
import type { Spec, Step } from "./record";

export function states(s: Session, spec: (n: number) => Spec | undefined, pick: (n: number) => void): () => void {
  const panel = id("panel-states"), drawing = panel.querySelector<SVGElement>(".rooms"), told = el("div.told");
  let taken = new Map<string, number>();
  panel.append(told);
  for (const road of drawing?.querySelectorAll<SVGElement>(".road") ?? []) {
    road.addEventListener("click", () => {
      const n = ways(road).map((w) => taken.get(w) ?? 0).sort((a, b) => b - a)[0];
      if (n) pick(n);
    });
  }
  return () => {
    if (panel.hidden || !s.step) return;
    const step = s.steps.slice(0, s.n).findLast((x) => x.device === s.device) ?? s.step, protocol = spec(step.spec);
    taken = walked(s, step, spec);
    if (drawing && protocol) draw(drawing, step, protocol, taken);
    told.replaceChildren(legal(step), ...(protocol ? [list(step, protocol, taken, pick)] : []));
  };
}

const ways = (road: SVGElement) => (road.dataset.ways ?? "").split(" ");

// walked are the ways of the session so far, each with the step that took it last.
function walked(s: Session, step: Step, spec: (n: number) => Spec | undefined): Map<string, number> {
  const out = new Map<string, number>();
  s.steps.slice(0, s.n).forEach((x, i) => {
    if (x.device !== s.device || x.session !== step.session || x.edge < 0) return;
    const all = spec(x.spec), arrow = all?.near.arrows[all.edges[x.edge]?.near ?? -1];
    if (!arrow) return;
    const way = `${arrow.from}>${arrow.to}`;
    out.delete(way);
    out.set(way, i + 1);
  });
  return out;
}

// draw shows where the session is and which ways it took; what this server hasn't got isn't there.
function draw(drawing: SVGElement, step: Step, spec: Spec, taken: Map<string, number>): void {
  const has = new Set(spec.near.arrows.map((a) => `${a.from}>${a.to}`)), last = [...taken.keys()].at(-1) ?? "";
  for (const box of drawing.querySelectorAll<SVGElement>(".box")) {
    const now = box.dataset.state === (step.view.open ? step.view.state.node : "");
    box.classList.toggle("now", now);
    box.classList.toggle("absent", box.dataset.state !== "" && !spec.near.nodes.some((n) => n.id === box.dataset.state));
  }
  for (const road of drawing.querySelectorAll<SVGElement>(".road")) {
    const mine = ways(road);
    road.classList.toggle("walked", mine.some((w) => taken.has(w)));
    road.classList.toggle("last", mine.includes(last));
    road.classList.toggle("absent", !mine.some((w) => has.has(w)));
  }
}

// legal is what may be said, and why the rest may not.
function legal(step: Step): HTMLElement {
  const all = step.view.commands.list, now = [...all.filter((c) => c.legal), ...all.filter((c) => !c.legal)];
  return el("table.legal", { "aria-label": "Commands" },
    el("thead", el("tr", el("th", { scope: "col" }, "command"), el("th", { scope: "col" }, `in ${step.view.state.name}`), el("th", { scope: "col" }, "what it does, or why it may not"))),
    el("tbody", ...now.map((c) => el("tr", el("td", el("code", { translate: "no" }, c.syntax)), el("td", c.legal ? "legal" : "not now"), el("td", c.why)))));
}

// list is every way, with the step that took it.
function list(step: Step, spec: Spec, taken: Map<string, number>, pick: (n: number) => void): HTMLElement {
  const name = (node: string) => spec.near.nodes.find((n) => n.id === node)?.name ?? "closed", now = step.view.state.node;
  const rows = spec.near.arrows.map((a) => {
    const n = taken.get(`${a.from}>${a.to}`);
    return el("tr", a.from === now && a.from ? { "aria-current": "true" } : null,
      el("td", a.from ? name(a.from) : "connected"), el("td", a.labels.join(" · ")), el("td", name(a.to)),
      el("td", n ? el("button.fold", { type: "button", click: () => pick(n) }, `step ${n}`) : ""));
  });
  return el("table.legal", { "aria-label": "Ways between states" },
    el("thead", el("tr", ...["from", "by", "to", "taken at"].map((t) => el("th", { scope: "col" }, t)))), el("tbody", ...rows));
}
