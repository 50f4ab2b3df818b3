// A lesson in which the student is the server: what the client sends, one after the other, what the server knows
// then, and a place to write the answer.

import type { Attempt } from "./lessonattempt";
import { escaped } from "./lesson";
import { el, id, plural } from "./dom";
import { octets } from "./command";
import { readable } from "./conversation";
import type { Call, Letter } from "./record";

export function serving(attempt: Attempt): () => void {
  const { course } = attempt.lesson, box = id("role");
  const rows = course.calls.map((c, n) => row(c, n, attempt));
  const intro = el("p", "A client has connected, and you are its server. Write what goes out, a line a line: each leaves with CR LF. Octets that no key makes are written as on the command line, \\x00.");
  box.replaceChildren(el("h3.small", "You are the server"), intro, mail(course.letters), el("ol.calls", ...rows.map((r) => r.el)));
  return () => {
    const done = attempt.progress.served, at = rows.findIndex((_, n) => !done[n]);
    rows.forEach((r, n) => r.show(at < 0 || n <= at, done[n] === true));
  };
}

// mail is what lies in the maildrop, with its octets.
const mail = (letters: Letter[]) => el("details.maildrop", el("summary", `The maildrop: ${plural(letters.length, "message")}`),
  ...letters.map((l) => el("section", el("h4", `${l.num} · ${l.octets.length} octets as stored · unique-id ${l.uid || "not set"}`), el("pre", { translate: "no" }, readable(l.octets).replace(/\\x0d\\x0a/g, "\n")))));

function row(c: Call, n: number, attempt: Attempt): { el: HTMLElement; show(open: boolean, right: boolean): void } {
  const field = el("textarea", { rows: 2, spellcheck: "false", autocapitalize: "off", autocomplete: "off", id: `reply-${n}`, translate: "no" });
  const said = el("p.said", { role: "status" });
  const sent = readable(c.sent).replace(/\\x0d\\x0a/g, "\n").trim();
  const form = el("form", { novalidate: true, submit: (e: Event) => {
    e.preventDefault();
    const lines = field.value.replace(/\n$/, "").split("\n");
    attempt.answer(c.question, field.value ? lines.map((l) => escaped(octets(l, "\r\n"))).join("") : "");
  } }, el("label", { for: `reply-${n}` }, "Your answer"), field, el("button.btn", { type: "submit" }, "Send"));
  const state = c.state.name ? el("p.aside", `The session: ${c.state.name}${c.messages.length ? ", " + maildrop(c) : ""}`) : undefined;
  const li = el("li.call", { "data-question": c.question }, el("p.sent", { translate: "no" }, c.sent.length ? el("code", sent) : el("span", { translate: "yes" }, "(it has connected, and waits)")), state, form, said);
  let shown: string | undefined;
  return {
    el: li,
    show: (open, right) => {
      li.hidden = !open;
      li.classList.toggle("met", right);
      const given = attempt.replies.findLast((a) => a.question === c.question)?.text, judged = attempt.progress.answers.find((a) => a.question === c.question);
      if (given !== shown) field.value = lines(given ?? "");
      shown = given;
      field.rows = Math.min(12, Math.max(2, field.value.split("\n").length));
      said.className = "said" + (judged ? judged.right ? " good" : " amiss" : "");
      if (said.textContent !== (judged?.reply ?? "")) said.textContent = judged?.reply ?? "";
    },
  };
}

const maildrop = (c: Call) => c.messages.map((m) => `${m.num}: ${m.octets} octets${m.deleted ? ", marked" : ""}`).join("; ");

// lines is an answer as it's written into the field: what doesn't end with CR LF keeps its escapes.
const lines = (text: string) => text.replace(/\\r\\n/g, "\n").replace(/\n$/, "").replace(/\\\\/g, "\\");
