// No part of a step: the one dialog of the page, with a heading and a way out.

import { el, id } from "./dom";

export function open(title: string, ...content: (Node | string)[]): void {
  const d = id<HTMLDialogElement>("dialog");
  d.replaceChildren(el("div.sheet", el("header", el("h2", { id: "dialog-title" }, title), el("button.btn", { type: "button", click: () => d.close() }, "Close")), ...content));
  if (!d.open) d.showModal();
}

export const close = () => id<HTMLDialogElement>("dialog").close();

// section is a part of a dialog, with a small heading.
export const section = (title: string, ...content: (Node | string)[]) => el("section", el("h3", title), ...content);

// acts is a row of buttons.
export const acts = (...list: [string, () => void, boolean?][]) =>
  el("div.acts", ...list.map(([name, f, off]) => el("button.btn", { type: "button", disabled: off === true, click: f }, name)));
