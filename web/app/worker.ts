// No part of a step: the service worker, which answers for the site when there's no network. It keeps one
// build whole or not at all: pages come from the network as long as there is one, files whose names hold
// a hash from what is kept.

// build is what there is to keep. The program that serves or exports the site writes it before this
// script, so a new build is a new script, which is how browsers notice it.
declare const build: { version: string; pages: string[]; files: string[] };

// What a worker has, as far as it's needed here.
interface Done extends Event { waitUntil(p: Promise<unknown>): void }
interface Asked extends Event { request: Request; respondWith(p: Promise<Response>): void }
interface Scope {
  registration: { scope: string };
  clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", f: (e: Done) => void): void;
  addEventListener(type: "fetch", f: (e: Asked) => void): void;
  addEventListener(type: "message", f: (e: MessageEvent<string>) => void): void;
}

const worker = self as unknown as Scope;
// Other folders of this host may have caches of their own: ours begin with the folder's address.
const ours = `pop3lab ${worker.registration.scope} `;
const cacheName = ours + build.version;
const address = (path: string) => new URL(path, worker.registration.scope).href;
const files = new Set(build.files.map(address));
// patience is how long a page may take before the one that is kept is shown.
const patience = 5000;

worker.addEventListener("install", (e) => e.waitUntil(install()));

async function install(): Promise<void> {
  const cache = await caches.open(cacheName);
  const keep = async (url: string, had?: Response) => {
    const answer = had ?? await fetch(url, { cache: "no-cache" });
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    // A page may not be shown as the answer to a redirect that the browser didn't make itself.
    await cache.put(url, answer.redirected ? new Response(answer.body, { headers: answer.headers }) : answer);
  };
  try {
    await Promise.all([...build.pages.map((p) => keep(address(p))), ...[...files].map(async (f) => keep(f, await caches.match(f)))]);
  } catch (error) {
    await caches.delete(cacheName);
    throw error;
  }
}

worker.addEventListener("activate", (e) => e.waitUntil(activate()));

async function activate(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith(ours) && name !== cacheName) await caches.delete(name);
  await worker.clients.claim();
}

worker.addEventListener("message", (e) => {
  if (e.data === "take over") void worker.skipWaiting();
  else e.ports[0]?.postMessage([...files]);
});

worker.addEventListener("fetch", (e) => {
  if (e.request.method !== "GET") return;
  const url = e.request.url.split(/[?#]/)[0]!;
  if (e.request.mode === "navigate") e.respondWith(page(e.request, url));
  else if (files.has(url)) e.respondWith(kept(url).then((had) => had ?? fetch(e.request)));
});

// page is what the network has, unless it takes too long or its host is ill. The browser's own cache isn't
// asked: where a host doesn't say how long a page may be kept, it would be an old one.
async function page(request: Request, url: string): Promise<Response> {
  let answer: Response | undefined;
  try {
    answer = await Promise.race([fetch(request, { cache: "no-cache" }), new Promise<never>((_, no) => setTimeout(no, patience))]);
    if (answer.status < 500) return answer;
  } catch { /* no network */ }
  return await kept(url) ?? await kept(url.endsWith("/") ? url + "index.html" : url + ".html") ?? answer ?? fetch(request);
}

const kept = (url: string) => caches.match(url, { cacheName, ignoreVary: true });
