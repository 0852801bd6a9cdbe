// The view "Teach": corrects predictions, stores the drawings on the device, and personalizes the network.
import "../../ui/style/forms.css";
import "./view.css";
import type { TeachWords } from "../../i18n/en/teach";
import { type TaughtLetters, taughtLetters } from "../../storage/taught-letters";
import { h } from "../../ui/dom";
import { numbersOf } from "../../ui/numbers";
import type { App, Frame, Open } from "../../ui/view";
import { LetterRow } from "./letter-row";
import { OwnLetters } from "./own-letters";
import { PersonalizePanel } from "./personalize-panel";

export const open: Open = async (all) => {
  const words = await all.teach();
  return (place, app) => new TeachView(place, app, words);
};

class TeachView {
  readonly #app: App;
  readonly #words: TeachWords;
  readonly #row: LetterRow;
  readonly #personalize: PersonalizePanel;
  readonly #status = h("p", { id: "taught", role: "status" });
  #collection: TaughtLetters | null = null;
  #letters: OwnLetters | null = null;
  #closed = false;

  constructor(place: HTMLElement, app: App, words: TeachWords) {
    const numbers = numbersOf(app.store.state.language);
    [this.#app, this.#words] = [app, words];
    this.#row = new LetterRow(app.recognizer.labels, words, (letter) => void this.#teach(letter));
    this.#personalize = new PersonalizePanel(app, words, numbers);
    const own = h("div", {});
    const keys = h("p", { class: "quiet keys" }, words.keys);
    place.append(
      h("h2", {}, words.title),
      h("p", { class: "quiet" }, words.how),
      this.#row.element,
      keys,
      this.#status,
      own,
      this.#personalize.element,
    );
    void taughtLetters().then((collection) => {
      if (this.#closed) return;
      this.#collection = collection;
      this.#letters = new OwnLetters(
        app,
        collection,
        words,
        numbers,
        () => this.#changed(),
        () => this.#personalize.forget(),
      );
      own.replaceWith(this.#letters.element);
      collection.changed = () => this.#changed();
      this.#changed();
    });
  }

  update({ answer }: Frame): void {
    this.#row.update(answer, this.#app.pad.busy);
    if (this.#app.pad.strokes.length > 0) this.#status.textContent = "";
  }

  close(): void {
    this.#closed = true;
    if (this.#collection) this.#collection.changed = () => {};
    this.#row.close();
    this.#personalize.close();
    this.#letters?.close();
  }

  /** Stores the drawing with a label and clears the pad; undo restores it. */
  async #teach(label: string): Promise<void> {
    const { pad } = this.#app;
    if (pad.busy || !this.#collection) return;
    const strokes = pad.strokes.map((stroke) => stroke.map(([x, y, time = 0]) => [x, y, time] as const));
    if (strokes.length === 0) return this.#say(this.#words.empty);
    pad.clear();
    await this.#collection.add([{ label, strokes, writer: null, time: Date.now() }]);
    this.#changed();
    this.#say(this.#words.stored(label, this.#letters!.counted));
  }

  #changed(): void {
    if (this.#closed) return;
    this.#letters?.show();
    this.#personalize.drawings = this.#collection!.letters;
  }

  #say(text: string): void {
    this.#status.textContent = text;
  }
}
