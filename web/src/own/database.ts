// What the page keeps on this device, and only there: IndexedDB.

export type Place = "letters" | "networks";

/** Why nothing can be kept or read. */
export type Why =
  /** The browser keeps nothing for this page: a private window, or told not to. */
  | "unavailable"
  | "full"
  /** Another tab has an older version of the page open. */
  | "blocked"
  /** Another tab brought a newer version of the page. */
  | "newer"
  | "failed";

export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly why: Why;

  constructor(why: Why, cause?: unknown) {
    super(`storage: ${why}`, { cause });
    this.why = why;
  }
}

const NAME = "lenet";
const VERSION = 1;
const PLACES: readonly Place[] = ["letters", "networks"];

const WHY: Readonly<Record<string, Why>> = {
  QuotaExceededError: "full", VersionError: "newer", SecurityError: "unavailable", InvalidStateError: "unavailable",
};

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      for (const place of PLACES) request.result.createObjectStore(place, { autoIncrement: true });
    };
    request.onblocked = () => reject(new StorageError("blocked"));
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const database = request.result;
      const leave = () => {
        database.close();
        opened = null; // the next one who asks opens it again
      };
      database.onversionchange = leave; // so that another tab can bring a newer version
      database.onclose = leave;
      resolve(database);
    };
  });
  opened.catch(() => (opened = null));
  return opened;
}

/** Runs what `body` asks of a place; resolves with its result once it is kept for good. */
async function within<T>(place: Place, mode: IDBTransactionMode, body: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  try {
    const transaction = (await open()).transaction(place, mode);
    const request = body(transaction.objectStore(place));
    return await new Promise<T>((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? request.error);
    });
  } catch (error) {
    if (error instanceof StorageError) throw error;
    const name = error instanceof DOMException ? error.name : error instanceof ReferenceError ? "SecurityError" : "";
    throw new StorageError(WHY[name] ?? "failed", error);
  }
}

/** Everything in a place, by its keys, in their order. Rejects with StorageError, as all of these do. */
export async function readAll(place: Place): Promise<readonly (readonly [key: IDBValidKey, value: unknown])[]> {
  const [keys, values] = await Promise.all([
    within(place, "readonly", (store) => store.getAllKeys()),
    within(place, "readonly", (store) => store.getAll() as IDBRequest<unknown[]>),
  ]);
  return keys.map((key, i) => [key, values[i]] as const);
}

/** Keeps a value, under a new key where none is given; resolves with the key. */
export function put(place: Place, value: unknown, key?: IDBValidKey): Promise<IDBValidKey> {
  return within(place, "readwrite", (store) => store.put(value, key));
}

export async function remove(place: Place, key: IDBValidKey): Promise<void> {
  await within(place, "readwrite", (store) => store.delete(key));
}

export async function clear(place: Place): Promise<void> {
  await within(place, "readwrite", (store) => store.clear());
}
