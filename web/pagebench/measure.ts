// What a measured page runs. It leaves numbers, in milliseconds, in window.measured.

import { Lab } from "./lab";
import { load } from "./module";
import { Session } from "./session";

const frame = () => new Promise<number>((go) => requestAnimationFrame(go));

// leave ends a measurement.
const leave = (all: number[]) => { (window as any).measured = all; };

// frames does something in each frame, and is how long each took to come.
async function frames(count: number, act: (i: number) => void): Promise<number[]> {
  const all: number[] = [];
  let before = await frame();
  for (let i = 0; i < count; i++) {
    act(i);
    const now = await frame();
    all.push(now - before);
    before = now;
  }
  return all;
}

// work is how long something takes, layout included.
function work(act: () => void): number {
  const from = performance.now();
  act();
  document.body.getBoundingClientRect();
  for (const e of document.querySelectorAll("#log, #strip, #side")) e.getBoundingClientRect();
  return performance.now() - from;
}

const key = (name: string) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));

function enter(line: string): void {
  document.querySelector<HTMLInputElement>("#command")!.value = line;
  document.querySelector<HTMLFormElement>("#form")!.requestSubmit();
}

const octets = (line: string) => new TextEncoder().encode(line + "\r\n");
