// No part of a step: what somebody did in lessons, kept in this browser under the lessons' permanent ids. Where
// the browser keeps nothing it's kept until the page is closed, and the page says so.

// A Kept is one lesson's.
export interface Kept {
  rev: number; // of the lesson when this was done
  seed: string; // of the student's edition, in decimal
  goals: boolean[]; // as they stood last
  script: string; // all that happened; empty for nothing yet
  answers: string[]; // a line each, as hand-ins have them
  hints: string[]; // that were looked at: GOAL.RUNG
  done?: { rev: number; commands: number }; // the best time that all goals were met
  solved?: string; // the hand-in of the last time that all goals were met
}

const base = () => new URL(document.body.dataset.root!.replace(/#.*/, "") || "./", location.href).pathname;
const prefix = () => `pop3lab:${base()}:v1:`;
const memory = new Map<string, string>();
let refused = false;

// forgetful says whether the browser keeps nothing.
export function forgetful(): boolean {
  try {
    const probe = prefix() + "probe";
    localStorage.setItem(probe, "1");
    localStorage.removeItem(probe);
  } catch {
    refused = true;
  }
  return refused;
}

export function load(id: string): Kept | undefined {
  let text: string | null | undefined = memory.get(id);
  try {
    text ??= localStorage.getItem(prefix() + id);
  } catch {
    refused = true;
  }
  return text ? read(text) : undefined;
}

export function keep(id: string, k: Kept): void {
  const text = JSON.stringify(k);
  try {
    localStorage.setItem(prefix() + id, text);
    memory.delete(id);
  } catch { // forbidden, or full
    refused = true;
    memory.set(id, text);
  }
}

// read takes what was kept, or came in a file, and trusts none of it.
function read(text: string): Kept | undefined {
  try {
    const k = JSON.parse(text) as Partial<Kept>;
    if (typeof k !== "object" || k === null || typeof k.rev !== "number" || !/^\d{1,20}$/.test(String(k.seed))) return undefined;
    const texts = (x: unknown) => Array.isArray(x) ? x.filter((y): y is string => typeof y === "string") : [];
    return { rev: k.rev, seed: String(k.seed), goals: Array.isArray(k.goals) ? k.goals.map(Boolean) : [], script: String(k.script ?? ""), answers: texts(k.answers), hints: texts(k.hints),
      ...(typeof k.done?.rev === "number" ? { done: { rev: k.done.rev, commands: Number(k.done.commands) || 0 } } : {}), ...(typeof k.solved === "string" ? { solved: k.solved } : {}) };
  } catch {
    return undefined;
  }
}

// ids are the lessons of which something is kept.
function ids(): string[] {
  const found = [...memory.keys()];
  try {
    for (let i = 0; i < localStorage.length; i++) {
      const key = localStorage.key(i)!;
      if (key.startsWith(prefix())) found.push(key.slice(prefix().length));
    }
  } catch {
    refused = true;
  }
  return [...new Set(found)];
}

// written is all that is kept, as a file.
export function written(): string {
  const lessons: Record<string, Kept> = {};
  for (const id of ids()) {
    const k = load(id);
    if (k) lessons[id] = k;
  }
  return JSON.stringify({ pop3lab: 1, lessons }, null, 1);
}

// take takes what a file holds, in the place of what is kept; it returns how many lessons that were.
export function take(file: string): number {
  const all = JSON.parse(file) as { pop3lab?: number; lessons?: Record<string, unknown> };
  if (all?.pop3lab !== 1 || typeof all.lessons !== "object" || all.lessons === null) throw new Error("no progress");
  let n = 0;
  for (const [id, value] of Object.entries(all.lessons)) {
    const k = /^(file:)?[a-z][a-z0-9-]*$/.test(id) ? read(JSON.stringify(value)) : undefined;
    if (k) keep(id, k), n++;
  }
  return n;
}

// fresh is a seed for somebody who opens a lesson the first time.
export const fresh = () => String(crypto.getRandomValues(new Uint32Array(1))[0] || 1);
