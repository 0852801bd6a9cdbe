// Additions of a collecting server to the page: views without tabs, the offer to contribute beside the answer, and
// addresses that bring a class's code, a token or a key.
import { OfferBar } from "../features/contribute/offer-bar";
import { thisContributor } from "../server/contributor";
import { type Invitation, invitation, readInvitation } from "../server/services";
import { type ServedView, type ViewName, writeState } from "../ui/state";
import type { Store } from "../ui/store";
import type { Open, Served } from "../ui/view";

export const VIEWS: Readonly<Record<ServedView, () => Promise<Open>>> = {
  contribute: async () => (await import("../features/contribute/give-view")).open,
  moderate: async () => (await import("../features/contribute/moderate-view")).open,
  join: async () => (await import("../features/classroom/join-view")).open,
  class: async () => (await import("../features/classroom/class-view")).open,
};

/** The view that takes what an address brought. */
const TAKERS: Readonly<Record<keyof Invitation, ViewName>> = {
  join: "join",
  class: "class",
  key: "contribute",
  moderate: "moderate",
};

export function serve(store: Store): Served {
  follow(store);
  addEventListener("hashchange", () => follow(store));
  void thisContributor(); // sends what waited since an earlier visit
  const bar = new OfferBar();
  return (app, frame) => bar.update(app, frame);
}

/** Opens the view for what the address brought, and removes that from the address: it may be a secret. */
function follow(store: Store): void {
  const arrival = readInvitation(location.hash);
  if (!arrival) return;
  const [kind, value] = arrival;
  invitation[kind] = value;
  history.replaceState(history.state, "", writeState({ ...store.state, view: TAKERS[kind] }));
  dispatchEvent(new HashChangeEvent("hashchange"));
}
