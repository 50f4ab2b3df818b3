// Share: a link or a file that holds all that happened and the step that is shown. The link's part
// behind the # goes to no server; it is never cut short: what is too long for a link is a file.

import { copy } from "./copy";
import { acts, entry, open, section } from "./dialog";
import { el, id } from "./dom";
import { formats, save } from "./export";
import type { Session } from "./session";

// longest is what chat programs and mail carry without harm.
const longest = 1800;

export function share(s: Session, load: (script: string) => void): void {
  const button = id<HTMLButtonElement>("share");
  button.disabled = false;
  button.addEventListener("click", () => {
    const script = s.scriptHere(), link = `${location.href.split("#")[0]}#k=${script}&s=${s.n}`;
    const field = el("input", { type: "text", readonly: true, value: link, "aria-label": "Link", focus: () => field.select() });
    const file = el("input", { type: "file", accept: ".pop3lab", "aria-label": "Open a file", change: async () => { const f = file.files?.[0]; if (f) load((await f.text()).trim()); } });
    open("Share",
      link.length <= longest
        ? section("Link", field, acts(["Copy the link", () => copy(link, "The link is copied.")]), el("p", "It opens this session at this step, and can be taken over from there."))
        : section("Link", el("p", `The link would have ${link.length} characters, too many to travel safely. Take the file.`)),
      section("File", entry("Save the session", "Everything that happened, to be kept or handed on.", () => save("session.pop3lab", script)), el("label.line", "Open a session ", file)),
      section("Export", ...formats.map((f) => entry(f.name, f.doc, () => save(f.file, f.write(s.steps)))),
        el("p", `All ${s.steps.length} steps of this branch. Secrets that are masked stay masked.`)),
    );
  });
}

// shared is what the address of the page holds, if it holds a session.
export function shared(): { script: string; step: number } | undefined {
  const part = new URLSearchParams(location.hash.slice(1));
  const script = part.get("k");
  return script ? { script, step: Number(part.get("s")) || Infinity } : undefined;
}
