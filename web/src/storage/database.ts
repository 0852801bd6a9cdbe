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
  QuotaExceededError: "full",
  VersionError: "newer",
  SecurityError: "unavailable",
  InvalidStateError: "unavailable",
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

/** Runs what `body` asks of a place; resolves with the results once they are kept for good: all of it, or nothing. */
async function within<T>(
  place: Place,
  mode: IDBTransactionMode,
  body: (store: IDBObjectStore) => readonly IDBRequest<T>[],
): Promise<readonly T[]> {
  try {
    const transaction = (await open()).transaction(place, mode);
    const requests = body(transaction.objectStore(place));
    return await new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(requests.map(({ result }) => result));
      transaction.onabort = () => reject(transaction.error);
    });
  } catch (error) {
    if (error instanceof StorageError) throw error;
    const name = error instanceof DOMException ? error.name : "";
    throw new StorageError(typeof indexedDB === "undefined" ? "unavailable" : (WHY[name] ?? "failed"), error);
  }
}

/** Everything in a place, by its keys, in their order. Rejects with StorageError, as all of these do. */
export async function readAll(place: Place): Promise<readonly (readonly [key: IDBValidKey, value: unknown])[]> {
  const [keys, values] = await within(
    place,
    "readonly",
    (store) => [store.getAllKeys(), store.getAll()] as IDBRequest<unknown[]>[],
  );
  return keys!.map((key, i) => [key as IDBValidKey, values![i]] as const);
}

/** Keeps values, under new keys where none are given; resolves with the keys. */
export function put(
  place: Place,
  values: readonly unknown[],
  keys: readonly (IDBValidKey | undefined)[] = [],
): Promise<readonly IDBValidKey[]> {
  return within(place, "readwrite", (store) => values.map((value, i) => store.put(value, keys[i])));
}

export async function remove(place: Place, keys: readonly IDBValidKey[]): Promise<void> {
  await within(place, "readwrite", (store) => keys.map((key) => store.delete(key)));
}

export async function clear(place: Place): Promise<void> {
  await within(place, "readwrite", (store) => [store.clear()]);
}
