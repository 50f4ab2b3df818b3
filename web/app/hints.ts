// The ladder of hints for a goal: a nudge, the command's name, the line itself. The line is put in and not sent;
// before the last rung it's asked once more. Which rungs were looked at is kept, and costs nothing.

import type { Attempt } from "./lessonattempt";
import { el, id, say } from "./dom";
import type { Aim } from "./record";
import { t, word } from "./words";

export function hints(aim: Aim, goal: number, attempt: Attempt): HTMLElement {
  const box = el("div.hints"), all = aim.hints;
  const open = (n: number) => attempt.kept.hints.includes(`${goal + 1}.${n + 1}`);
  let asked = false;
  const show = (focus = false) => {
    const next = all.findIndex((_, n) => !open(n)), last = next > 0 && next === all.length - 1;
    const more = next < 0 ? undefined : el("button.link", { type: "button", click: () => {
      if (last && !asked) {
        asked = true;
        return show(true);
      }
      attempt.looked(goal, next);
      say(t("Hint: {0}", all[next]!.text));
      show(true);
    } }, asked && last ? t("Yes, show the last one") : t([word("Hint"), word("Another hint"), word("The last hint")][Math.min(next, 2)]!));
    const sure = asked && last ? [el("p", t("The last one is the solution of this goal. Would you rather try once more?"))] : [];
    box.replaceChildren(...all.filter((_, n) => open(n)).map((h) => el("p.hint-text", h.line ? put(h.text) : h.text)), ...sure, ...(more ? [more] : []));
    if (focus) (more ?? box.querySelector<HTMLElement>("button"))?.focus();
  };
  show();
  return box;
}

// put offers a line to be put into the command line.
function put(line: string): HTMLElement {
  return el("span", el("code", { translate: "no" }, line), " ", el("button.link", { type: "button", click: () => {
    const input = id<HTMLInputElement>("command");
    input.value = line;
    input.focus();
  } }, t("Put it into the command line")));
}
