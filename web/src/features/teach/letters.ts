// The part of the view with the letters that were taught: the album, and what can be done with all of them.

import { LettersError } from "../../dataset/errors";
import { unpacked } from "../../dataset/readers/gunzip";
import { type Drawing, readDrawings, writeDrawings } from "../../dataset/readers/jsonl";
import type { TeachWords } from "../../i18n/en/teach";
import { reason } from "../../i18n/errors";
import type { Collection, OwnLetter } from "../../storage/taught-letters";
import { h } from "../../ui/dom";
import type { Numbers } from "../../ui/numbers";
import { save } from "../../ui/save";
import type { App } from "../../ui/view";
import { Album } from "./gallery";

const MAX_FILE = 16 * 2 ** 20; // bytes
const MOST = 5000; // letters

export class OwnLetters {
  readonly element: HTMLElement;
  readonly #app: App;
  readonly #words: TeachWords;
  readonly #numbers: Numbers;
  readonly #collection: Collection;
  readonly #changed: () => void;
  readonly #album: Album;
  readonly #count = h("span", { class: "quiet" });
  readonly #problem = h("p", { class: "problem", role: "alert" });
  readonly #undo: HTMLButtonElement;
  readonly #export: HTMLButtonElement;
  readonly #clear: HTMLButtonElement;
  readonly #sure: HTMLDialogElement;
  #refused = "";

  /** `changed` is called after each change, `cleared` once everything is deleted. */
  constructor(
    app: App,
    collection: Collection,
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
    const { model, core } = app.pages;
    this.#album = new Album(core, model.pen ?? core.defaultPen, words, (letter) => void this.#remove(letter));
    const button = (text: string, click: () => void) => h("button", { type: "button", click }, text);
    this.#undo = button(words.undo, () => void this.#takeBack());
    this.#export = button(words.export, () =>
      save(new Blob([writeDrawings(collection.letters)], { type: "application/jsonl" }), "letters.jsonl"),
    );
    this.#clear = button(words.clear, () => this.#sure.showModal());
    this.#sure = this.#dialog(async () => {
      await collection.clear();
      await cleared();
      this.#tell(words.cleared);
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
      this.#album.element,
      this.#sure,
    );
    this.show();
  }

  /** How many there are, in words. */
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
    const said: string[] = [];
    if (this.#refused) said.push(this.#refused);
    if (problem) said.push(words.storage[problem.why], words.unkept);
    if (damaged > 0) said.push(words.damaged(damaged));
    this.#problem.textContent = said.join(" ");
    this.#problem.hidden = said.length === 0;
    this.#album.show(letters);
  }

  close(): void {
    this.#album.close();
  }

  async #remove(letter: OwnLetter): Promise<void> {
    await this.#collection.remove([letter]);
    this.#tell(this.#words.removed(letter.label.toUpperCase()));
    this.#undo.focus(); // the way back; the button that was pressed is gone
  }

  async #takeBack(): Promise<void> {
    await this.#collection.undo();
    this.#tell(this.#words.undone);
  }

  async #import(file: File): Promise<void> {
    try {
      const drawings = await this.#read(file);
      await this.#collection.add(drawings);
      this.#tell(this.#words.imported(this.#words.count(drawings.length, this.#numbers.whole(drawings.length))));
    } catch (error) {
      this.#refused = this.#words.importFailed(reason(error, this.#app.words.errors));
      this.show();
    }
  }

  async #read(file: File): Promise<readonly Drawing[]> {
    if (file.size > MAX_FILE) throw new LettersError("it is larger than {} MiB", MAX_FILE / 2 ** 20);
    const drawings = readDrawings(new TextDecoder().decode(await unpacked(file, 4 * MAX_FILE)));
    if (this.#collection.letters.length + drawings.length > MOST)
      throw new LettersError("no more than {} letters are kept", MOST);
    return drawings;
  }

  #tell(text: string): void {
    this.#refused = "";
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
