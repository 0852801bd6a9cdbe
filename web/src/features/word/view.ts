// The view "Word": segments a word into letters, each with its candidates; the user can merge and split them.
import "./view.css";
import { SIDE } from "../../engine/rasterizer";
import type { Stroke } from "../../engine/types";
import { MAX_STROKES } from "../../segmentation/lattice";
import { parseLexicon } from "../../segmentation/lexicon";
import { type CutConstraint, type Letter, type Word, WordReader } from "../../segmentation/reader";
import { judgedLetter } from "../../ui/answer";
import { h, svg } from "../../ui/dom";
import { keepDraft } from "../../ui/drafts";
import { paintImage } from "../../ui/image";
import type { App, Open } from "../../ui/view";

const MAX_FILE = 8 * 2 ** 20; // bytes

/** State that outlives the view, which is mounted anew for another language. */
const tab = {
  constraints: [] as readonly CutConstraint[],
  /** Letters that the user chose, by their keys. */
  chosen: new Map<string, string>(),
};
const DRAFT = "words";

export const open: Open = () => (place, app) => new WordView(place, app);

class WordView {
  readonly #app: App;
  readonly #reader: WordReader;
  readonly #marks = svg("svg", { id: "cuts", "aria-hidden": "true", preserveAspectRatio: "none" });
  readonly #text = h("output", { id: "word", for: "pad" });
  readonly #copy: HTMLButtonElement;
  readonly #reset: HTMLButtonElement;
  readonly #note = h("p", { id: "cut-note", class: "quiet" });
  readonly #letters: HTMLElement;
  readonly #count = h("span", { class: "quiet" });
  #words: readonly Uint8Array[] = [];
  #lastLook = "";
  #strokes: readonly Stroke[] = [];
  #word: Word | null = null;

  constructor(place: HTMLElement, app: App) {
    const { word: words } = app.words;
    this.#app = app;
    this.#reader = new WordReader(app.recognizer);
    this.#letters = h("ol", { id: "letters", "aria-label": words.letters });
    this.#copy = h("button", { type: "button", click: () => void this.#copyText() }, words.copy);
    this.#reset = h("button", { type: "button", click: () => this.#constrain([]) }, words.reset);
    app.pad.canvas.parentElement!.append(this.#marks);
    place.append(
      h("h2", {}, words.title),
      h("p", { class: "quiet" }, words.how),
      h("div", { class: "read" }, this.#text, this.#copy, this.#reset),
      this.#note,
      this.#letters,
      this.#list(),
    );
  }

  update({ strokes }: { readonly strokes: readonly Stroke[] }): void {
    this.#strokes = strokes;
    const word = (this.#word = this.#reader.read(strokes, tab.constraints, this.#words));
    this.#show(word);
    this.#mark(word);
  }

  close(): void {
    this.#marks.remove();
  }

  #show(word: Word): void {
    const {
      word: words,
      answer: { percent },
    } = this.#app.words;
    const text = word.letters.map((letter) => this.#chosenLetter(letter)).join("");
    if (text !== this.#text.textContent) this.#copy.textContent = words.copy;
    this.#text.replaceChildren(...word.letters.map((letter) => this.#judged(letter)));
    this.#note.textContent = text === "" ? words.empty : word.unsure ? words.unsure : "";
    this.#note.hidden = this.#note.textContent === "";
    for (const button of [this.#copy, this.#reset]) button.hidden = text === "";
    const isOnPad = ({ before, after }: CutConstraint) =>
      this.#strokes.includes(before) && this.#strokes.includes(after);
    this.#reset.hidden ||= !tab.constraints.some(isOnPad);
    if (text !== "") this.#app.announce(`${words.prediction}: ${text}. ${word.unsure ? words.unsure : ""}`);
    const look = JSON.stringify([
      text,
      word.letters.map(({ key, strokes, candidates }) => [
        strokes,
        candidates.map(([, p]) => percent(p)),
        tab.chosen.has(key),
      ]),
    ]);
    if (look === this.#lastLook) return;
    this.#lastLook = look;
    const focused = this.#focused();
    this.#letters.replaceChildren(...word.letters.map((letter, i) => this.#card(word, letter, i)));
    if (focused >= 0) this.#letters.querySelectorAll<HTMLElement>("button")[focused]?.focus();
  }

  /** Returns the index of the focused button, so that new cards restore the focus. */
  #focused(): number {
    return [...this.#letters.querySelectorAll<Element>("button")].indexOf(document.activeElement!);
  }

  #chosenLetter(letter: Letter): string {
    return tab.chosen.get(letter.key) ?? letter.letter;
  }

  /** Marks a letter that the network is not sure of, unless the user chose it. */
  #judged(letter: Letter): HTMLElement {
    const isSure = letter.verdict === "letter" || tab.chosen.has(letter.key);
    return judgedLetter(this.#chosenLetter(letter), isSure ? "letter" : "unsure");
  }

  #card(word: Word, letter: Letter, i: number): HTMLElement {
    const {
      word: words,
      answer: { percent },
    } = this.#app.words;
    const image = h("canvas", { width: SIDE, height: SIDE, "aria-hidden": "true" });
    paintImage(image, letter.image);
    const name = this.#chosenLetter(letter);
    const confidence = percent(letter.candidates.find(([candidate]) => candidate === name)?.[1] ?? 0);
    const others = letter.candidates.slice(0, 4).map(([candidate, share]) => {
      const label = words.candidate(candidate, percent(share));
      const pressed = { "aria-label": label, "aria-pressed": String(candidate === name) };
      return h("button", { type: "button", ...pressed, click: () => this.#choose(letter, candidate) }, candidate);
    });
    const tools: HTMLElement[] = [];
    const next = word.letters[i + 1];
    if (letter.strokes.length > 1)
      tools.push(this.#tool(words.split, words.splitLong(name), () => this.#split(letter)));
    if (next && letter.strokes.length + next.strokes.length <= MAX_STROKES) {
      tools.push(
        this.#tool(words.merge, words.mergeLong(name, this.#chosenLetter(next)), () => this.#merge(letter, next)),
      );
    }
    return h(
      "li",
      { class: "letter", "aria-label": words.letter(i + 1, name, confidence) },
      h("div", { class: "look" }, h("span", { class: "name" }, this.#judged(letter)), image),
      h("div", { class: "others" }, ...others),
      h("div", { class: "mend" }, ...tools),
    );
  }

  #tool(name: string, label: string, click: () => void): HTMLButtonElement {
    return h("button", { type: "button", "aria-label": label, click }, name);
  }

  #choose(letter: Letter, name: string): void {
    tab.chosen.set(letter.key, name);
    this.update({ strokes: this.#strokes });
  }

  /** Splits a letter at the widest gap between its strokes. */
  #split({ strokes }: Letter): void {
    const box = (stroke: number) => this.#strokes[stroke]!.map(([x]) => x);
    const gaps = strokes.slice(1).map((after, i) => {
      const before = Math.max(...strokes.slice(0, i + 1).flatMap(box));
      return [Math.min(...strokes.slice(i + 1).flatMap(box)) - before, strokes[i]!, after] as const;
    });
    const [, before, after] = gaps.reduce((widest, gap) => (gap[0] > widest[0] ? gap : widest));
    this.#constrain([...tab.constraints, ...this.#whole(strokes), this.#at(before, after, true)]);
  }

  /** Merges two letters. */
  #merge(letter: Letter, next: Letter): void {
    this.#constrain([...tab.constraints, ...this.#whole([...letter.strokes, ...next.strokes])]);
  }

  /** Constrains strokes to one letter: cuts at its ends and none inside, so that the letters beside it stay. */
  #whole(strokes: readonly number[]): readonly CutConstraint[] {
    const { order } = this.#word!;
    const first = order.indexOf(strokes[0]!);
    const ends = [first, first + strokes.length];
    const places = Array.from({ length: strokes.length + 1 }, (_, i) => first + i).filter(
      (place) => place > 0 && place < order.length,
    );
    return places.map((place) => this.#at(order[place - 1]!, order[place]!, ends.includes(place)));
  }

  #at(before: number, after: number, cut: boolean): CutConstraint {
    return { before: this.#strokes[before]!, after: this.#strokes[after]!, cut };
  }

  #constrain(constraints: readonly CutConstraint[]): void {
    tab.constraints = constraints;
    this.update({ strokes: this.#strokes });
  }

  /** Draws a line under each letter on the pad, dashed if the cut is uncertain. */
  #mark({ letters }: Word): void {
    this.#marks.setAttribute("viewBox", `0 0 ${this.#app.pad.aspect} 1`);
    const lines = letters.map(({ left, right, bottom, certainty }) => {
      const y = Math.min(0.97, bottom + 0.05);
      return svg("line", { x1: left, x2: right, y1: y, y2: y, class: certainty < 0.8 ? "unsure" : "sure" });
    });
    this.#marks.replaceChildren(...lines);
  }

  #list(): HTMLElement {
    const { word: words } = this.#app.words;
    const typed = h("textarea", {
      id: "words",
      rows: 3,
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": words.list,
      "aria-describedby": "words-how",
    });
    const area = keepDraft(DRAFT, typed);
    const file = h("input", { type: "file", accept: "text/plain,.txt,.csv", id: "words-file", class: "unseen" });
    const readList = () => {
      this.#words = parseLexicon(area.value, this.#app.recognizer.labels);
      this.#count.textContent = this.#words.length > 0 ? words.listCount(this.#words.length) : "";
    };
    readList();
    area.addEventListener("input", () => {
      readList();
      this.update({ strokes: this.#strokes });
    });
    file.addEventListener("change", () => {
      void file.files?.[0]
        ?.slice(0, MAX_FILE)
        .text()
        .then((text) => {
          area.value = text;
          area.dispatchEvent(new Event("input"));
        });
    });
    return h(
      "details",
      area.value ? { open: true } : {},
      h("summary", {}, words.list, " ", this.#count),
      h("p", { class: "quiet", id: "words-how" }, words.listHow),
      area,
      h("p", {}, h("label", { for: "words-file", class: "button" }, words.listFile), file),
    );
  }

  /** Copies the word, or selects it if the clipboard is not allowed. */
  async #copyText(): Promise<void> {
    const { word: words } = this.#app.words;
    try {
      await navigator.clipboard.writeText(this.#text.textContent ?? "");
      this.#copy.textContent = words.copied;
      this.#app.announce(words.copied);
    } catch {
      getSelection()?.selectAllChildren(this.#text);
    }
  }
}
