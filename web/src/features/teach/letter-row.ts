// The row of labels that correct a prediction: the best candidates first.

import type { TeachWords } from "../../i18n/en/teach";
import { classOf } from "../../model/labels";
import type { Recognition } from "../../model/recognizer";
import { h } from "../../ui/dom";

const BEST = 5;

export class LetterRow {
  readonly element: HTMLElement;
  readonly #labels: string;
  readonly #choose: (label: string) => void;
  readonly #buttons: ReadonlyMap<string, HTMLButtonElement>;
  readonly #leave = new AbortController();
  #order = "";

  constructor(labels: string, words: TeachWords, choose: (label: string) => void) {
    [this.#labels, this.#choose] = [labels, choose];
    this.#buttons = new Map(
      Array.from(labels, (letter) => {
        const label = { "aria-label": words.trueLetter(letter), "aria-keyshortcuts": `Alt+${letter}` };
        return [letter, h("button", { type: "button", ...label, click: () => choose(letter) }, letter)];
      }),
    );
    this.element = h("div", { id: "row", role: "toolbar", "aria-label": words.row });
    this.element.addEventListener("keydown", (event) => this.#inside(event));
    addEventListener("keydown", (event) => this.#anywhere(event), { signal: this.#leave.signal });
    this.#arrange(labels);
  }

  /** Keeps the order while a stroke is drawn or the row has the focus: nothing moves under a finger. */
  update({ candidates }: Recognition, busy: boolean): void {
    const best = candidates
      .slice(0, BEST)
      .map(([letter]) => letter)
      .join("");
    if (!busy && !this.element.contains(document.activeElement)) this.#arrange(best);
  }

  close(): void {
    this.#leave.abort();
  }

  #arrange(best: string): void {
    if (best === this.#order) return;
    this.#order = best;
    const rest = Array.from(this.#labels).filter((letter) => !best.includes(letter));
    const letters = [...best, ...rest];
    this.element.replaceChildren(...letters.map((letter) => this.#buttons.get(letter)!));
    letters.forEach((letter, i) => {
      const button = this.#buttons.get(letter)!;
      button.tabIndex = i === 0 ? 0 : -1;
      button.classList.toggle("best", i < best.length && best.length <= BEST);
    });
  }

  /** A label's key corrects, arrow keys move along the row. */
  #inside(event: KeyboardEvent): void {
    const buttons = [...this.element.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const goals: Readonly<Record<string, number>> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: buttons.length - 1,
    };
    const goal = goals[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (goal !== undefined) {
      const next = buttons[(goal + buttons.length) % buttons.length]!;
      for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
      next.focus();
      event.preventDefault();
    } else this.#correct(event, event.key);
  }

  /** Alt and a label's key correct; if Alt changes the character, the key counts. */
  #anywhere(event: KeyboardEvent): void {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
    this.#correct(event, event.key, /^(?:Key|Digit)(.)$/.exec(event.code)?.[1] ?? "");
  }

  /** Chooses the label of the first of these characters that has one. */
  #correct(event: KeyboardEvent, ...characters: readonly string[]): void {
    const place = characters.map((character) => classOf(this.#labels, character)).find((place) => place >= 0);
    if (place === undefined) return;
    event.preventDefault();
    this.#choose(this.#labels.charAt(place));
  }
}
