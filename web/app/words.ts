// No part of a step: what the page says in its language. The English words are the keys; the page brings the list, and
// what isn't in it stays English.

let list: Record<string, string> | undefined;

// t is a text in the page's language, with args in the place of {0}, {1}.
export function t(text: string, ...args: (string | number)[]): string {
  list ??= JSON.parse(document.getElementById("words")?.textContent || "{}") as Record<string, string>;
  const said = Object.hasOwn(list, text) ? list[text]! : text;
  return args.length ? said.replace(/\{(\d)\}/g, (all, n: string) => String(args[Number(n)] ?? all)) : said;
}

// word marks English text that t says later.
export const word = (text: string) => text;

// english marks what the engine says, on pages in another language; ours what the page says within it.
export const english = () => document.documentElement.lang === "en" ? undefined : "en";
export const ours = () => english() && document.documentElement.lang;
