// Bytes: the octets of the step, each with what it is; for a message, the lines as they are stored,
// as they go over the wire, and as the client keeps them.

import { copies } from "./copy";
import { el, id, plural } from "./dom";
import { readable } from "./conversation";
import type { Label, Lanes, Step } from "./record";
import type { Session } from "./session";
import { english, t, word } from "./words";

const names: Record<number, string> = { 0: "NUL", 9: "TAB", 10: "LF", 13: "CR", 32: "SP" };
const most = 2048;

export function bytes(s: Session, lanes: (s: Session) => Lanes | undefined): () => void {
  const panel = id("panel-bytes");
  return () => {
    if (panel.hidden || !s.step) return;
    const dump = el("div");
    strip(dump, s.step);
    panel.replaceChildren(dump, s.step.octets.length ? copies(s.step.octets) : "");
    const message = lanes(s);
    if (message) panel.append(...three(message));
  };
}

// strip shows octets as cells with their value and glyph, a line of the protocol a line.
// The part that was chosen in the conversation stands out.
export function strip(into: HTMLElement, step: Step, chosen?: Label): void {
  into.replaceChildren();
  if (!step.octets.length) {
    into.append(el("p.lab", t("No octets went with this step.")));
    return;
  }
  into.append(el("div.lab", t(step.direction === "C" ? word("{0} from the client, {1}") : word("{0} from the server, {1}"), plural(step.octets.length, "octet"), plural(step.cuts.length || 1, "segment"))));
  const about = el("div.lab", { "aria-live": "polite", lang: english() });
  let line = el("div.hexline", { translate: "no", lang: english() });
  into.append(line);
  for (const l of step.labels) {
    if (l.start >= most) break;
    const group = el(l === chosen ? "span.grp.chosen" : "span.grp", { tabindex: 0, title: `${l.part}: ${l.doc}`, "data-part": l.part, focus: () => { about.textContent = `${l.part}: ${l.doc}`; } });
    for (let i = l.start; i < l.end; i++) {
      const octet = step.octets[i]!;
      group.append(el(`span.hx${kind(l.part)}`, `${octet.toString(16).padStart(2, "0").toUpperCase()} ${glyph(octet)}`));
      if (step.cuts.includes(i + 1) && i + 1 < step.octets.length) group.append(el("span.lab", " | "));
    }
    line.append(group);
    if (l.part === "CR LF" || l.part === "LF alone" || l.part === "CR NUL") {
      line = el("div.hexline", { translate: "no", lang: english() });
      into.append(line);
    }
  }
  if (!line.hasChildNodes()) line.remove();
  if (step.octets.length > most) into.append(el("p.lab", t("and {0} more", plural(step.octets.length - most, "octet"))));
  const parts = [...new Set(step.labels.map((l) => (l.name && l.name !== l.part ? `${l.part} ${l.name}` : l.part)))];
  into.append(el("div.lab", { lang: english() }, parts.join(" · ")), about);
}

const glyph = (octet: number) => names[octet] ?? (octet > 32 && octet < 127 ? String.fromCharCode(octet) : "·");

function kind(part: string): string {
  if (part === "keyword" || part === "status indicator" || part === "stuffed dot") return ".a";
  if (part === "CR LF") return ".e";
  if (part === "LF alone" || part === "CR NUL" || part === "stray octets" || part === "one argument too many") return ".x";
  return part === "space" ? "" : ".r";
}

// three is the message in three lanes, and the ledger of its octets.
function three(m: Lanes): HTMLElement[] {
  const grid = el("div.lanes", { translate: "no" }, ...[word("line"), word("stored"), word("on the wire"), word("kept by the client")].map((name) => el("span.lab", t(name))));
  m.lines.slice(0, 200).forEach((l, i) => {
    const wire = readable(l.wire).replace(/\\x0d|\\x0a/g, "");
    grid.append(el("span.lab", l.terminator ? t("end") : String(i + 1)), el("span", text(l.stored)),
      l.stuffed || l.terminator ? el("span", el("i", { title: l.terminator ? t("the end of the reply") : t("put there by byte-stuffing") }, wire.slice(0, 1)), wire.slice(1)) : el("span", wire),
      el("span", text(l.kept)));
  });
  const rows: [string, number][] = [[word("stored"), m.stored], [word("CR added where the store keeps LF alone"), m.addedCR], [word("what LIST says"), m.listed],
    [word("dots put before lines"), m.stuffed], [word("the end, “.” CR LF"), m.terminator], [word("on the wire, behind the first line"), m.wire], [word("kept by the client"), m.kept]];
  return [grid, el("table.ledger", { "aria-label": t("Octets") }, el("tbody", ...rows.map(([name, n]) => el("tr", el("td", t(name)), el("td", String(n))))))];
}

const text = (octets: Uint8Array) => readable(octets).replace(/\\x0d|\\x0a/g, "");
