// States: what may be said in the state after the step shown, and why the rest may not; and every
// way between states, with those that this session has taken.

import { el, id } from "./dom";
import type { Session } from "./session";
import type { Spec } from "./record";

export function states(s: Session, spec: (n: number) => Spec | undefined): () => void {
  const panel = id("panel-states");
  return () => {
    if (panel.hidden || !s.step) return;
    const step = s.steps.slice(0, s.n).findLast((x) => x.device === s.device) ?? s.step;
    const legal = step.view.commands.list.filter((c) => c.legal), not = step.view.commands.list.filter((c) => !c.legal);
    const table = el("table.legal", { "aria-label": "Commands" },
      el("thead", el("tr", el("th", { scope: "col" }, "command"), el("th", { scope: "col" }, `in ${step.view.state.name}`), el("th", { scope: "col" }, "what it does, or why it may not"))),
      el("tbody", ...[...legal, ...not].map((c) => el("tr", el("td", el("code", { translate: "no" }, c.syntax)), el("td", c.legal ? "legal" : "not now"), el("td", c.why)))));
    panel.replaceChildren(table);
    const protocol = spec(step.spec);
    if (protocol) panel.append(ways(s, protocol, step.view.state.node));
  };
}

function ways(s: Session, spec: Spec, now: string): HTMLElement {
  const walked = new Set(s.steps.slice(0, s.n).filter((x) => x.device === s.device && x.edge >= 0).map((x) => spec.edges[x.edge]?.near));
  const name = (node: string) => spec.near.nodes.find((n) => n.id === node)?.name ?? "closed";
  const rows = spec.near.arrows.map((a, i) => el("tr", a.from === now && a.from ? { "aria-current": "true" } : null,
    el("td", a.from ? name(a.from) : "connected"), el("td", a.labels.join(" · ")), el("td", name(a.to)), el("td", walked.has(i) ? "taken" : "")));
  return el("table.legal", { "aria-label": "Ways between states" },
    el("thead", el("tr", ...["from", "by", "to", "in this session"].map((t) => el("th", { scope: "col" }, t)))), el("tbody", ...rows));
}
