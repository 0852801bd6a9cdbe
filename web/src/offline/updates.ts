// Registers the service worker, and offers new versions of the page.

const WORKER = "./service-worker.js";

/** Calls `offer` with a function that loads the new version. Does nothing where service workers are unavailable. */
export async function watchForUpdates(offer: (load: () => void) => void): Promise<void> {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined; // not without https
  if (!workers || window.top !== window) return;
  const updating = workers.controller !== null; // else this is the first visit
  let asked = false;
  workers.addEventListener("controllerchange", () => {
    if (asked) location.reload();
    else if (updating) offer(() => location.reload()); // another tab loaded it
  });
  const registration = await workers.register(WORKER, { updateViaCache: "none" }).catch(() => null);
  if (!registration) return;

  const offerWaiting = () => {
    if (!registration.waiting || !workers.controller) return;
    offer(() => {
      asked = true;
      if (registration.waiting) registration.waiting.postMessage("take over");
      else location.reload();
    });
  };
  registration.addEventListener("updatefound", () =>
    registration.installing?.addEventListener("statechange", offerWaiting),
  );
  offerWaiting();
  if (updating) await leaveIfGone(registration);
}

/** Where the host has no service worker any more, as when another program serves at this address, the page goes. */
async function leaveIfGone(registration: ServiceWorkerRegistration): Promise<void> {
  const response = await fetch(WORKER, { method: "HEAD", cache: "no-store" }).catch(() => null);
  if (response?.status === 404 && (await registration.unregister())) location.reload();
}
