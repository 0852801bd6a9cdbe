// Tells a screen reader what changed, once nothing changed for a while.
const REST = 700; // ms

export class Announcer {
  readonly #region: HTMLElement;
  #said = "";
  #waiting = 0;

  /** `region` is a live one. */
  constructor(region: HTMLElement) {
    this.#region = region;
  }

  /** What was said last is not said again. */
  say(text: string): void {
    clearTimeout(this.#waiting);
    if (text !== this.#said) this.#waiting = window.setTimeout(() => this.now(text), REST);
  }

  /** Without waiting; what waits is said in its turn. */
  now(text: string): void {
    this.#region.textContent = this.#said = text;
  }

  /** Without waiting, and what waits is said no more. */
  only(text: string): void {
    clearTimeout(this.#waiting);
    this.now(text);
  }
}
