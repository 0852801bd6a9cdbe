// The service worker: the page without a network. It stores all files of one version, as the build lists them.
// It serves that version until the user loads the next one, so files of two versions never mix.

const worker = self as unknown as ServiceWorkerGlobalScope;

/** Put in by the build (web/offline.ts): names relative to the page, "" being the page itself. */
declare const BUILT: {
  /** Digest of the file names and contents. */
  readonly version: string;
  /** A script that this version's index.html names, and no other's. */
  readonly entry: string;
  /** Kept at once. */
  readonly files: readonly string[];
  /** Kept when they are first asked for: large, and the first answers do without. */
  readonly later: readonly string[];
  /** The same, but kept at once where the server collects: only its page uses them. */
  readonly served: readonly string[];
};

const { scope } = worker.registration;
const OURS = `lenet ${scope} `; // other pages of the origin have caches, too
const CACHE = OURS + BUILT.version;
const DIGESTED = "assets/"; // the folder of names with a digest of what is in the file
const MODEL = "model.safetensors";
const LATER: readonly string[] = [...BUILT.later, ...BUILT.served];
/** In the index.html of a server that collects. */
const COLLECTS = /<meta name="lenet-server" content="[^"]*\b(collect|class)\b/;
const PATIENCE = 3000; // ms

worker.addEventListener("install", (event) => event.waitUntil(keepAll()));
worker.addEventListener("activate", (event) => event.waitUntil(Promise.all([tidy(), worker.clients.claim()])));
worker.addEventListener("message", ({ data }) => {
  if (data === "take over") void worker.skipWaiting();
});
worker.addEventListener("fetch", (event) => {
  const name = nameOf(event.request);
  if (name === MODEL) event.respondWith(newest(event.request, name));
  else if (name !== null) event.respondWith(cachedOrFetched(event.request, name));
});

/** All files or none: a worker whose installation fails is not used. */
async function keepAll(): Promise<void> {
  const cache = await caches.open(CACHE);
  const keep = async (name: string) => {
    // Of the others an old one may lie in the browser's own cache.
    const response = await fetch(scope + name, { cache: name.startsWith(DIGESTED) ? "default" : "no-cache" });
    if (!response.ok || response.redirected) throw new Error(`${name}: status ${response.status}`);
    const text = name === "" ? await response.clone().text() : "";
    if (name === "" && !text.includes(BUILT.entry)) throw new Error("another version");
    await cache.put(scope + name, response);
    if (COLLECTS.test(text)) await Promise.all(BUILT.served.map(keep));
  };
  await Promise.all(BUILT.files.map(keep));
}

/** The version before this one stays: a tab may still show it, and ask for a part that it has not yet looked at. */
async function tidy(): Promise<void> {
  const versions = (await caches.keys()).filter((name) => name.startsWith(OURS));
  await Promise.all(versions.slice(0, -2).map((name) => caches.delete(name)));
}

/** Which of the page's files is asked for; null for everything else. */
function nameOf({ method, url }: Request): string | null {
  const [address = ""] = url.split(/[?#]/);
  if (method !== "GET" || !address.startsWith(scope)) return null;
  const name = address.slice(scope.length).replace(/^index\.html$/, "");
  return [...BUILT.files, ...LATER].includes(name) || name.startsWith(DIGESTED) ? name : null;
}

async function cachedOrFetched(request: Request, name: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  const cached = (await cache.match(scope + name)) ?? (name.startsWith(DIGESTED) && (await caches.match(scope + name)));
  if (cached) return cached;
  const response = await fetch(request);
  if (response.ok && LATER.includes(name)) {
    await cache.put(scope + name, response.clone()).catch(() => {}); // no room: it is fetched again, then
  }
  return response;
}

/** A host may put another model there at any time. Without a network or with a host that fails, the one that was kept. */
async function newest(request: Request, name: string): Promise<Response> {
  const response = await fetch(request, { cache: "no-cache", signal: AbortSignal.timeout(PATIENCE) }).catch(() => null);
  if (response?.ok) return response;
  return (await (await caches.open(CACHE)).match(scope + name)) ?? response ?? Response.error();
}
