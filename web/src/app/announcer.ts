// Tells a screen reader what changed, once nothing changed for a while.
import { element } from "./dom";

const REST = 700; // ms

export class Announcer {
  readonly #region = element("announcement", HTMLElement);
  #said = "";
  #waiting = 0;

  /** What was said last is not said again. */
  say(text: string): void {
    clearTimeout(this.#waiting);
    if (text !== this.#said) this.#waiting = window.setTimeout(() => this.now(text), REST);
  }

  now(text: string): void {
    clearTimeout(this.#waiting);
    this.#region.textContent = this.#said = text;
  }
}
