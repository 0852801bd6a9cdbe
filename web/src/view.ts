// What the page shows, as a function of the answer.
import { Announcer, percent } from "./announcer";
import { SIDE } from "./core";
import type { Model } from "./model";
import type { Recognition, Verdict } from "./recognition";
import { CANDIDATES } from "./recognizer";

/** The element of that id; the page and this file must agree. */
export function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`The page lacks #${id}.`);
  return found;
}

interface Row {
  readonly item: HTMLElement;
  readonly letter: HTMLElement;
  readonly bar: HTMLElement;
  readonly share: HTMLElement;
}

/** What stands in place of a letter. */
const STATUS: Readonly<Record<Verdict, string>> = {
  letter: "",
  unsure: "",
  "not-a-letter": "Not a letter that I know",
  empty: "Draw a letter",
};

export class View {
  readonly #letter = element("letter", HTMLElement);
  readonly #small = element("small", HTMLElement);
  readonly #status = element("status", HTMLElement);
  readonly #time = element("time", HTMLElement);
  readonly #announcer = new Announcer(element("announcement", HTMLElement));
  readonly #image = element("image", HTMLCanvasElement);
  readonly #list = element("candidates", HTMLOListElement);
  readonly #rows = addRows(this.#list);

  /** The answer, and how long it took in ms. */
  show(answer: Recognition, took: number): void {
    const letter = answer.letter ?? "";
    document.documentElement.dataset["verdict"] = answer.verdict;
    this.#letter.textContent = letter;
    this.#small.textContent = letter.toLowerCase();
    this.#status.textContent = STATUS[answer.verdict];
    this.#list.ariaHidden = String(answer.verdict === "empty");
    this.#rows.forEach((row, i) => showRow(row, answer.candidates[i]));
    this.#time.textContent = answer.image ? `Read in ${took < 0.1 ? "under 0.1" : took.toFixed(1)} ms.` : "";
    this.#paint(answer.image);
    this.#announcer.tell(answer);
  }

  /** In place of the answer; the drawing stays. */
  fail(error: unknown): void {
    document.documentElement.dataset["verdict"] = "problem";
    this.#letter.textContent = this.#small.textContent = this.#time.textContent = "";
    this.#status.textContent = error instanceof Error ? error.message : String(error);
    this.#announcer.warn(this.#status.textContent);
    this.#rows.forEach((row) => showRow(row));
    this.#paint(null);
  }

  /** What the network is, in a sentence, from the model file. */
  describe({ parameters, training }: Model): void {
    const count = parameters.length.toLocaleString("en");
    const { images, data } = training;
    const names = Array.isArray(data) ? ` (${data.join(", ")})` : "";
    const learned = typeof images === "number" ? `, trained on ${images.toLocaleString("en")} letters${names}` : "";
    element("about", HTMLElement).prepend(`A convolutional network of ${count} weights${learned}. `);
  }

  /** The bytes as they are: the lighter, the more ink. */
  #paint(image: Uint8Array | null): void {
    const context = this.#image.getContext("2d");
    if (!context) return;
    const pixels = context.createImageData(SIDE, SIDE);
    image?.forEach((ink, i) => pixels.data.set([255, 255, 255, ink], 4 * i));
    context.putImageData(pixels, 0, 0);
  }
}

function addRows(list: HTMLElement): readonly Row[] {
  const add = (parent: HTMLElement, name: string, tag = "span") => {
    const child = parent.appendChild(document.createElement(tag));
    child.className = name;
    return child;
  };
  return Array.from({ length: CANDIDATES }, () => {
    const item = add(list, "candidate", "li");
    return { item, letter: add(item, "name"), bar: add(add(item, "track"), "bar"), share: add(item, "share") };
  });
}

function showRow(row: Row, candidate?: readonly [letter: string, probability: number]): void {
  const [letter, probability] = candidate ?? ["", 0];
  row.letter.textContent = letter;
  row.share.textContent = letter && percent(probability);
  row.bar.style.transform = `translateX(${100 * (probability - 1)}%)`;
}
