// The world menu's part on the server: whose manners it has, and what is broken in it on purpose.

import { entry, pick } from "./dialog";
import { el } from "./dom";
import type { Catalogue, Input, World } from "./record";
import { english, t } from "./words";

export const server = {
  // now is what holds now, in a few words.
  now: (w?: World) => [w?.persona || "pop3lab", ...(w?.faults ?? [])].join(", "),

  content(all: Catalogue, w: World | undefined, does: (input: Partial<Input>) => void): Node[] {
    const about = el("p"), explain = (name: string) => {
      const doc = all.personas.find((e) => e.name === name)?.doc;
      about.textContent = doc ?? t("RFC 1939’s own wording.");
      about.lang = doc ? "en" : document.documentElement.lang;
    };
    const persona = pick(t("It behaves as"), [["", t("RFC 1939’s own wording")], ...all.personas.filter((e) => e.name).map((e): [string, string] => [e.name, e.name])], w?.persona ?? "", explain);
    explain(persona.value);
    const boxes = all.faults.map((f) => el("input", { type: "checkbox", value: f.name, checked: w?.faults.includes(f.name) ?? false }));
    return [
      el("label.line", t("It behaves as"), " ", persona), about,
      el("fieldset.faults", el("legend", t("Broken on purpose; several may be")), ...all.faults.map((f, i) => el("label", boxes[i]!, el("b", f.name), el("span", { lang: english() }, f.doc)))),
      entry(t("Restart the server so"), t("The next connection gets it; sessions that are open keep theirs."),
        () => does({ kind: "serve", persona: persona.value, faults: boxes.filter((b) => b.checked).map((b) => b.value) })),
    ];
  },
};
