// The gallery of the user's letters, grouped by letter; each can be deleted.

import { type Core, SIDE } from "../../engine/rasterizer";
import type { TeachWords } from "../../i18n/en/teach";
import { labelOf } from "../../model/labels";
import type { Recognizer } from "../../model/recognizer";
import type { TaughtLetter } from "../../storage/taught-letters";
import { h } from "../../ui/dom";
import { paintImage } from "../../ui/image";

const SLICE = 20; // pictures painted in one frame

export class Gallery {
  readonly element = h("div", { id: "gallery" });
  readonly #core: Core;
  readonly #labels: string;
  readonly #pen: number;
  readonly #words: TeachWords;
  readonly #remove: (letter: TaughtLetter) => void;
  readonly #pictures = new Map<IDBValidKey, HTMLCanvasElement>();
  #unpainted: TaughtLetter[] = [];
  #painting = 0;

  /** Letters are grouped by the labels of this network. */
  constructor({ core, model }: Recognizer, words: TeachWords, remove: (letter: TaughtLetter) => void) {
    [this.#core, this.#labels, this.#words, this.#remove] = [core, model.labels, words, remove];
    this.#pen = model.pen ?? core.defaultPen;
  }

  show(letters: readonly TaughtLetter[]): void {
    const groups = this.#grouped(letters);
    const names = [...groups.keys()].sort();
    const lists = names.map((name) => {
      const cards = groups.get(name)!.map((letter, i) => this.#card(letter, name, i + 1));
      return h("section", { "aria-label": name }, h("h4", {}, name), h("ul", {}, ...cards));
    });
    const focused = document.activeElement;
    this.element.replaceChildren(...(lists.length > 0 ? lists : [h("p", { class: "quiet" }, this.#words.none)]));
    if (focused instanceof HTMLElement && this.element.contains(focused)) focused.focus();
    if (!this.#painting) this.#painting = requestAnimationFrame(() => this.#paint());
  }

  close(): void {
    cancelAnimationFrame(this.#painting);
  }

  #grouped(letters: readonly TaughtLetter[]): Map<string, TaughtLetter[]> {
    const groups = new Map<string, TaughtLetter[]>();
    for (const letter of letters) {
      const name = labelOf(this.#labels, letter.label);
      groups.set(name, [...(groups.get(name) ?? []), letter]);
    }
    return groups;
  }

  #card(letter: TaughtLetter, name: string, place: number): HTMLElement {
    const label = this.#words.remove(name, place);
    const remove = () => this.#remove(letter);
    const key = (event: Event) => {
      if (!(event instanceof KeyboardEvent) || event.key !== "Delete") return;
      event.preventDefault(); // else it clears the pad
      remove();
    };
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", "aria-label": label, title: label, click: remove, keydown: key },
        this.#picture(letter),
      ),
    );
  }

  #picture(letter: TaughtLetter): HTMLCanvasElement {
    const known = this.#pictures.get(letter.key);
    if (known) return known;
    const canvas = h("canvas", { width: SIDE, height: SIDE, "aria-hidden": "true" });
    this.#pictures.set(letter.key, canvas);
    this.#unpainted.push(letter);
    return canvas;
  }

  #paint(): void {
    for (const { key, strokes } of this.#unpainted.splice(0, SLICE)) {
      paintImage(this.#pictures.get(key)!, this.#core.rasterize(strokes, this.#pen));
    }
    this.#painting = this.#unpainted.length > 0 ? requestAnimationFrame(() => this.#paint()) : 0;
  }
}
