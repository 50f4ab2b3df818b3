// The list and the map of lessons: what is done, begun, open; and taking what is kept from one browser to another.

import { el, id, plural, say } from "./dom";
import { save } from "./export";
import { forgetful, load, take, written } from "./progress";
import { t, word } from "./words";

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
      say(t("{0} came from the file.", plural(n, "lesson")));
    } catch {
      say(t("This file holds no progress: choose one that this page has saved."));
    }
    input.value = "";
  } });
  id("keep").append(el("button.btn", { type: "button", click: () => save("progress.pop3lab.json", written()) }, t("Save it as a file")), el("label.btn.file", { for: "progress-file" }, t("Bring it from a file"), input));
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
    if (mark) mark.textContent = { done: "✓ " + t("done"), updated: t("updated since you did it"), begun: t("begun"), open: "", "": "" }[s];
    if (e instanceof SVGElement) e.setAttribute("aria-label", `${e.textContent!.trim()}${s ? ", " + t({ done: word("done"), updated: word("updated"), begun: word("begun"), open: word("open") }[s]) : ""}`);
  }
  const done = [...standing.values()].filter((s) => s === "done" || s === "updated").length;
  const next = rows.find((li) => ["begun", "open", "updated"].includes(standing.get(li.dataset.lesson!)!));
  id("standing").replaceChildren(...(done ? [t("{0} of {1} done.", done, rows.length) + " "] : []),
    ...(next ? [done ? t("Go on with") : t("Begin with"), " ", next.querySelector("a")!.cloneNode(true), "."] : []),
    ...(forgetful() ? [el("span", " " + t("This browser keeps nothing for this page: what you do is gone when you close it."))] : []));
}
