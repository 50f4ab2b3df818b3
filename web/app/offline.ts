// No part of a step: the control that keeps the site for use without a network, and the notice of a new
// version. It's off until somebody turns it on.

import { t } from "./words";

// offline shows the control where a browser can keep pages: over HTTPS, and on this machine.
export async function offline(): Promise<void> {
  const open = document.getElementById("offline-open"), { worker } = document.body.dataset;
  if (!open || !worker || !navigator.serviceWorker || location.protocol === "file:") return;
  const flip = document.getElementById("offline-switch")!, state = document.getElementById("offline-state")!;
  let kept: ServiceWorkerRegistration | undefined;
  try {
    kept = await navigator.serviceWorker.getRegistration(worker);
  } catch {
    return; // the browser's settings forbid it
  }
  const show = (text: string) => {
    state.textContent = text;
    flip.textContent = kept ? t("Stop keeping") : t("Keep for offline use");
    open.textContent = kept ? t("Kept offline") : t("Offline");
  };
  show(kept ? t("All pages are kept in this browser.") : t("Nothing is kept now."));
  open.hidden = false;
  if (kept) follow(kept);
  flip.addEventListener("click", async () => {
    flip.ariaDisabled = "true";
    if (kept) {
      await drop(kept);
      kept = undefined;
      show(t("Nothing is kept any more."));
    } else {
      state.textContent = t("Keeping the pages …");
      try {
        kept = await keep(worker);
        show(t("All pages are kept in this browser."));
        follow(kept);
      } catch (error) {
        show(t("The pages couldn't be kept: {0}", (error as Error).message));
      }
    }
    flip.ariaDisabled = null;
  });
}

// keep starts the worker, which has kept everything when it's active.
async function keep(worker: string): Promise<ServiceWorkerRegistration> {
  const r = await navigator.serviceWorker.register(worker, { updateViaCache: "none" });
  const begun = r.installing ?? r.waiting ?? r.active!;
  await new Promise<void>((done, no) => {
    const look = () => {
      if (begun.state === "activated") done();
      if (begun.state === "redundant") no(new Error("something wasn't there, or there's no room. Try again with a network."));
    };
    begun.addEventListener("statechange", look);
    look();
  }).catch(async (error: Error) => { await r.unregister(); throw error; });
  return r;
}

// drop removes the worker and all that it kept.
async function drop(r: ServiceWorkerRegistration): Promise<void> {
  await r.unregister();
  for (const name of await caches.keys()) if (name.startsWith(`pop3lab ${r.scope} `)) await caches.delete(name);
}

// follow watches for a worker of a newer build: at each page, when the page is looked at again, and
// every hour.
function follow(r: ServiceWorkerRegistration): void {
  const fresh = document.getElementById("fresh")!;
  let chosen = false;
  const look = () => { if (r.waiting) offer(r.waiting); };
  // A page that is of the new build already has nothing to reload.
  const offer = (next: ServiceWorker) => {
    const answer = new MessageChannel();
    answer.port1.onmessage = (e: MessageEvent<string[]>) => {
      const script = document.querySelector<HTMLScriptElement>("script[src]")!.src;
      if (e.data.includes(script)) return next.postMessage("take over");
      fresh.hidden = false;
      fresh.onclick = () => { chosen = true; next.postMessage("take over"); };
    };
    next.postMessage("what do you keep?", [answer.port2]);
  };
  const ask = () => { r.update().catch(() => { /* there's no network: what is kept stays */ }); };
  navigator.serviceWorker.addEventListener("controllerchange", () => { if (chosen) location.reload(); });
  r.addEventListener("updatefound", () => r.installing?.addEventListener("statechange", look));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  setInterval(ask, 3_600_000);
  look();
}
