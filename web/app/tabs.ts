// The lens: which of the five ways to look at the step is in front.

import { id } from "./dom";

export class Tabs {
  private readonly tabs = [...id("tabs").querySelectorAll<HTMLElement>("[role=tab]")];

  constructor(private readonly turned: () => void) {
    for (const t of this.tabs) t.addEventListener("click", () => this.show(t));
    id("tabs").addEventListener("keydown", (e) => {
      const by = e.key === "ArrowDown" || e.key === "ArrowRight" ? 1 : e.key === "ArrowUp" || e.key === "ArrowLeft" ? -1 : 0;
      const at = e.key === "Home" ? 0 : e.key === "End" ? this.tabs.length - 1 : (this.tabs.indexOf(e.target as HTMLElement) + by + this.tabs.length) % this.tabs.length;
      if (!by && e.key !== "Home" && e.key !== "End") return;
      e.preventDefault();
      e.stopPropagation();
      this.show(this.tabs[at]!);
      this.tabs[at]!.focus();
    });
  }

  // named shows a lens by its name.
  named(name: string): void {
    const t = id("tab-" + name);
    this.show(t);
    t.focus();
  }

  // turn shows a lens by its name, and leaves the focus where it is.
  turn(name: string): void { this.show(id("tab-" + name)); }

  private show(tab: HTMLElement): void {
    for (const t of this.tabs) {
      const on = t === tab;
      t.setAttribute("aria-selected", String(on));
      t.tabIndex = on ? 0 : -1;
      id(t.getAttribute("aria-controls")!).hidden = !on;
    }
    this.turned();
  }
}
