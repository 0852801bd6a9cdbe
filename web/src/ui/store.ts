// Holds the state, notifies listeners, and keeps the address in step.
import { readState, type State, writeState } from "./state";

export class Store {
  #state = readState(location.hash);
  readonly #listeners = new Set<(before: State) => void>();

  constructor() {
    addEventListener("hashchange", () => this.#become(readState(location.hash)));
  }

  get state(): State {
    return this.#state;
  }

  /** Sets fields. Another view is a new entry in the browser's history; other changes replace the current one. */
  set(changes: Partial<State>): void {
    const next = { ...this.#state, ...changes };
    const address = writeState(next);
    if (next.view !== this.#state.view) history.pushState(null, "", address);
    else history.replaceState(history.state, "", address);
    this.#become(next);
  }

  /** Calls `listener` after each change, with the state before it. */
  listen(listener: (before: State) => void): void {
    this.#listeners.add(listener);
  }

  #become(next: State): void {
    const before = this.#state;
    this.#state = next;
    for (const listener of this.#listeners) listener(before);
  }
}
