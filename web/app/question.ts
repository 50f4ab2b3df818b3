// A lesson's question: one of several to choose, a few words to type, octets to mark; and what is said to the
// answer. A prediction is judged when it has come true, or not.

import type { Attempt } from "./lessonattempt";
import { escaped } from "./lesson";
import { el } from "./dom";
import { readable } from "./conversation";
import type { Chosen } from "./parts";
import type { Question } from "./record";
import { t } from "./words";

// An Asked is a question on the page. show brings it up to date; reveal says whether a prediction may be judged.
export interface Asked { el: HTMLElement; show(reveal: boolean): void }

let count = 0;

export function ask(q: Question, attempt: Attempt, chosen: () => Chosen | undefined): Asked {
  const said = el("p.said", { role: "status" }), control = q.kind === "typed" ? typed(q, attempt) : q.kind === "mark" ? mark(q, attempt, chosen) : choice(q, attempt);
  return {
    el: el("div.ask", { "data-question": q.name }, control.el, said),
    show: (reveal) => {
      const judged = attempt.progress.answers.find((a) => a.question === q.name);
      control.show(judged?.text);
      const hidden = q.kind === "predict" && !reveal;
      said.className = "said" + (!judged || hidden ? "" : judged.right ? " good" : " amiss");
      const text = !judged ? "" : hidden ? t("Your prediction is kept. Now let it happen.") : judged.reply || (judged.right ? t("Right.") : t("Not this."));
      if (said.textContent !== text) said.textContent = text;
    },
  };
}

interface Control { el: HTMLElement; show(answer?: string): void }

// choice is a list to choose from. A prediction is made once.
function choice(q: Question, attempt: Attempt): Control {
  const name = `answer-${++count}`;
  const radios = q.options.map((o) => el("input", { type: "radio", name, value: o }));
  const button = el("button.btn", { type: "button", click: () => { const r = radios.find((x) => x.checked); if (r) attempt.answer(q.name, escaped(r.value)); } },
    q.kind === "predict" ? t("That’s my prediction") : t("Answer"));
  let shown: string | undefined;
  return {
    el: el("fieldset.choices", el("legend", q.text), ...radios.map((r, i) => el("label", r, el("span", q.words[i] ?? r.value))), button),
    show: (answer) => {
      if (answer !== shown) for (const r of radios) r.checked = r.value === answer;
      shown = answer;
      const fixed = q.kind === "predict" && answer !== undefined;
      for (const r of radios) r.disabled = fixed;
      button.hidden = fixed;
    },
  };
}

function typed(q: Question, attempt: Attempt): Control {
  const name = `answer-${++count}`;
  const input = el("input", { id: name, type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
  let shown: string | undefined;
  return {
    el: el("form.typed", { novalidate: true, submit: (e: Event) => { e.preventDefault(); if (input.value.trim()) attempt.answer(q.name, escaped(input.value.trim())); } },
      el("label", { for: name }, q.text), el("div.line", input, el("button.btn", { type: "submit" }, t("Answer")))),
    show: (answer) => {
      if (answer !== shown) input.value = answer ?? "";
      shown = answer;
    },
  };
}

// mark takes the octets that are chosen in the conversation, with the pointer or with Enter and the arrow keys.
function mark(q: Question, attempt: Attempt, chosen: () => Chosen | undefined): Control {
  const what = el("span.octets", { translate: "no" }), button = el("button.btn", { type: "button", click: () => {
    const c = chosen();
    if (!c) return;
    attempt.answer(q.name, `${c.step.seq}:${c.label.start}-${c.label.end}`);
    attempt.s.go(Infinity); // looking back was for the answer; what's sent next isn't to begin a branch
  } }, t("This is it"));
  return {
    el: el("div.marking", el("p", q.text), el("p.how", t("Choose octets in the conversation: click them, or press Enter there and use the arrow keys.")), el("div.line", what, button)),
    show: () => {
      const c = chosen();
      const octets = c ? readable(c.step.octets.subarray(c.label.start, c.label.end)).replace("\\x0d\\x0a", "CR LF") : "";
      what.textContent = c ? t("step {0}: {1}", c.step.seq + 1, octets.length > 40 ? octets.slice(0, 40) + "…" : octets) : t("nothing chosen yet");
      button.disabled = !c;
    },
  };
}
