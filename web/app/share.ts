// Share: a link or a file that holds all that happened and the step that is shown. The link's part
// behind the # goes to no server; it is never cut short: what is too long for a link is a file.

import { copy } from "./copy";
import { acts, close, entry, open, section } from "./dialog";
import { el, id } from "./dom";
import { formats, save } from "./export";
import { draft } from "./lessondraft";
import { packed, read, written } from "./livefile";
import type { Session } from "./session";
import { t } from "./words";

// longest is what chat programs and mail carry without harm.
const longest = 1800;

export function share(s: Session, load: (script: string) => void): void {
  const button = id<HTMLButtonElement>("share");
  button.disabled = false;
  button.addEventListener("click", () => {
    const script = s.scriptHere(), frames = s.source.frames, { edition } = document.body.dataset;
    const link = `${location.href.split("#")[0]}#k=${script}&s=${s.n}${edition ? "&e=" + edition : ""}`;
    const field = el("input", { type: "text", readonly: true, value: link, "aria-label": t("Link"), focus: () => field.select() });
    const file = el("input", { type: "file", accept: ".pop3lab", "aria-label": t("Open a file"), change: () => { if (file.files?.[0]) void opened(s, file.files[0], load); } });
    open(t("Share"),
      frames ? section(t("Link"), el("p", t("What real programs did can’t be done over from a link. Take the file.")))
      : link.length <= longest
        ? section(t("Link"), field, acts([t("Copy the link"), () => copy(link, t("The link is copied."))]), el("p", t("It opens this session at this step, and can be taken over from there.")))
        : section(t("Link"), el("p", t("The link would have {0} characters, too many to travel safely. Take the file.", link.length))),
      section(t("File"), frames
        ? entry(t("Save the recording"), t("All that was seen, to be stepped through anywhere. It names this maildrop’s password, which is worth nothing once the maildrop has ended."), async () => save("recording.pop3lab", await written(frames)))
        : entry(t("Save the session"), t("Everything that happened, to be kept or handed on."), () => save("session.pop3lab", script)), el("label.line", t("Open a session"), " ", file),
        ...(frames ? [] : [entry(t("Save as a lesson’s draft"), t("A file to write a lesson in: what was said here is its reference. pop3lab lesson lint says what’s missing."), () => save("my-lesson.txtar", draft(s.branch.steps)))])),
      section(t("Export"), ...formats.map((f) => entry(t(f.name), t(f.doc), () => save(f.file, f.write(s.branch.steps)))),
        el("p", t("All {0} steps of this branch. Secrets that are masked stay masked.", s.branch.steps.length))),
    );
  });
}

// opened shows what a file holds: a recording is another branch, a session is loaded.
async function opened(s: Session, file: File, load: (script: string) => void): Promise<void> {
  const octets = new Uint8Array(await file.arrayBuffer());
  if (!packed(octets)) return load(new TextDecoder().decode(octets).trim());
  close();
  try {
    const recording = await read(octets);
    s.device = recording.steps.find((x) => x.device)?.device ?? s.device;
    s.trouble = "";
    s.show(s.add(recording));
    s.go(1);
  } catch (error) {
    s.trouble = (error as Error).message;
    s.changed();
  }
}

// shared is what the address of the page holds, if it holds a session.
export function shared(): { script: string; step: number; edition: string } | undefined {
  const part = new URLSearchParams(location.hash.slice(1));
  const script = part.get("k");
  return script ? { script, step: Number(part.get("s")) || Infinity, edition: /^\d{1,20}$/.exec(part.get("e") ?? "")?.[0] ?? "" } : undefined;
}
