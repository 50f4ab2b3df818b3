// No part of a step: the requirement rows, which come when they're asked for first, and the links from
// what a panel says to the pages that say more.

import { asset } from "./asset";
import { el } from "./dom";

// A Requirement is a row of the table of requirements: said is the RFC's own sentence, parts are the
// parts of lines that it explains.
export interface Requirement { id: string; place: string; level: string; text: string; said?: string; parts?: string[] }

let rows: Requirement[] | undefined, asked = false;

// rules are all rows; none until they're there, and then again is called.
export function rules(again: () => void): Requirement[] {
  if (!asked) {
    asked = true;
    asset(document.body.dataset.rules!).then((a) => a.json()).then((all: Requirement[]) => { rows = all; again(); }, () => { rows = []; });
  }
  return rows ?? [];
}

// page is the address of another page of the site, or of a part of it: "reference/RETR", "coverage#DEL-03".
export function page(to: string): string {
  const [path, part] = to.split("#"), { root, suffix } = document.body.dataset;
  return `${root ?? ""}${path}${suffix ?? ""}${part ? "#" + part : ""}`;
}

// command is the link to a command's page; nothing for what is no command.
export const command = (verb: string) => /^[A-Z0-9]+$/.test(verb) ? [el("a", { href: page("reference/" + verb) }, `${verb} in the reference`)] : [];

// quoted is a row in the RFC's words where it has them, with the place and a link to the row.
export function quoted(r: Requirement): HTMLElement {
  const where = el("span.ref", el("a", { href: page("coverage#" + r.id) }, r.id), ` · ${r.place}${r.level ? " · " + r.level : ""}`);
  return el("blockquote", r.said ? el("q", r.said) : r.text, r.said && r.said !== r.text ? el("p.own", r.text) : "", " ", where);
}
