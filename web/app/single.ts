// No part of a step: the pages of a site that is one file. Its address says which page is shown:
// "#/reference/RETR", "#/states#UPDATE"; without "#/" it's the first one.

import { asset } from "./asset";

// single lets begin start the page, once the page that the address names stands in the document. Where
// each page is a file of its own, that is at once.
export function single(begin: () => void): void {
  if (!document.getElementById("embedded:pages.json")) return begin();
  history.scrollRestoration = "manual";
  // Another page begins as pages do: from nothing. What the old one was doing ends with it.
  const here = location.href;
  addEventListener("hashchange", () => { if (location.href !== here) location.reload(); });
  document.addEventListener("click", parts);
  const [path, part] = split(location.hash);
  if (!path) return start(begin, part);
  asset("embedded:pages.json").then((a) => a.json()).then((all: Record<string, string>) => {
    turn((Object.hasOwn(all, path) ? all[path] : all["404"])!);
    start(begin, part);
  }).catch(() => start(begin, "")); // a browser that can't unpack them; the bench says so
}

// split takes "#/reference/RETR#errors" apart. What has no "#/" is about the first page.
function split(hash: string): [path: string, part: string] {
  if (!hash.startsWith("#/")) return ["", ""];
  const [path, part] = hash.slice(2).split("#");
  return [plain(path!), part ?? ""];
}

// plain is a part of an address without its % signs, as far as they mean anything.
function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
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
  document.documentElement.lang = page.documentElement.lang;
}

function start(begin: () => void, part: string): void {
  document.documentElement.classList.remove("turning");
  begin();
  if (part && document.getElementById(plain(part))) show(part);
}

// parts lets a link to a part of the page go there. As an address it would name the first page.
function parts(e: MouseEvent): void {
  const to = (e.target as Element).closest("a[href^='#']")?.getAttribute("href")?.slice(1);
  if (!to || to.startsWith("/") || !document.getElementById(plain(to))) return;
  e.preventDefault();
  show(to);
}

// show lets the browser go to a part, with all that it does then, and puts the address right again.
function show(part: string): void {
  const here = location.href;
  location.replace("#" + part);
  history.replaceState(null, "", here);
}
