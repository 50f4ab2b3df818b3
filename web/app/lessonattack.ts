// A lesson in which the student sits between a mail program and its server: each answer on its way past, which
// may be changed as long as it can be read, and what the mail program makes of it. All of it is simulated.

import type { Attempt } from "./lessonattempt";
import { escaped } from "./lesson";
import { octets } from "./command";
import { el, id } from "./dom";
import { readable } from "./conversation";
import type { Tapped } from "./record";

export function attacking(attempt: Attempt): () => void {
  const list = el("ol.taps"), box = id("role");
  box.replaceChildren(el("h3.small", "Between the mail program and its server"),
    el("p", "Everything passes through your hands, in this simulation and nowhere else. Change an answer of the server, and the mail program runs once more with it."), list);
  let open = "", shown = "";
  const show = () => {
    const key = open + JSON.stringify(attempt.progress.tapped, (_, v: unknown) => v instanceof Uint8Array ? readable(v) : v);
    if (key === shown) return;
    shown = key;
    list.replaceChildren(...attempt.progress.tapped.map((t) => tap(t, attempt, t.question !== "" && t.question === open, (name) => {
      open = name;
      show();
      document.querySelector<HTMLElement>(name ? "#role textarea" : "#role button")?.focus();
    })));
  };
  return show;
}

function tap(t: Tapped, attempt: Attempt, editing: boolean, open: (question: string) => void): HTMLElement {
  const changed = readable(t.true) !== readable(t.delivered);
  const li = el("li.tap", { "data-question": t.question }, el("p.sent", { translate: "no" }, t.sent.length ? (t.tls ? "" : "C→S ") : "", t.tls ? el("span", { translate: "yes" }, "octets under TLS, which mean nothing to you") : el("code", t.sent.length ? text(t.sent) : "")));
  if (!t.tls) {
    li.append(el("div.said-by", el("span.lab", changed ? "The server said" : "The server says"), el("pre", { translate: "no" }, text(t.true))));
    if (changed) li.append(el("div.said-by.mine", el("span.lab", "You pass on"), el("pre", { translate: "no" }, text(t.delivered))));
  }
  if (t.thought) li.append(el("p.thought", t.thought));
  if (!t.question) return li;
  if (editing) {
    const field = el("textarea", { rows: Math.max(2, text(t.delivered).split("\n").length), spellcheck: "false", autocapitalize: "off", "aria-label": "What the mail program gets", translate: "no" }, text(t.delivered));
    li.append(field, el("p.how", "Each line goes on with CR LF. \\x00 stands for an octet."),
      el("div.acts", el("button.btn", { type: "button", click: () => {
        attempt.answer(t.question, field.value.replace(/\n$/, "").split("\n").map((l) => escaped(octets(l, "\r\n"))).join(""));
        open("");
      } }, "Pass this on"), el("button.btn", { type: "button", click: () => open("") }, "Leave it")));
  } else {
    li.append(el("div.acts", el("button.btn", { type: "button", click: () => open(t.question) }, "Change it"),
      changed && el("button.btn", { type: "button", click: () => attempt.answer(t.question, escaped(t.true)) }, "Let it through as it was")));
  }
  return li;
}

const text = (o: Uint8Array) => readable(o).replace(/\\x0d\\x0a/g, "\n").replace(/\n$/, "");
