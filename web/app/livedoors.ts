// No part of a step: the ways into the real server, with the name and the password of this tab's maildrop, for
// the system that the reader has.

import { copy } from "./copy";
import { el, id } from "./dom";
import type { Room } from "./room";

export function doors(room: Room): void {
  const [host, port] = reach(room.pop3), [tlshost, tlsport] = reach(room.pop3s);
  const here: Record<string, string> = { host: host || tlshost, port, at: `${bracketed(host)}:${port}`, tlsport, tlsat: `${bracketed(tlshost)}:${tlsport}`,
    user: room.user, password: room.password, lab: location.origin.replace(/^http/, "ws") };
  const has: Record<string, boolean> = { "": true, pop3: !!port, pop3s: !!tlsport, stls: !!port && room.stls, cleartext: !!port && room.cleartext };
  id("room-user").textContent = room.user;
  id("room-password").textContent = room.password;
  id("room").hidden = false;
  for (const e of document.querySelectorAll<HTMLElement>("#doors [data-needs]")) e.hidden = !has[e.dataset.needs!];
  for (const e of document.querySelectorAll<HTMLElement>("#doors [data-way]")) {
    e.textContent = e.dataset.way!.replace(/\{(\w+)\}/g, (_, name: string) => here[name] ?? "");
    if (e.matches(".line")) e.after(button(e.textContent));
  }
  for (const name of ["room-user", "room-password"]) id(name).after(button(id(name).textContent!));
  id("sealed-only").hidden = room.cleartext;
  id("unreachable").hidden = !(local(host || tlshost) && !local(location.hostname));
  systems();
}

const button = (text: string) => el("button.chip.copy", { type: "button", "aria-label": "Copy " + text, click: () => copy(text, "Copied: " + text) }, "Copy");

// reach is a listener's address as a program that runs beside this browser dials it.
function reach(address: string): [host: string, port: string] {
  const colon = address.lastIndexOf(":"), host = address.slice(0, Math.max(0, colon)).replace(/^\[|\]$/g, "");
  const every = host === "" || host === "0.0.0.0" || host === "::";
  return address ? [every ? location.hostname.replace(/^\[|\]$/g, "") : host, address.slice(colon + 1)] : ["", ""];
}

const bracketed = (host: string) => host.includes(":") ? `[${host}]` : host;

const local = (host: string) => host === "localhost" || host === "::1" || host === "[::1]" || host.startsWith("127.");

// systems shows the ways of one system: at first of the one that the browser runs on.
function systems(): void {
  const all = [...id("systems").querySelectorAll<HTMLInputElement>("input")], on = navigator.userAgent;
  const mine = /Windows/.test(on) ? "windows" : /Mac OS|iPhone|iPad/.test(on) ? "macos" : "linux";
  const turn = (system: string) => { for (const e of document.querySelectorAll<HTMLElement>("#doors [data-system]")) e.hidden = e.dataset.system !== system; };
  for (const radio of all) {
    radio.checked = radio.value === mine;
    radio.addEventListener("change", () => turn(radio.value));
  }
  turn(mine);
}
