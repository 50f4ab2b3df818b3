// No part of a step: the page of pop3lab watch. What passes belongs to somebody else's server, so there is no
// maildrop of one's own, and nothing to send: the page looks on.

import { doors } from "./livedoors";
import { el, id } from "./dom";
import type { Room } from "./room";

// watching makes the page of a maildrop one that looks on.
export function watching(room: Room): void {
  document.body.dataset.watch = "yes";
  doors({ ...room, user: "USER", password: "PASSWORD", cleartext: true, stls: true });
  const tunnel = [...document.querySelectorAll<HTMLElement>("#doors .lines [data-needs='']")]; // there's no lab behind a web page
  for (const e of [id("room"), id("form"), id("chips"), id("unreachable"), ...tunnel, ...document.querySelectorAll<HTMLElement>(".room .warn, .skip, .source a[href$='be-the-server']")]) e.hidden = true;
  const place = document.querySelector(".room")!, real = document.querySelector(".source [aria-current]")!;
  place.setAttribute("aria-label", "What is watched");
  place.prepend(el("p.warn", "You watch a server of somebody else’s."), el("p", "What is said goes through untouched. Here it’s read and explained."));
  real.textContent = "Watched server";
  id("doors").querySelector("summary span")!.textContent = "It reaches the server through the port that is watched.";
  id("room-again").textContent = "Try again";
}

// idle is why a watching page does nothing itself.
export const idle = "This page looks on. What is said here, a program says: point it at the port that is watched.";

// never are the entries of other worlds that make no sense here, each with why.
export const never: [name: string, why: string][] = [
  ["Connect from this page", "The page says nothing to a server of somebody else’s. telnet can, and pop3lab talk."],
  ["Deliver a message", "The maildrop is on the server. Send its owner mail."],
  ["Reset the maildrop", "What is deleted there is gone."],
  ["Make the maildrop ill", "Only pop3lab’s own maildrops fall ill on purpose: pop3lab serve has them."],
  ["Stored octets beside sent ones", "How the server keeps a message, it tells nobody. What went over the wire is in the lens Bytes."],
  ["Autologout", "When the server’s patience ends, it alone knows."],
];
