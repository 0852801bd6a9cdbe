// Announces changes to screen readers once nothing has changed for a while.
const REST = 700; // ms

export class Announcer {
  readonly #region: HTMLElement;
  #last = "";
  #waiting = 0;

  /** `region` is a live region. */
  constructor(region: HTMLElement) {
    this.#region = region;
  }

  /** Announces a text after a rest; does not repeat the last one. */
  say(text: string): void {
    clearTimeout(this.#waiting);
    if (text !== this.#last) this.#waiting = window.setTimeout(() => this.now(text), REST);
  }

  /** Announces a text at once; waiting texts follow. */
  now(text: string): void {
    this.#region.textContent = this.#last = text;
  }

  /** Announces a text at once and drops waiting ones. */
  only(text: string): void {
    clearTimeout(this.#waiting);
    this.now(text);
  }
}
