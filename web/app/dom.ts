// No part of a step: elements, made and found in few words.

import { t } from "./words";

type Child = Node | string | null | false | undefined;

// el makes an element: "li.ln.c" is an li of two classes; attributes that are false or undefined are
// left out, functions are listeners.
export function el<K extends keyof HTMLElementTagNameMap>(what: K | `${K}.${string}`, ...rest: (Record<string, unknown> | Child)[]): HTMLElementTagNameMap[K];
export function el(what: string, ...rest: (Record<string, unknown> | Child)[]): HTMLElement;
export function el(what: string, ...rest: (Record<string, unknown> | Child)[]): HTMLElement {
  const [tag, ...classes] = what.split(".");
  const e = document.createElement(tag!);
  if (classes.length) e.className = classes.join(" ");
  for (const r of rest) {
    if (r === null || r === undefined || r === false) continue;
    if (typeof r === "string" || r instanceof Node) e.append(r);
    else attributes(e, r);
  }
  return e;
}

function attributes(e: HTMLElement, list: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(list)) {
    if (typeof value === "function") e.addEventListener(name, value as EventListener);
    else if (name.startsWith("aria-")) e.setAttribute(name, String(value));
    else if (value !== undefined && value !== false) e.setAttribute(name, value === true ? "" : String(value));
  }
}

// id finds an element that the page has for certain.
export function id<T extends HTMLElement = HTMLElement>(name: string): T {
  const e = document.getElementById(name);
  if (!e) throw new Error(`the page has no #${name}`);
  return e as T;
}

// say announces something to those who listen instead of look, once.
export function say(text: string): void {
  id("status").textContent = text;
}

// counted is a number with its noun, in English; plural in the page's language.
export const counted = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;
export const plural = (n: number, noun: string) => `${n} ${t(n === 1 ? noun : noun + "s")}`;
