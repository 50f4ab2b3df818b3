// No part of a step: the pages of a site that is one file. Its address says which page is shown:
// "#/reference/RETR", "#/states#UPDATE"; without "#/" it's the first one.

import { asset } from "./asset";

// single lets begin start the page, once the page that the address names stands in the document. Where
// each page is a file of its own, that is at once.
export function single(begin: () => void): void {
  if (!document.getElementById("embedded:pages.json")) return begin();
  history.scrollRestoration = "manual";
  // Another page begins as pages do: from nothing. What the old one was doing ends with it.
  addEventListener("hashchange", () => location.reload());
  document.addEventListener("click", parts);
  const [path, part] = split(location.hash);
  if (!path) return start(begin, part);
  asset("embedded:pages.json").then((a) => a.json()).then((all: Record<string, string>) => {
    turn((Object.hasOwn(all, path) ? all[path] : all["404"])!);
    start(begin, part);
  });
}

// split takes "#/reference/RETR#errors" apart. What has no "#/" is about the first page.
function split(hash: string): [path: string, part: string] {
  if (!hash.startsWith("#/")) return ["", ""];
  const [path, part] = hash.slice(2).split("#");
  return [decodeURI(path!), part ?? ""];
}

// fragment is what stands behind the page's address, with its "#": "#k=1.AA".
export function fragment(): string {
  if (!location.hash.startsWith("#/")) return location.hash;
  const [, part] = split(location.hash);
  return part && "#" + part;
}

// turn puts a page in the place of the one that's shown; the blocks of the file stay.
function turn(html: string): void {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const e of [...document.body.children]) if (e.localName !== "script") e.remove();
  document.body.prepend(...page.body.childNodes);
  for (const { name, value } of page.body.attributes) document.body.setAttribute(name, value);
  document.title = page.title;
}

function start(begin: () => void, part: string): void {
  document.documentElement.classList.remove("turning");
  begin();
  if (part) show(part);
}

// parts lets a link to a part of the page go there. As an address it would name the first page.
function parts(e: MouseEvent): void {
  const to = (e.target as Element).closest("a[href^='#']")?.getAttribute("href")?.slice(1);
  if (!to || to.startsWith("/") || !show(to)) return;
  e.preventDefault();
}

function show(part: string): boolean {
  const e = document.getElementById(decodeURIComponent(part));
  if (!e) return false;
  if (e.tabIndex < 0) e.tabIndex = -1;
  e.scrollIntoView();
  e.focus({ preventScroll: true });
  return true;
}
