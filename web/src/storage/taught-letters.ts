// The letters that the user taught: in this tab and, if the browser allows it, stored on the device for all tabs.

import { DataError } from "../dataset/errors";
import { type LabelledDrawing, parseDrawing } from "../dataset/readers/jsonl";
import { clear, put, readAll, remove, StorageError } from "./database";

export interface TaughtLetter extends LabelledDrawing {
  readonly key: IDBValidKey;
}

type Change = { readonly added: readonly TaughtLetter[] } | { readonly removed: readonly TaughtLetter[] };

const CHANNEL = "lenet letters";

/** The collection. Letters that cannot be stored stay in the tab, and `problem` says why. */
export class TaughtLetters {
  /** Called after the stored letters have changed elsewhere: by another tab, or because site data were deleted. */
  changed = (): void => {};
  readonly #tabs = new BroadcastChannel(CHANNEL);
  #letters: readonly TaughtLetter[] = [];
  #changes: Change[] = [];
  #problem: StorageError | null = null;
  #failed = false; // whether what was last done is not kept
  #damaged = 0;
  #last = 0; // the key of what was last not kept: these are below 0

  /** Loads the stored letters; without storage the collection is empty and `problem` is set. */
  static async load(): Promise<TaughtLetters> {
    const collection = new TaughtLetters();
    collection.#tabs.onmessage = () => void collection.#read().then(() => collection.changed());
    await collection.#read();
    for (const event of ["focus", "visibilitychange"]) addEventListener(event, () => void collection.#follow());
    return collection;
  }

  get letters(): readonly TaughtLetter[] {
    return this.#letters;
  }

  /** Why a change is not stored; null if everything is. */
  get problem(): StorageError | null {
    return this.#failed || this.#unkept.length > 0 ? this.#problem : null;
  }

  /** Number of damaged records on the device, which are left alone. */
  get damaged(): number {
    return this.#damaged;
  }

  get canUndo(): boolean {
    return this.#changes.length > 0;
  }

  async add(drawings: readonly LabelledDrawing[]): Promise<void> {
    this.#changes.push({ added: await this.#keep(drawings) });
  }

  async remove(letters: readonly TaughtLetter[]): Promise<void> {
    await this.#drop(letters);
    this.#changes.push({ removed: letters });
  }

  /** Deletes everything on the device, damaged records too. Cannot be undone. */
  async clear(): Promise<void> {
    this.#letters = [];
    this.#changes = [];
    this.#damaged = 0;
    await this.#write(() => clear("letters"));
  }

  /** Undoes the last change. */
  async undo(): Promise<void> {
    const change = this.#changes.pop();
    if (!change) return;
    if ("added" in change) await this.#drop(change.added);
    else await this.#keep(change.removed);
  }

  /** Stores drawings; letters that were stored before get their old keys. */
  async #keep(drawings: readonly (LabelledDrawing | TaughtLetter)[]): Promise<readonly TaughtLetter[]> {
    const plain = drawings.map(
      ({ label, strokes, writer, time }): LabelledDrawing => ({ label, strokes, writer, time }),
    );
    const before = drawings.map((drawing) => ("key" in drawing && Number(drawing.key) > 0 ? drawing.key : undefined));
    let keys: readonly IDBValidKey[] = before.map((key) => key ?? --this.#last);
    await this.#write(async () => (keys = await put("letters", plain, before)));
    const kept = plain.map((drawing, i) => ({ ...drawing, key: keys[i]! }));
    this.#letters = [...this.#without(keys), ...kept];
    return kept;
  }

  async #drop(letters: readonly TaughtLetter[]): Promise<void> {
    const keys = letters.map(({ key }) => key);
    await this.#write(() => remove("letters", keys));
    this.#letters = this.#without(keys);
  }

  get #unkept(): readonly TaughtLetter[] {
    return this.#letters.filter(({ key }) => Number(key) < 0);
  }

  /** Returns the letters without these keys, since a message of another tab may have added them already. */
  #without(keys: readonly IDBValidKey[]): readonly TaughtLetter[] {
    const gone = new Set(keys);
    return this.#letters.filter(({ key }) => !gone.has(key));
  }

  /** Reads the stored letters again: nobody tells a page that its data were deleted. */
  async #follow(): Promise<void> {
    if (document.hidden) return;
    const keys = () => [this.#damaged, ...this.#letters.map(({ key }) => key)].join();
    const before = keys();
    await this.#load().catch(() => {}); // the letters in the tab stay; the next change says what is wrong
    if (keys() !== before) this.changed();
  }

  async #read(): Promise<void> {
    await this.#try(() => this.#load());
  }

  async #load(): Promise<void> {
    const kept = await readAll("letters");
    const letters = kept.flatMap(([key, value]) => {
      const drawing = parseDrawing(value);
      return drawing instanceof DataError ? [] : [{ ...drawing, key }];
    });
    this.#damaged = kept.length - letters.length;
    this.#letters = [...letters, ...this.#unkept];
  }

  async #write(work: () => Promise<unknown>): Promise<void> {
    await this.#try(async () => {
      await work();
      this.#failed = false;
      this.#tabs.postMessage(null);
    });
  }

  async #try(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#failed = true;
      this.#problem = error instanceof StorageError ? error : new StorageError("failed", error);
    }
  }
}

let collection: Promise<TaughtLetters> | null = null;

/** Returns the collection of this tab. */
export function taughtLetters(): Promise<TaughtLetters> {
  collection ??= TaughtLetters.load();
  return collection;
}
