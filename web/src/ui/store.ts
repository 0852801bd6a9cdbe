// Holds the state, tells who listens, and keeps the address the same.
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

  /** Another view is a step in the browser's history; what changes within a view is none. */
  set(changes: Partial<State>): void {
    const next = { ...this.#state, ...changes };
    const address = writeState(next);
    if (next.view !== this.#state.view) history.pushState(null, "", address);
    else history.replaceState(history.state, "", address);
    this.#become(next);
  }

  /** `listener` is called after each change, with the state before it. */
  listen(listener: (before: State) => void): void {
    this.#listeners.add(listener);
  }

  #become(next: State): void {
    const before = this.#state;
    this.#state = next;
    for (const listener of this.#listeners) listener(before);
  }
}
