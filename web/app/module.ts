// No part of a step: the engine, as a WebAssembly module. It is loaded once and started as often as
// need be; a call writes a record into its memory and reads the record that it left.

import { asset, embedded } from "./asset";
import { wasi } from "./wasi";

interface Exports {
  memory: WebAssembly.Memory;
  _initialize?(): void; // none in what is shipped: that has been started when it was built
  input(n: number): number;
  output(): number;
  [name: string]: unknown;
}

// A Module is a running module.
export class Module {
  private e!: Exports;
  // run counts the starts: labs of an earlier one are gone.
  run = 0;
  private said = "";

  constructor(private readonly compiled: WebAssembly.Module) {}

  async start(): Promise<this> {
    const imports = wasi(() => new DataView(this.e.memory.buffer), (text) => { this.said += text; });
    const instance = await WebAssembly.instantiate(this.compiled, { wasi_snapshot_preview1: imports });
    this.begin(instance);
    return this;
  }

  // again starts a fresh instance, at once: the module is compiled already.
  private again(): void {
    const imports = wasi(() => new DataView(this.e.memory.buffer), (text) => { this.said += text; });
    this.begin(new WebAssembly.Instance(this.compiled, { wasi_snapshot_preview1: imports }));
  }

  private begin(instance: WebAssembly.Instance): void {
    this.e = instance.exports as unknown as Exports;
    this.e._initialize?.();
    this.run++;
  }

  // call calls an export that takes numbers only.
  call(name: string, ...args: number[]): Uint8Array {
    return this.take(() => (this.e[name] as (...args: number[]) => number)(...args));
  }

  // record calls one that takes a lab and a record.
  record(name: string, lab: number, record: Uint8Array): Uint8Array {
    this.put(record);
    return this.call(name, lab, record.length);
  }

  // text calls one that takes a text, behind numbers.
  text(name: string, text: string, ...before: number[]): Uint8Array {
    const record = new TextEncoder().encode(text);
    this.put(record);
    return this.call(name, ...before, record.length);
  }

  // read calls one that takes a lab and answers with a text.
  read(name: string, ...args: number[]): string {
    return new TextDecoder().decode(this.call(name, ...args));
  }

  private put(record: Uint8Array): void {
    const at = this.e.input(record.length);
    new Uint8Array(this.e.memory.buffer, at, record.length).set(record);
  }

  // take calls and returns a copy of what the call left; an error is thrown with its text. After a
  // trap the module is started anew.
  private take(call: () => number): Uint8Array {
    let size: number;
    try {
      size = call();
    } catch (trap) {
      const text = this.said || String(trap);
      this.said = "";
      this.again();
      throw new Error("The engine broke and was started anew: " + text.split("\n")[0]);
    }
    const at = this.e.output();
    const out = new Uint8Array(this.e.memory.buffer, at, size < 0 ? ~size : size).slice();
    if (size >= 0) return out;
    const text = new TextDecoder().decode(out);
    if (text.startsWith("wasm: panic")) this.again();
    throw new Error(text.replace(/^\w+: /, ""));
  }
}

// load fetches and compiles the module. What goes wrong is thrown as a Trouble, in words.
export async function load(url: string): Promise<Module> {
  if (location.protocol === "file:" && !embedded(url)) throw new Trouble(fromDisk);
  if (typeof WebAssembly === "undefined") throw new Trouble(noWebAssembly);
  if (embedded(url) && typeof DecompressionStream === "undefined") throw new Trouble(tooOld);
  let answer: Response;
  try {
    answer = await asset(url);
  } catch {
    throw new Trouble(["The engine couldn't be fetched.", "The server has gone, or the network has. Reload the page when it's back."]);
  }
  if (!answer.ok) {
    throw new Trouble([`The engine isn't there: the server answered ${answer.status} for ${url}.`, "The page and its files are of different builds. Reload the page; if that doesn't help, build again."]);
  }
  try {
    return await new Module(await compile(answer)).start();
  } catch (error) {
    throw new Trouble(reason(String(error)));
  }
}

// compile takes the module while it arrives; a server that calls it something else than
// application/wasm makes the browser refuse that, so then it is taken whole.
async function compile(answer: Response): Promise<WebAssembly.Module> {
  const type = answer.headers.get("Content-Type") ?? "";
  if (type.startsWith("application/wasm")) return WebAssembly.compileStreaming(answer);
  const octets = new Uint8Array(await answer.arrayBuffer());
  if (octets[0] !== 0 || octets[1] !== 0x61) {
    throw new Error(`what came is no WebAssembly; the server calls it ${type || "nothing"}`);
  }
  return WebAssembly.compile(octets);
}

// A Trouble says what went wrong and how to mend it.
export class Trouble extends Error {
  constructor(readonly lines: string[]) {
    super(lines.join(" "));
  }
}

const fromDisk = ["This page was opened from disk, and browsers don't let such a page fetch the engine.", "Start pop3lab serve and open the address that it prints; or let pop3lab export --single make one file of all, which works from disk."];
const tooOld = ["This browser can't unpack what is in this file.", "Take a newer one: Chrome 80, Firefox 113, Safari 16.4 or later. What is recorded can be read all the same."];
const noWebAssembly = ["This browser has no WebAssembly, or its settings turn it off.", "Allow it for this page, or take a newer browser. What is recorded can be read all the same."];

function reason(text: string): string[] {
  if (/unsafe-eval|Content.Security.Policy/i.test(text)) {
    return ["A Content-Security-Policy keeps the engine from running.", "Whoever runs this server adds 'wasm-unsafe-eval' to script-src. What is recorded can be read all the same."];
  }
  if (/no WebAssembly|magic/i.test(text)) {
    return ["The server sent something else in the engine's place: " + text.replace(/^\w*Error: /, "") + ".", "It has to send the .wasm file with Content-Type: application/wasm."];
  }
  return ["The engine doesn't start: " + text, "Reload the page. What is recorded can be read all the same."];
}
