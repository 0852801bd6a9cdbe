// The letters of a class as they come in, the newest first.
import type { CollectWords } from "../../i18n/en/collect";
import { h } from "../../ui/dom";
import { smallDrawing } from "../../ui/small-drawing";
import type { ReadLetter } from "./class-letters";

const MAX_TILES = 400;

interface Tile {
  readonly element: HTMLElement;
  readonly reading: HTMLElement;
}

export class Gallery {
  readonly element = h("ol", { class: "tiles", tabindex: 0 });
  readonly #words: CollectWords["classroom"];
  readonly #tiles = new Map<string, Tile>();

  constructor(words: CollectWords["classroom"]) {
    this.#words = words;
    this.element.ariaLabel = words.gallery;
  }

  /** Shows letters; tiles that are there stay, and only their reading changes. */
  show(letters: readonly ReadLetter[]): void {
    const newest = letters.slice(-MAX_TILES);
    const ids = new Set(newest.map(({ drawing }) => drawing.id));
    for (const [id, { element }] of this.#tiles) {
      if (ids.has(id)) continue;
      element.remove();
      this.#tiles.delete(id);
    }
    for (const letter of newest) {
      const tile = this.#tiles.get(letter.drawing.id) ?? this.#add(letter);
      const { label } = letter.drawing;
      const text = letter.correct ? "" : letter.predicted;
      tile.element.classList.toggle("wrong", !letter.correct);
      if (tile.reading.textContent !== text) tile.reading.textContent = text;
      tile.element.ariaLabel = letter.correct
        ? this.#words.tileCorrect(label)
        : this.#words.tile(label, letter.predicted);
    }
  }

  #add({ drawing }: ReadLetter): Tile {
    const reading = h("span", { class: "reading", "aria-hidden": "true" });
    const label = h("span", { class: "label", "aria-hidden": "true" }, drawing.label);
    const element = h("li", {}, smallDrawing(drawing.strokes), label, reading);
    const tile = { element, reading };
    this.#tiles.set(drawing.id, tile);
    this.element.prepend(element);
    return tile;
  }
}
