// No part of a step: the maildrop that this tab has on the real server. Its password and its token are kept in
// the tab and nowhere else.

// A Room is what the server tells of it: the addresses of its own ports as HOST:PORT, or empty for none.
export interface Room {
  user: string; password: string; token: string;
  pop3: string; pop3s: string; cleartext: boolean; stls: boolean;
  first: number; last: number; // of the recordings that are kept
  watch?: boolean; // it's somebody else's server that is watched: there is no maildrop, and no user
}

// Refused is why something wasn't done, as a sentence. Its status is 0 when nobody answered.
export class Refused extends Error {
  constructor(readonly status: number, text: string) { super(text); }
}

const kept = "pop3lab:room";

// enter is the room that the tab has, or a new one.
export async function enter(): Promise<Room> {
  const before = recall();
  if (before) {
    try {
      return { ...before, ...await (await ask(before, "live/room")).json() as Partial<Room> };
    } catch (error) {
      if ((error as Refused).status !== 401) throw error; // it has ended
    }
  }
  const room = await (await ask(undefined, "live/room", { method: "POST" })).json() as Room;
  try { sessionStorage.setItem(kept, JSON.stringify(room)); } catch { /* then the next page has another room */ }
  return room;
}

function recall(): Room | undefined {
  try { return JSON.parse(sessionStorage.getItem(kept) ?? "null") as Room ?? undefined; } catch { return undefined; }
}

export function forget(): void {
  try { sessionStorage.removeItem(kept); } catch { /* then there's nothing to forget */ }
}

// address is that of something that this server has, beside its pages.
export const address = (path: string) => new URL((document.body.dataset.root ?? "") + path, location.href).href;

// ask asks the server for something in a room. What isn't done is thrown as Refused.
export async function ask(room: Room | undefined, path: string, init: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(address(path), { ...init, cache: "no-store", headers: room ? { Authorization: "Bearer " + room.token } : {} });
  } catch (error) {
    throw new Refused(0, (error as Error).name === "AbortError" ? "The server fell silent." : "The server can’t be reached. It has gone, or the network has.");
  }
  if (answer.ok) return answer;
  let why = "";
  try { why = (await answer.json() as { error: string }).error; } catch { /* whoever answered isn't ours */ }
  throw new Refused(answer.status, why ? sentence(why)
    : answer.status === 404 || answer.status === 405 ? "No real server stands behind this page. Start pop3lab serve, and open the address that it prints."
      : `The server answered ${answer.status}, and nobody said why. Something between here and there may have answered in its place.`);
}

// sentence is a server's reason as people write it.
export const sentence = (text: string) => text && text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
