// The player: which step is shown, of how many, in which branch; steps, not seconds.

import { el, id } from "./dom";
import { exchange, move, notable, type Grain } from "./moves";
import type { Branch, Session } from "./session";
import { t } from "./words";

export function player(s: Session): () => void {
  const slider = id<HTMLInputElement>("slider");
  const press = (name: string, f: () => void) => id(name).addEventListener("click", f);
  press("first", () => s.go(1));
  press("prev", () => s.go(move(s, -1, grain())));
  press("next", () => s.go(move(s, 1, grain())));
  play(s);
  markers(s);
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
    slider.setAttribute("aria-valuetext", t("Step {0} of {1}: {2}", s.n, all, s.step?.title ?? t("nothing yet")));
    able("first", s.n > 1);
    able("prev", s.n > 1);
    able("prev-exchange", s.n > 1);
    able("next", !s.live);
    able("next-exchange", !s.live);
    able("live", !s.live);
    id("count").textContent = all ? t("step {0} of {1}", s.n, all) : "";
    id("mode").textContent = s.live ? t("LIVE") : t("REVIEW");
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

// grain is how far the buttons and the arrow keys go.
export const grain = () => id<HTMLSelectElement>("grain").value as Grain;

// pace is how long a step is shown while the player runs, in milliseconds.
const pace = 1200;

// play goes on by itself, move by move, until it's stopped, the end is reached, or something else happens.
function play(s: Session): void {
  const button = id("play"), icon = button.querySelector("path")!;
  let timer = 0, moving = false;
  const run = (on: boolean) => {
    clearTimeout(timer);
    timer = on ? window.setTimeout(next, pace) : 0;
    button.setAttribute("aria-label", on ? t("Pause") : t("Play"));
    icon.setAttribute("d", button.dataset[on ? "pause" : "play"]!);
  };
  const next = () => {
    moving = true;
    s.go(move(s, 1, grain()));
    moving = false;
    run(!s.live);
  };
  button.addEventListener("click", () => {
    if (timer) return run(false);
    if (s.live) s.go(1);
    run(!s.live);
  });
  s.watch(() => { if (timer && !moving) run(false); });
}

// markers lists the steps that have a mark, as buttons.
function markers(s: Session): void {
  const list = id("marklist");
  list.addEventListener("toggle", (e) => {
    if ((e as ToggleEvent).newState !== "open") return;
    const found = s.steps.flatMap((step, i) => notable(step) ? [el("li", el("button", { type: "button", "aria-current": i + 1 === s.n ? "step" : "false", click: () => { list.hidePopover(); s.go(i + 1); } }, el("span.n", String(i + 1)), step.title))] : []);
    list.replaceChildren(found.length ? el("ol", ...found) : el("p", t("Nothing is marked yet: a change of state is, a refusal, the end.")));
  });
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
  box.replaceChildren(el("span", s.source.own ? t("You are at step {0} of {1}, and the real server goes on. What you send now goes there, not into the past.", s.n, s.steps.length)
    : later === 1 ? t("You are at step {0} of {1}. What you send now begins a new branch here; the step after it stays as branch {2}.", s.n, s.steps.length, s.branch.name)
    : t("You are at step {0} of {1}. What you send now begins a new branch here; the {3} steps after it stay as branch {2}.", s.n, s.steps.length, s.branch.name, later)));
}

function branches(s: Session): void {
  const box = id("branches");
  box.hidden = s.branches.length < 2;
  if (box.hidden) return;
  const select = el("select", { "aria-label": t("Branch"), change: () => s.show(s.branches[select.selectedIndex]!) },
    ...s.branches.map((b) => el("option", { selected: b === s.branch }, t("branch {0}, {1} steps", b.name, b.steps.length))));
  box.replaceChildren(select);
}
