// The list and the map of lessons: what is done, begun, open; and taking what is kept from one browser to another.

import { el, id, plural, say } from "./dom";
import { save } from "./export";
import { forgetful, load, take, written } from "./progress";

type Standing = "done" | "updated" | "begun" | "open" | "";

// map marks the lessons of the page that lists them, and does nothing on others.
export function map(): void {
  const list = document.getElementById("lessons");
  if (!list) return;
  const input = el("input", { type: "file", accept: ".json", id: "progress-file", change: async () => {
    const f = input.files?.[0];
    if (!f) return;
    try {
      const n = take(await f.text());
      show(list);
      say(`${plural(n, "lesson")} came from the file.`);
    } catch {
      say("This file holds no progress: choose one that this page has saved.");
    }
    input.value = "";
  } });
  id("keep").append(el("button.btn", { type: "button", click: () => save("progress.pop3lab.json", written()) }, "Save it as a file"), el("label.btn.file", { for: "progress-file" }, "Bring it from a file", input));
  show(list);
  document.body.dataset.mapped = "yes";
}

function show(list: HTMLElement): void {
  const rows = [...list.querySelectorAll<HTMLElement>("[data-lesson]")], standing = new Map<string, Standing>();
  for (const li of rows) {
    const kept = load(li.dataset.lesson!), rev = Number(li.dataset.rev);
    const before = (li.dataset.needs ?? "").split(" ").filter(Boolean).every((n) => { const s = standing.get(n); return s === "done" || s === "updated"; });
    standing.set(li.dataset.lesson!, kept?.done ? kept.done.rev === rev ? "done" : "updated" : kept ? "begun" : before ? "open" : "");
  }
  for (const e of document.querySelectorAll<HTMLElement | SVGElement>("[data-lesson]")) {
    const s = standing.get(e.dataset.lesson!) ?? "", mark = e.querySelector(".mark-of");
    e.dataset.standing = s;
    if (mark) mark.textContent = { done: "✓ done", updated: "updated since you did it", begun: "begun", open: "", "": "" }[s];
    if (e instanceof SVGElement) e.setAttribute("aria-label", `${e.textContent!.trim()}${s ? ", " + s : ""}`);
  }
  const done = [...standing.values()].filter((s) => s === "done" || s === "updated").length;
  const next = rows.find((li) => ["begun", "open", "updated"].includes(standing.get(li.dataset.lesson!)!));
  id("standing").replaceChildren(...(done ? [`${done} of ${rows.length} done. `] : []),
    ...(next ? [done ? "Go on with " : "Begin with ", next.querySelector("a")!.cloneNode(true), "."] : []),
    ...(forgetful() ? [el("span", " This browser keeps nothing for this page: what you do is gone when you close it.")] : []));
}
