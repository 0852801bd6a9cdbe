// Asks for one letter after another, and gives what was drawn.
import type { CollectWords } from "../../i18n/en/collect";
import type { Prompt } from "../../server/contributions";
import { h } from "../dom";
import type { App } from "../view";
import { give } from "./give";
import { Prompts } from "./prompts";

/** State that outlives the panel, which is made anew for another network or language. */
export interface PromptMemory {
  readonly prompts: Prompts;
  current: Prompt | null;
  given: number;
  /** A letter is on its way. */
  busy: boolean;
  /** Called after a change, with what came of a letter. */
  changed: (status: string) => void;
}

export const newMemory = (): PromptMemory => ({
  prompts: new Prompts(),
  current: null,
  given: 0,
  busy: false,
  changed: () => {},
});

export class PromptPanel {
  /** The letter that is asked for. */
  readonly ask = h("div", { class: "ask" });
  /** The buttons. */
  readonly act: HTMLElement;
  readonly #app: App;
  readonly #words: CollectWords;
  readonly #memory: PromptMemory;
  readonly #changed: () => void;
  readonly #name = h("p", { class: "wanted", "aria-live": "polite" });
  readonly #letter = h("p", { class: "letter", "aria-hidden": "true" });
  readonly #reason = h("p", { class: "quiet" });
  readonly #give: HTMLButtonElement;
  readonly #status = h("p", { role: "status", class: "status" });
  readonly #count = h("p", { class: "quiet" });
  readonly #leave = new AbortController();

  /** `changed` is called after each letter. */
  constructor(app: App, words: CollectWords, memory: PromptMemory, changed: () => void) {
    [this.#app, this.#words, this.#memory, this.#changed] = [app, words, memory, changed];
    const { give: texts } = words;
    this.#give = h(
      "button",
      { type: "button", class: "main", "aria-keyshortcuts": "Enter", click: () => void this.#take() },
      texts.give,
    );
    const skip = h("button", { type: "button", click: () => void this.#next() }, texts.skip);
    this.ask.append(this.#letter, h("div", {}, this.#name, this.#reason));
    this.act = h("div", { class: "act" }, h("div", { class: "sets" }, this.#give, skip), this.#status, this.#count);
    memory.changed = (status) => {
      this.#status.textContent = status;
      if (memory.current) this.#show(memory.current);
    };
    app.pad.canvas.addEventListener("keydown", (event) => this.#key(event), { signal: this.#leave.signal });
    if (memory.current) this.#show(memory.current);
    else {
      app.pad.clear(); // the drawing of another view is not the letter that is asked for
      void this.#next();
    }
  }

  update(isEmpty: boolean): void {
    this.#give.ariaDisabled = String(isEmpty || this.#memory.busy);
    if (!isEmpty && !this.#memory.busy && this.#app.pad.busy) this.#status.textContent = "";
  }

  /** Forgets how many letters were given, after they were deleted. */
  forget(): void {
    this.#memory.given = 0;
    this.#count.textContent = this.#status.textContent = "";
  }

  close(): void {
    this.#leave.abort();
    this.#memory.changed = () => {};
  }

  /** On the pad, Enter gives the letter. */
  #key(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    void this.#take();
  }

  async #take(): Promise<void> {
    const memory = this.#memory;
    const { current } = memory;
    if (memory.busy || !current || this.#app.pad.busy) return;
    memory.busy = true;
    const { taken, text } = await give(this.#app, this.#words, current.letter);
    memory.busy = false;
    memory.changed(text);
    if (!taken) return;
    memory.given++;
    this.#app.pad.clear();
    this.#changed();
    await this.#next(text);
  }

  async #next(status = ""): Promise<void> {
    this.#memory.current = await this.#memory.prompts.next();
    this.#memory.changed(status);
  }

  #show({ letter, reason }: Prompt): void {
    const { give: texts, letterName } = this.#words;
    const reasons: Readonly<Record<string, string>> = texts.reasons;
    this.#letter.textContent = letter;
    this.#name.textContent = `${texts.draw} ${letterName(letter)}`;
    this.#reason.textContent = reasons[reason] ?? "";
    this.#count.textContent = texts.given(this.#memory.given);
  }
}
