// Share: a link or a file that holds all that happened and the step that is shown. The link's part
// behind the # goes to no server; it is never cut short: what is too long for a link is a file.

import { acts, open, section } from "./dialog";
import { el, id, say } from "./dom";
import { readable } from "./conversation";
import type { Session } from "./session";

// longest is what chat programs and mail carry without harm.
const longest = 1800;

export function share(s: Session, load: (script: string) => void): void {
  const button = id<HTMLButtonElement>("share");
  button.disabled = false;
  button.addEventListener("click", () => {
    const script = s.scriptHere(), link = `${location.href.split("#")[0]}#k=${script}&s=${s.n}`;
    const field = el("input", { type: "text", readonly: true, value: link, "aria-label": "Link", focus: () => field.select() });
    const file = el("input", { type: "file", accept: ".pop3lab", "aria-label": "Open a file", change: async () => { const f = file.files?.[0]; if (f) load(await f.text()); } });
    open("Share",
      link.length <= longest
        ? section("Link", field, acts(["Copy the link", () => copy(link)]), el("p", "It opens this session at this step, and can be taken over from there."))
        : section("Link", el("p", `The link would have ${link.length} characters, too many to travel safely. Take the file.`)),
      section("File", acts(["Save the session", () => save("session.pop3lab", script)], ["Save as text", () => save("session.txt", dialogue(s))]), file,
        el("p", "A session file holds everything that happened; text is for reading, written as the RFC writes dialogues.")),
    );
  });
}

async function copy(link: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(link);
    say("The link is copied.");
  } catch {
    say("The browser doesn't allow copying; the link is marked, copy it by hand.");
    id("dialog").querySelector<HTMLInputElement>("input")?.select();
  }
}

function save(name: string, text: string): void {
  const a = el("a", { href: URL.createObjectURL(new Blob([text])), download: name });
  a.click();
  URL.revokeObjectURL(a.href);
}

// dialogue is the branch as the RFC writes dialogues.
function dialogue(s: Session): string {
  return s.steps.map((x) => {
    if (!x.direction) return `    <${x.title}>`;
    return readable(x.octets).split("\\x0d\\x0a").filter((l, i, all) => l || i < all.length - 1).map((l) => `    ${x.direction}: ${l}`).join("\n");
  }).join("\n") + "\n";
}

// shared is what the address of the page holds, if it holds a session.
export function shared(): { script: string; step: number } | undefined {
  const part = new URLSearchParams(location.hash.slice(1));
  const script = part.get("k");
  return script ? { script, step: Number(part.get("s")) || Infinity } : undefined;
}
