// Rows: elements that stand for steps, in the order of the steps, up to the one that is shown and
// after it. They are made once; a move changes those that it passes.

// A Row stands for the steps from..to. The one with the step that is shown is marked.
export interface Row {
  readonly el: HTMLElement; // its class later says that it comes after the step shown
  readonly mark: HTMLElement; // what is marked as the current step: el, or a part of it
  readonly from: number;
  to: number;
}

export class Rows<R extends Row> {
  // of has the row of each step: of[n-1] for step n.
  readonly of: R[] = [];
  // Rows up to this step aren't later.
  private shown = 0;
  private current?: R;

  // add lets a row stand for one more step: the next.
  add(row: R): R {
    if (row.from > this.of.length) row.el.classList.add("later");
    row.to = this.of.push(row);
    return row;
  }

  // show marks the row of step n, and returns it with the one that was marked before.
  show(n: number): { row?: R; before?: R } {
    for (; this.shown < n; this.shown++) this.of[this.shown]!.el.classList.remove("later");
    for (; this.shown > n; this.shown--) {
      const row = this.of[this.shown - 1]!;
      if (row.from > n) row.el.classList.add("later");
    }
    const row = this.of[n - 1], before = this.current;
    this.current = row;
    if (row !== before) {
      before?.el.classList.remove("on");
      before?.mark.removeAttribute("aria-current");
      row?.el.classList.add("on");
      row?.mark.setAttribute("aria-current", "step");
    }
    if (row) see(row.el);
    return { row, before };
  }
}

const seen = new Map<Element, HTMLElement>();

// see brings an element into view when the page is drawn next: of all in one list, the last. While the page begins it
// stays where it is, but for a link that names a step: what stands above is read first.
function see(e: HTMLElement): void {
  const list = e.closest("[role=log], [role=tabpanel]");
  if (!document.body.dataset.ready && !location.hash && list && list.scrollHeight <= list.clientHeight) return;
  if (!seen.size) {
    requestAnimationFrame(() => {
      const all = [...seen.values()];
      seen.clear();
      for (const e of all) e.scrollIntoView({ block: "nearest" });
    });
  }
  seen.set(list ?? e, e);
}
