// The end of a lesson: everything is deleted, after an export if the teacher wants one.
import type { CollectWords } from "../../i18n/en/collect";
import { deleteClass, exportClass } from "../../server/classes";
import { problemOf } from "../../ui/collect/problem";
import { askPerson } from "../../ui/collect/question";
import { h } from "../../ui/dom";
import { save } from "../../ui/save";

let exported = false;

/** Tells whether the teacher has exported the letters. */
export function wasExported(): boolean {
  return exported;
}

export class EndPanel {
  readonly element: HTMLElement;
  /** The server may have deleted the letters already, although it has not answered. */
  isDeleting = false;
  readonly #words: CollectWords;
  readonly #token: string;
  readonly #ended: (exported: boolean) => void;
  readonly #problem = h("p", { class: "problem", role: "alert", hidden: true });

  /** `ended` is called once the server has deleted everything. */
  constructor(words: CollectWords, token: string, ended: (exported: boolean) => void) {
    [this.#words, this.#token, this.#ended] = [words, token, ended];
    const button = h("button", { type: "button", click: () => void this.#ask() }, words.classroom.end);
    this.element = h("div", { class: "end" }, button, this.#problem);
  }

  async #ask(): Promise<void> {
    const { classroom } = this.#words;
    const choice = await askPerson(
      classroom.endHow,
      { value: "on", text: classroom.goOn },
      { value: "export", text: classroom.export },
      { value: "delete", text: classroom.delete },
    );
    if (choice === "on") return;
    this.#problem.hidden = true;
    try {
      if (choice === "export") await this.#export();
      else await this.#delete(false);
    } catch (error) {
      this.#problem.textContent = problemOf(error, this.#words);
      this.#problem.hidden = false;
    }
  }

  /** Saves the export; deletes only when the teacher has it. */
  async #export(): Promise<void> {
    const { classroom } = this.#words;
    save(await exportClass(this.#token), "class-letters.zip");
    exported = true;
    const choice = await askPerson(
      classroom.saved,
      { value: "keep", text: classroom.keepOpen },
      { value: "delete", text: classroom.delete },
    );
    if (choice === "delete") await this.#delete(true);
  }

  async #delete(exported: boolean): Promise<void> {
    this.isDeleting = true;
    try {
      await deleteClass(this.#token);
      this.#ended(exported);
    } finally {
      this.isDeleting = false;
    }
  }
}
