// The letters that a person taught: in this tab, and, where the browser lets it, kept on the device.
import { drawingOf, type Drawing } from "../letters/drawings";
import { LettersError } from "../letters/letters";
import { clear, put, readAll, remove, StorageError } from "./database";

export interface OwnLetter extends Drawing {
  readonly key: IDBValidKey;
}

type Change = { readonly added: readonly OwnLetter[] } | { readonly removed: readonly OwnLetter[] };

/** What fails to be kept stays in the tab; `problem` then says why. */
export class Collection {
  #letters: readonly OwnLetter[] = [];
  #changes: Change[] = [];
  #problem: StorageError | null = null;
  #damaged = 0;
  #unkept = 0; // counts, for keys of what is not kept

  /** What is kept on the device; without storage it is empty and says so. */
  static async load(): Promise<Collection> {
    const collection = new Collection();
    await collection.#try(async () => {
      const kept = await readAll("letters");
      collection.#letters = kept.flatMap(([key, value]) => {
        const drawing = drawingOf(value);
        return drawing instanceof LettersError ? [] : [{ ...drawing, key }];
      });
      collection.#damaged = kept.length - collection.#letters.length;
    });
    return collection;
  }

  get letters(): readonly OwnLetter[] {
    return this.#letters;
  }

  /** Why what was last done is not kept; null where it is. */
  get problem(): StorageError | null {
    return this.#problem;
  }

  /** How many records on the device are none that this page wrote; they are left alone. */
  get damaged(): number {
    return this.#damaged;
  }

  get canUndo(): boolean {
    return this.#changes.length > 0;
  }

  async add(drawings: readonly Drawing[]): Promise<void> {
    this.#changes.push({ added: await this.#keep(drawings) });
  }

  async remove(letters: readonly OwnLetter[]): Promise<void> {
    await this.#drop(letters);
    this.#changes.push({ removed: letters });
  }

  /** Deletes everything on the device, damaged records too; there is no way back. */
  async clear(): Promise<void> {
    this.#letters = [];
    this.#changes = [];
    this.#damaged = 0;
    await this.#try(() => clear("letters"));
  }

  /** Takes back what was last done. */
  async undo(): Promise<void> {
    const change = this.#changes.pop();
    if (!change) return;
    if ("added" in change) await this.#drop(change.added);
    else await this.#keep(change.removed);
  }

  async #keep(drawings: readonly Drawing[]): Promise<readonly OwnLetter[]> {
    const plain = drawings.map(({ label, strokes, drawer, time }): Drawing => ({ label, strokes, drawer, time }));
    let keys: readonly IDBValidKey[] = plain.map(() => --this.#unkept);
    await this.#try(async () => (keys = await put("letters", plain)));
    const kept = plain.map((drawing, i) => ({ ...drawing, key: keys[i]! }));
    this.#letters = [...this.#letters, ...kept];
    return kept;
  }

  async #drop(letters: readonly OwnLetter[]): Promise<void> {
    const keys = new Set(letters.map(({ key }) => key));
    this.#letters = this.#letters.filter(({ key }) => !keys.has(key));
    await this.#try(() => remove("letters", [...keys]));
  }

  async #try(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      this.#problem = null;
    } catch (error) {
      this.#problem = error instanceof StorageError ? error : new StorageError("failed", error);
    }
  }
}

let collection: Promise<Collection> | null = null;

/** The one of this tab. */
export function ownLetters(): Promise<Collection> {
  collection ??= Collection.load();
  return collection;
}
