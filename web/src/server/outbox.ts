// Contributions on their way. Without a connection they wait on this device, and are sent again with the same id.

import { isObject } from "../model/json";
import { put, readAll, remove } from "../storage/database";
import type { Contribution } from "./contributions";
import { askJson, ServerError } from "./request";

/** A contribution with the headers that it is sent with. */
export interface Parcel {
  readonly contribution: Contribution;
  readonly headers: Readonly<Record<string, string>>;
}

export const MAX_WAITING = 200; // contributions
const RETRY = 15_000; // ms

/** Troubles after which the same contribution will not be taken later either. */
const HOPELESS: ReadonlySet<string> = new Set(["refused", "forbidden", "gone"]);

/** Where parcels wait. The default is IndexedDB; without it they wait in this tab. */
export interface Shelf {
  readAll(): Promise<readonly (readonly [key: IDBValidKey, value: unknown])[]>;
  put(parcel: Parcel): Promise<unknown>;
  remove(id: string): Promise<unknown>;
}

const DEVICE: Shelf = {
  readAll: () => readAll("outbox"),
  put: (parcel) => put("outbox", [parcel], [parcel.contribution.id]),
  remove: (id) => remove("outbox", [id]),
};

export type Send = (parcel: Parcel) => Promise<unknown>;

const sendByHttp: Send = ({ contribution, headers }) =>
  askJson("contributions", { method: "POST", headers, body: contribution });

/** The result of an attempt: sent, waiting for another try, or rejected by the server. */
export type Outcome =
  | { readonly state: "sent" }
  | { readonly state: "waiting"; readonly error: ServerError }
  | { readonly state: "refused"; readonly error: ServerError };

export class Outbox {
  /** Called after each change of `waiting`. */
  changed = (): void => {};
  readonly #parcels = new Map<string, Parcel>();
  readonly #shelf: Shelf;
  readonly #send: Send;
  #sending: Promise<void> | null = null;
  #reason = new ServerError("offline"); // why the parcels wait
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(shelf: Shelf = DEVICE, send: Send = sendByHttp) {
    [this.#shelf, this.#send] = [shelf, send];
  }

  /** Loads the parcels that an earlier visit left, and sends them. */
  async open(): Promise<void> {
    const parcels = await this.#shelf.readAll().catch(() => []);
    for (const [, value] of parcels) if (isParcel(value)) this.#parcels.set(value.contribution.id, value);
    this.changed();
    await this.flush();
  }

  /** Number of contributions of earlier visits, or that waited, which the server did not take. */
  get refused(): number {
    return this.#refused.size;
  }

  /** Number of contributions that wait. */
  get waiting(): number {
    return this.#parcels.size;
  }

  /** True if the contributions wait until the person agrees to the changed text: `renew`. */
  get waitsForConsent(): boolean {
    return this.waiting > 0 && this.#reason.trouble === "consent";
  }

  get isFull(): boolean {
    return this.#parcels.size >= MAX_WAITING;
  }

  /** Sends a contribution; without a network it waits. Throws ServerError "full" if too many wait. */
  async add(parcel: Parcel): Promise<Outcome> {
    if (this.isFull) throw new ServerError("full");
    const { id } = parcel.contribution;
    this.#parcels.set(id, parcel);
    await this.#shelf.put(parcel).catch(() => {}); // then it waits in this tab
    this.changed();
    return this.attempt(id);
  }

  /** Tries to send what waits; returns what became of one contribution. */
  async attempt(id: string): Promise<Outcome> {
    await this.flush();
    const error = this.#refused.get(id);
    this.#refused.delete(id);
    if (error) return { state: "refused", error };
    return this.#parcels.has(id) ? { state: "waiting", error: this.#reason } : { state: "sent" };
  }

  /** Names the text that the person has agreed to in everything that waits. */
  async renew(consent: string): Promise<void> {
    for (const [id, { contribution, headers }] of this.#parcels) {
      const parcel = { contribution: { ...contribution, consent }, headers };
      this.#parcels.set(id, parcel);
      await this.#shelf.put(parcel).catch(() => {});
    }
  }

  /** Forgets all parcels, as after a withdrawal. */
  async clear(): Promise<void> {
    await this.#sending;
    for (const id of [...this.#parcels.keys()]) await this.drop(id);
  }

  /** Sends what waits, in order; stops at the first parcel that has to wait longer. */
  async flush(): Promise<void> {
    while (this.#sending) await this.#sending;
    clearTimeout(this.#timer);
    this.#sending = this.#sendAll().finally(() => (this.#sending = null));
    await this.#sending;
  }

  readonly #refused = new Map<string, ServerError>();

  async #sendAll(): Promise<void> {
    for (const [id, parcel] of [...this.#parcels].sort(([a], [b]) => (a < b ? -1 : 1))) {
      try {
        await this.#send(parcel);
      } catch (error) {
        if (!(error instanceof ServerError) || !HOPELESS.has(error.trouble)) {
          this.#reason = error instanceof ServerError ? error : new ServerError("failed");
          const later = () => void this.flush().then(this.changed);
          if (this.#reason.trouble !== "consent") this.#timer = setTimeout(later, RETRY);
          return;
        }
        this.#refused.set(id, error);
      }
      await this.drop(id);
    }
  }

  /** Forgets a contribution that waits. */
  async drop(id: string): Promise<void> {
    this.#parcels.delete(id);
    await this.#shelf.remove(id).catch(() => {});
    this.changed();
  }
}

function isParcel(value: unknown): value is Parcel {
  if (!isObject(value) || !isObject(value["headers"]) || !isObject(value["contribution"])) return false;
  const { id, strokes } = value["contribution"];
  return typeof id === "string" && Array.isArray(strokes);
}
