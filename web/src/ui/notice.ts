// The bar that offers a new version of the page.
import type { Words } from "../i18n/en/page";
import { h } from "./dom";

export class Notice {
  readonly #text = h("span", { role: "status" });
  readonly #button = h("button", { type: "button", click: () => this.#act() });
  readonly #bar = h("aside", { id: "notice", hidden: true }, this.#text, this.#button);
  readonly #keep: () => boolean;
  #words: Words["update"] | null = null;
  #load: (() => void) | null = null;

  /** `keep` stores the drawings and returns whether it could. */
  constructor(keep: () => boolean) {
    this.#keep = keep;
    document.body.append(this.#bar);
  }

  translate(words: Words["update"]): void {
    this.#words = words;
    this.#show();
  }

  offer(load: () => void): void {
    this.#load = load;
    this.#show();
  }

  #show(): void {
    if (!this.#words || !this.#load) return;
    this.#bar.hidden = false;
    this.#bar.ariaLabel = this.#words.name;
    this.#text.textContent = this.#words.available;
    this.#button.textContent = this.#words.load;
  }

  /** Loads the new version, unless the drawings cannot be stored. */
  #act(): void {
    if (this.#keep()) this.#load?.();
    else if (this.#words) this.#text.textContent = this.#words.notStored;
  }
}
