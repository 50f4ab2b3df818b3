// The player: which step is shown, of how many, in which branch; steps, not seconds.

import { el, id } from "./dom";
import { exchange, notable } from "./moves";
import type { Branch, Session } from "./session";

export function player(s: Session): () => void {
  const slider = id<HTMLInputElement>("slider");
  const press = (name: string, f: () => void) => id(name).addEventListener("click", f);
  press("first", () => s.go(1));
  press("prev", () => s.go(s.n - 1));
  press("next", () => s.go(s.n + 1));
  press("prev-exchange", () => s.go(exchange(s, -1)));
  press("next-exchange", () => s.go(exchange(s, 1)));
  press("live", () => s.go(s.steps.length));
  slider.addEventListener("input", () => s.go(Number(slider.value)));
  let marked: Branch | undefined, count = 0;
  return () => {
    const all = s.steps.length;
    slider.max = String(Math.max(1, all));
    slider.value = String(s.n);
    slider.disabled = all < 2;
    slider.style.setProperty("--done", `${all > 1 ? ((s.n - 1) / (all - 1)) * 100 : 100}%`);
    slider.setAttribute("aria-valuetext", `Step ${s.n} of ${all}: ${s.step?.title ?? "nothing yet"}`);
    able("first", s.n > 1);
    able("prev", s.n > 1);
    able("prev-exchange", s.n > 1);
    able("next", !s.live);
    able("next-exchange", !s.live);
    able("live", !s.live);
    id("count").textContent = all ? `step ${s.n} of ${all}` : "";
    id("mode").textContent = s.live ? "LIVE" : "REVIEW";
    past(s);
    branches(s);
    if (marked === s.branch && count === all) return;
    marked = s.branch;
    count = all;
    id("marks").replaceChildren(...s.steps.flatMap((step, i) => {
      if (!notable(step) || all < 2) return [];
      const mark = el(step.status === "-ERR" ? "s.x" : step.change ? "s.g" : "s");
      mark.style.left = `${(i / (all - 1)) * 100}%`;
      return [mark];
    }));
  };
}

// able turns a button on or off; focus doesn't fall off one that goes off: it moves to its pair.
function able(name: string, on: boolean): void {
  const b = id<HTMLButtonElement>(name);
  if (!on && document.activeElement === b) id("slider").focus();
  b.disabled = !on;
}

// past tells, in REVIEW, what sending would do.
function past(s: Session): void {
  const box = id("past");
  box.hidden = s.live;
  if (s.live) return;
  const later = s.steps.length - s.n;
  box.replaceChildren(el("span", `You are at step ${s.n} of ${s.steps.length}. What you send now begins a new branch here; the ${later === 1 ? "step" : `${later} steps`} after it stay as branch ${s.branch.name}.`));
}

function branches(s: Session): void {
  const box = id("branches");
  box.hidden = s.branches.length < 2;
  if (box.hidden) return;
  const select = el("select", { "aria-label": "Branch", change: () => s.show(s.branches[select.selectedIndex]!) },
    ...s.branches.map((b) => el("option", { selected: b === s.branch }, `branch ${b.name}, ${b.steps.length} steps`)));
  box.replaceChildren(select);
}
