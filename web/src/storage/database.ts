// The page's databases on this device: IndexedDB.

/** The databases and their stores. A page that contributes nothing never opens the second. */
const DATABASES = { lenet: ["letters", "networks"], "lenet contributions": ["contributor", "outbox"] } as const;

type DatabaseName = keyof typeof DATABASES;
export type StoreName = (typeof DATABASES)[DatabaseName][number];

/** Why the database cannot be used. */
export type StorageProblem =
  /** The browser stores nothing for this page: a private window, or a setting. */
  | "unavailable"
  | "full"
  /** Another tab has an older version of the page open. */
  | "blocked"
  /** Another tab has a newer version of the page open. */
  | "newer"
  | "failed";

export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly problem: StorageProblem;

  constructor(why: StorageProblem, cause?: unknown) {
    super(`storage: ${why}`, { cause });
    this.problem = why;
  }
}

const VERSION = 1;

const PROBLEMS: Readonly<Record<string, StorageProblem>> = {
  QuotaExceededError: "full",
  VersionError: "newer",
  SecurityError: "unavailable",
  InvalidStateError: "unavailable",
};

const opened = new Map<DatabaseName, Promise<IDBDatabase>>();

function databaseOf(place: StoreName): DatabaseName {
  return place === "letters" || place === "networks" ? "lenet" : "lenet contributions";
}

function open(name: DatabaseName): Promise<IDBDatabase> {
  const known = opened.get(name);
  if (known) return known;
  const opening = new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(name, VERSION);
    request.onupgradeneeded = () => {
      for (const place of DATABASES[name]) request.result.createObjectStore(place, { autoIncrement: true });
    };
    request.onblocked = () => reject(new StorageError("blocked"));
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const database = request.result;
      const leave = () => {
        database.close();
        opened.delete(name); // the next one who asks opens it again
      };
      database.onversionchange = leave; // so that another tab can bring a newer version
      database.onclose = leave;
      resolve(database);
    };
  });
  opened.set(name, opening);
  opening.catch(() => opened.delete(name));
  return opening;
}

/** Runs the requests of `body` in one transaction; resolves with their results once they are durable. */
async function transact<T>(
  place: StoreName,
  mode: IDBTransactionMode,
  body: (store: IDBObjectStore) => readonly IDBRequest<T>[],
): Promise<readonly T[]> {
  try {
    const transaction = (await open(databaseOf(place))).transaction(place, mode);
    const requests = body(transaction.objectStore(place));
    return await new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(requests.map(({ result }) => result));
      transaction.onabort = () => reject(transaction.error);
    });
  } catch (error) {
    if (error instanceof StorageError) throw error;
    const name = error instanceof DOMException ? error.name : "";
    throw new StorageError(typeof indexedDB === "undefined" ? "unavailable" : (PROBLEMS[name] ?? "failed"), error);
  }
}

/** Reads all records with their keys, in the order of the keys. Rejects with StorageError, as all functions here do. */
export async function readAll(place: StoreName): Promise<readonly (readonly [key: IDBValidKey, value: unknown])[]> {
  const [keys, values] = await transact(
    place,
    "readonly",
    (store) => [store.getAllKeys(), store.getAll()] as IDBRequest<unknown[]>[],
  );
  return keys!.map((key, i) => [key as IDBValidKey, values![i]] as const);
}

/** Stores values, under new keys where `keys` has none; resolves with the keys. */
export function put(
  place: StoreName,
  values: readonly unknown[],
  keys: readonly (IDBValidKey | undefined)[] = [],
): Promise<readonly IDBValidKey[]> {
  return transact(place, "readwrite", (store) => values.map((value, i) => store.put(value, keys[i])));
}

export async function remove(place: StoreName, keys: readonly IDBValidKey[]): Promise<void> {
  await transact(place, "readwrite", (store) => keys.map((key) => store.delete(key)));
}

export async function clear(place: StoreName): Promise<void> {
  await transact(place, "readwrite", (store) => [store.clear()]);
}
