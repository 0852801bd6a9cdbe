// The answer beside the pad, as a function of what the network said.
import type { Words } from "../languages/en";
import { CANDIDATES, type Recognition } from "../recognizer";
import { element, h } from "./dom";

interface Row {
  readonly letter: HTMLElement;
  readonly bar: HTMLElement;
  readonly share: HTMLElement;
}

export function percent(probability: number): string {
  if (probability > 0.995 && probability < 1) return ">99%";
  return probability < 0.005 ? "<1%" : `${Math.round(probability * 100)}%`;
}

export class Answer {
  readonly #letter = element("letter", HTMLElement);
  readonly #small = element("small", HTMLElement);
  readonly #status = element("status", HTMLElement);
  readonly #list = element("candidates", HTMLOListElement);
  readonly #rows = addRows(this.#list);

  show(answer: Recognition, words: Words["answer"]): void {
    const letter = answer.letter ?? "";
    document.documentElement.dataset["verdict"] = answer.verdict;
    this.#letter.textContent = letter;
    this.#small.textContent = letter.toLowerCase();
    this.#status.textContent = words.verdicts[answer.verdict];
    this.#list.ariaHidden = String(answer.verdict === "empty");
    this.#rows.forEach((row, i) => showRow(row, answer.candidates[i]));
  }

  /** In place of the answer; the drawing stays. Returns what is said. */
  fail(error: unknown): string {
    document.documentElement.dataset["verdict"] = "problem";
    this.#letter.textContent = this.#small.textContent = "";
    this.#rows.forEach((row) => showRow(row));
    return (this.#status.textContent = error instanceof Error ? error.message : String(error));
  }
}

/** An answer in words. */
export function spoken({ candidates, verdict }: Recognition, words: Words["answer"]): string {
  const [best, next = ""] = candidates.map(([letter, share]) => `${letter}, ${percent(share)}`);
  if (!best) return words.empty;
  if (verdict === "not-a-letter") return words.none(best);
  return words.then(verdict === "unsure" ? words.perhaps(best) : best, next);
}

function addRows(list: HTMLElement): readonly Row[] {
  return Array.from({ length: CANDIDATES }, () => {
    const [letter, bar, share] = [h("span", { class: "name" }), h("span", { class: "bar" }), h("span", { class: "share" })];
    list.append(h("li", { class: "candidate" }, letter, h("span", { class: "track" }, bar), share));
    return { letter, bar, share };
  });
}

function showRow(row: Row, candidate?: readonly [letter: string, probability: number]): void {
  const [letter, probability] = candidate ?? ["", 0];
  row.letter.textContent = letter;
  row.share.textContent = letter && percent(probability);
  row.bar.style.transform = `translateX(${100 * (probability - 1)}%)`;
}
