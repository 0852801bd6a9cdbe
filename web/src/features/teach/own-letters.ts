// The part of the view with the user's letters: the gallery, undo, import, export and deletion.

import { DataError } from "../../dataset/errors";
import { gunzip } from "../../dataset/readers/gunzip";
import { type LabelledDrawing, readDrawings, writeDrawings } from "../../dataset/readers/jsonl";
import type { TeachWords } from "../../i18n/en/teach";
import { reason } from "../../i18n/errors";
import { classOf, labelOf } from "../../model/labels";
import type { TaughtLetter, TaughtLetters } from "../../storage/taught-letters";
import { h } from "../../ui/dom";
import type { Numbers } from "../../ui/numbers";
import { save } from "../../ui/save";
import type { App } from "../../ui/view";
import { Gallery } from "./gallery";

const MAX_FILE = 16 * 2 ** 20; // bytes
const MAX_LETTERS = 5000; // letters

export class OwnLetters {
  readonly element: HTMLElement;
  readonly #app: App;
  readonly #words: TeachWords;
  readonly #numbers: Numbers;
  readonly #collection: TaughtLetters;
  readonly #changed: () => void;
  readonly #gallery: Gallery;
  readonly #count = h("span", { class: "quiet" });
  readonly #problem = h("p", { class: "problem", role: "alert" });
  readonly #unused = h("p", { class: "quiet", id: "unused", hidden: true });
  readonly #undo: HTMLButtonElement;
  readonly #export: HTMLButtonElement;
  readonly #clear: HTMLButtonElement;
  readonly #sure: HTMLDialogElement;
  #importProblem = "";

  /** `changed` is called after each change, `cleared` once everything is deleted. */
  constructor(
    app: App,
    collection: TaughtLetters,
    words: TeachWords,
    numbers: Numbers,
    changed: () => void,
    cleared: () => Promise<void>,
  ) {
    [this.#app, this.#collection, this.#words, this.#numbers, this.#changed] = [
      app,
      collection,
      words,
      numbers,
      changed,
    ];
    this.#gallery = new Gallery(app.recognizer, words, (letter) => void this.#remove(letter));
    const button = (text: string, click: () => void) => h("button", { type: "button", click }, text);
    this.#undo = button(words.undo, () => void this.#takeBack());
    this.#export = button(words.export, () =>
      save(new Blob([writeDrawings(collection.letters)], { type: "application/jsonl" }), "letters.jsonl"),
    );
    this.#clear = button(words.clear, () => this.#sure.showModal());
    this.#sure = this.#dialog(async () => {
      await collection.clear();
      await cleared();
      this.#announce(words.cleared);
    });
    const file = h("input", { type: "file", id: "letters-file", class: "unseen", accept: ".jsonl,.json,.gz" });
    file.addEventListener("change", () => {
      const [chosen] = file.files ?? [];
      file.value = ""; // so that the same one may be chosen again
      if (chosen) void this.#import(chosen);
    });
    const load = h("label", { for: "letters-file", class: "button" }, words.import);
    this.element = h(
      "section",
      { class: "own", "aria-label": words.letters },
      h("h3", {}, words.letters, " ", this.#count),
      h("div", { class: "sets" }, this.#undo, this.#export, file, load, this.#clear),
      this.#problem,
      this.#unused,
      this.#gallery.element,
      this.#sure,
    );
    this.show();
  }

  /** Number of letters as text. */
  get counted(): string {
    const { length } = this.#collection.letters;
    return this.#words.count(length, this.#numbers.whole(length));
  }

  show(): void {
    const { letters, canUndo, problem, damaged } = this.#collection;
    const words = this.#words;
    this.#count.textContent = `(${this.counted})`;
    this.#undo.hidden = !canUndo;
    this.#export.hidden = this.#clear.hidden = letters.length === 0 && damaged === 0;
    const problems: string[] = [];
    if (this.#importProblem) problems.push(this.#importProblem);
    if (problem) problems.push(words.storage[problem.problem], words.notStored);
    if (damaged > 0) problems.push(words.damaged(damaged));
    this.#problem.textContent = problems.join(" ");
    this.#problem.hidden = problems.length === 0;
    const { length: unused } = letters.filter(({ label }) => classOf(this.#app.recognizer.labels, label) < 0);
    this.#unused.textContent = words.unused(unused, this.#numbers.whole(unused));
    this.#unused.hidden = unused === 0;
    this.#gallery.show(letters);
  }

  close(): void {
    this.#gallery.close();
  }

  async #remove(letter: TaughtLetter): Promise<void> {
    await this.#collection.remove([letter]);
    this.#announce(this.#words.removed(labelOf(this.#app.recognizer.labels, letter.label)));
    this.#undo.focus(); // the way back; the button that was pressed is gone
  }

  async #takeBack(): Promise<void> {
    await this.#collection.undo();
    this.#announce(this.#words.undone);
  }

  async #import(file: File): Promise<void> {
    try {
      const drawings = await this.#read(file);
      await this.#collection.add(drawings);
      this.#announce(this.#words.imported(this.#words.count(drawings.length, this.#numbers.whole(drawings.length))));
    } catch (error) {
      this.#importProblem = this.#words.importFailed(reason(error, this.#app.words.errors));
      this.show();
    }
  }

  async #read(file: File): Promise<readonly LabelledDrawing[]> {
    if (file.size > MAX_FILE) throw new DataError("it is larger than {} MiB", MAX_FILE / 2 ** 20);
    const all = readDrawings(new TextDecoder().decode(await gunzip(file, 4 * MAX_FILE)));
    const drawings = all.filter(({ part }) => part !== "test"); // what is taught is trained on
    if (drawings.length === 0) throw new DataError("all its contributors are of the test part; choose other data");
    if (this.#collection.letters.length + drawings.length > MAX_LETTERS)
      throw new DataError("at most {} letters can be stored", MAX_LETTERS);
    return drawings;
  }

  #announce(text: string): void {
    this.#importProblem = "";
    this.#app.announce(text);
    this.#changed();
  }

  #dialog(clear: () => Promise<void>): HTMLDialogElement {
    const words = this.#words;
    const yes = h("button", { type: "submit", value: "yes" }, words.clearYes);
    const no = h("button", { type: "submit", value: "no", class: "main" }, words.clearNo); // the first has the focus
    const dialog = h(
      "dialog",
      { "aria-label": words.clear },
      h("form", { method: "dialog" }, h("p", {}, words.clearSure), h("div", { class: "sets" }, no, yes)),
    );
    dialog.addEventListener("close", () => {
      if (dialog.returnValue === "yes") void clear();
      dialog.returnValue = "";
    });
    return dialog;
  }
}
