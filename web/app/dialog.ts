// No part of a step: the one dialog of the page, with a heading and a way out.

import { el, id } from "./dom";
import { t } from "./words";

export function open(title: string, ...content: (Node | string)[]): void {
  const d = id<HTMLDialogElement>("dialog");
  d.replaceChildren(el("div.sheet", el("header", el("h2", { id: "dialog-title" }, title), el("button.btn", { type: "button", click: () => d.close() }, t("Close"))), ...content));
  if (!d.open) d.showModal();
}

export const close = () => id<HTMLDialogElement>("dialog").close();

// section is a part of a dialog, with a small heading.
export const section = (title: string, ...content: (Node | string)[]) => el("section", el("h3", title), ...content);

// acts is a row of buttons.
export const acts = (...list: [string, () => void, boolean?][]) =>
  el("div.acts", ...list.map(([name, f, off]) => el("button.btn", { type: "button", disabled: off === true, click: f }, name)));

// entry is one thing that can be done, with a sentence on what it means.
export const entry = (name: string, doc: string, f: () => void, off = false) =>
  el("div.entry", el("button.btn", { type: "button", disabled: off, click: f }, name), el("p", doc));

// fold is a part that opens when it's asked for; what holds now stands beside its heading.
export const fold = (title: string, now: string, ...content: (Node | string)[]) =>
  el("details.group", el("summary", el("h3", title), el("span", now)), ...content);

// pick is a list to choose one from, with its name before it.
export function pick(name: string, options: [value: string, text: string][], chosen: string, change?: (value: string) => void): HTMLSelectElement {
  const select = el("select", { "aria-label": name, change: () => change?.(select.value) },
    ...options.map(([value, text]) => el("option", { value, selected: value === chosen }, text)));
  return select;
}
