// No part of a step: what servers have done to an answer, by mistake or on purpose, as changes to the octets in the
// field. Which rule each of them breaks says the engine, when it goes out.

const latin = { of: (o: Uint8Array) => [...o].map((c) => String.fromCharCode(c)).join(""), to: (t: string) => Uint8Array.from(t, (c) => c.charCodeAt(0)) };

// A Break has a name, a sentence, and what it makes of an answer.
type Break = [name: string, doc: string, make: (answer: string) => string];

const all: Break[] = [
  ["Small letters", "+ok where +OK is due.", (t) => t.replace(/^\S+/, (s) => s.toLowerCase())],
  ["No indicator", "The text alone.", (t) => t.replace(/^(\+OK|-ERR|\+) ?/, "")],
  ["Say no", "-ERR, although it was done.", (t) => t.startsWith("+") ? "-ERR not today\r\n" : t],
  ["Say yes", "+OK, although it was refused.", (t) => t.startsWith("-ERR") ? t.replace("-ERR", "+OK") : t],
  ["LF alone", "Lines end without CR.", (t) => t.replace(/\r\n/g, "\n")],
  ["No line end", "The last CR LF is missing: the client waits.", (t) => t.replace(/\r\n$/, "")],
  ["No dot at the end", "The lone dot that ends the lines is missing.", (t) => t.replace(/\r\n\.\r\n$/, "\r\n")],
  ["Dots not doubled", "Lines that begin with a dot go out as they are.", (t) => t.replace(/\n\.\./g, "\n.")],
  ["Wrong number", "The last number of the first line that has two is one too many.", (t) => t.replace(/(\d+ )(\d+)/, (_, a: string, b: string) => a + (Number(b) + 1))],
  ["Half of it", "It stops in the middle.", (t) => t.length > 60 ? t.slice(0, t.length >> 1) : t],
  ["Twice", "The first line goes out twice.", (t) => t + t.slice(0, t.indexOf("\n") + 1)],
  ["600 octets", "A first line that is too long.", (t) => t.replace(/\r\n/, " " + "x".repeat(600) + "\r\n")],
  ["A NUL", "An octet that ends texts in C.", (t) => t.replace(/ /, " \0")],
];

// breaks are those that change an answer, with what they make of it.
export const breaks = (answer: Uint8Array): [name: string, doc: string, octets: Uint8Array][] => {
  const text = latin.of(answer);
  return all.map(([name, doc, make]): [string, string, string] => [name, doc, make(text)]).filter(([, , t]) => t !== text).map(([name, doc, t]) => [name, doc, latin.to(t)]);
};
