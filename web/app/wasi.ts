// No part of a step: what a Go program asks of its system before it can answer anything. The module
// reads no clock and draws no random number for what it computes (engine/sim): time and chance are
// for Go's own memory and hash tables only. What it writes is the text of a crash.

const ok = 0, badDescriptor = 8;

// wasi returns the imports of a module, over the memory that get returns once it is there.
export function wasi(get: () => DataView, crashed: (text: string) => void): WebAssembly.ModuleImports {
  const zero = (...at: number[]) => {
    for (const a of at) get().setUint32(a, 0, true);
    return ok;
  };
  const imports: Record<string, (...args: any[]) => number | void> = {
    args_sizes_get: zero,
    environ_sizes_get: zero,
    args_get: () => ok,
    environ_get: () => ok,
    sched_yield: () => ok,
    clock_time_get: (_id: number, _precision: bigint, at: number) => {
      get().setBigUint64(at, BigInt(Math.round(performance.now() * 1e6)) + 1n, true);
      return ok;
    },
    random_get: (at: number, n: number) => {
      crypto.getRandomValues(new Uint8Array(get().buffer, at, n));
      return ok;
    },
    fd_write: (_fd: number, list: number, count: number, written: number) => {
      const view = get();
      let text = "", n = 0;
      for (let i = 0; i < count; i++) {
        const at = view.getUint32(list + 8 * i, true), size = view.getUint32(list + 8 * i + 4, true);
        text += new TextDecoder().decode(new Uint8Array(view.buffer, at, size));
        n += size;
      }
      view.setUint32(written, n, true);
      crashed(text);
      return ok;
    },
    proc_exit: (code: number) => {
      throw new Error(`the module ended itself with code ${code}`);
    },
  };
  // The rest are files and waiting, of which there is none.
  return new Proxy(imports, { get: (have, name: string) => have[name] ?? (() => badDescriptor) }) as WebAssembly.ModuleImports;
}
