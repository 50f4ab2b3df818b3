// No part of a step: the file of the page's lesson: in the page, or one that somebody chose or dropped. Such a file
// stays in this tab.

import { el, id } from "./dom";
import { t } from "./words";

const key = "pop3lab:lesson";
const largest = 256 * 1024;

// A LessonFile has the lesson, and for one of the site in another language the file of its translation.
export interface LessonFile { name: string; content: string; own: boolean; words?: string | undefined }

// file is the lesson's file; undefined where there is none.
export function file(): LessonFile | undefined {
  const course = document.getElementById("course");
  if (!course) return undefined;
  const { lesson: content, name, words } = course.dataset;
  if (content) return { name: name!, content, own: false, words };
  try {
    const { name, content } = JSON.parse(sessionStorage.getItem(key) ?? "{}") as Partial<LessonFile>;
    if (name && content) return { name, content, own: true };
  } catch { /* nothing is kept, or nothing of ours */ }
  return undefined;
}

// store is under which key the page's lesson is kept: a file of somebody's own never in the place of a lesson of the site.
export const store = (lesson: string) => file()?.own ? "file:" + lesson : lesson;

// files lets a lesson's file be dropped on a page that has to do with lessons, and chosen where the page has a place for that.
export function files(): void {
  const own = document.getElementById("open"), course = document.getElementById("course");
  if (!own && !document.getElementById("lessons")) return;
  document.addEventListener("dragover", (e) => { if (e.dataTransfer?.types.includes("Files")) e.preventDefault(); });
  document.addEventListener("drop", (e) => {
    const f = e.dataTransfer?.files[0];
    if (!f) return;
    e.preventDefault();
    void read(f);
  });
  if (!own || course?.dataset.lesson) return;
  const input = el("input", { type: "file", accept: ".txtar,.txt", "aria-label": t("A lesson’s file"), change: () => { const f = input.files?.[0]; if (f) void read(f); } });
  own.append(el("label.line", t("Open a lesson’s file"), " ", input));
}

async function read(f: File): Promise<void> {
  if (f.size > largest) return sorry(t("{0} has {1} octets; a lesson has at most {2}.", f.name, f.size, largest));
  const content = await f.text();
  try {
    sessionStorage.setItem(key, JSON.stringify({ name: f.name, content }));
  } catch {
    return sorry(t("This browser keeps nothing for this page, so it can’t open a file here."));
  }
  const { root = "", suffix = "" } = document.body.dataset, to = root + "lesson-file" + suffix;
  if (new URL(to, location.href).href.split("#")[0] === location.href.split("#")[0] && !root.startsWith("#")) location.reload();
  else if (root.startsWith("#") && location.hash === to) location.reload();
  else location.href = to;
}

function sorry(text: string): void {
  const box = document.getElementById("trouble") ?? id("standing");
  box.hidden = false;
  box.replaceChildren(el("p", text));
}
