// The answer beside the pad: verdict and candidates.

import type { Words } from "../i18n/en/page";
import { explain } from "../i18n/errors";
import { CANDIDATES, type Recognition } from "../model/recognizer";
import type { Verdict } from "../model/types";
import { element, h } from "./dom";

interface Row {
  readonly letter: HTMLElement;
  readonly bar: HTMLElement;
  readonly share: HTMLElement;
}

export class Answer {
  readonly #letter = element("letter", HTMLElement);
  readonly #small = element("small", HTMLElement);
  readonly #status = element("status", HTMLElement);
  readonly #list = element("candidates", HTMLOListElement);
  readonly #rows = addRows(this.#list);

  show(answer: Recognition, words: Words["answer"], labels: string): void {
    const letter = answer.letter ?? "";
    document.documentElement.dataset["verdict"] = answer.verdict;
    this.#letter.textContent = letter;
    const small = letter.toLowerCase();
    this.#small.textContent = labels.includes(small) ? "" : small; // a class of its own, or without a small form
    this.#status.textContent = words.verdicts[answer.verdict];
    this.#list.ariaHidden = String(answer.verdict === "empty");
    this.#rows.forEach((row, i) => {
      const candidate = answer.candidates[i];
      showRow(row, candidate, candidate && words.percent(candidate[1]));
    });
  }

  /** Shows that the network is loading. */
  wait(words: Words): void {
    this.#status.textContent = words.loading;
  }

  /** Shows an error in place of the answer and returns its text, in English if the texts did not load. */
  fail(error: unknown, words?: Words | null): string {
    document.documentElement.dataset["verdict"] = "problem";
    this.#letter.textContent = this.#small.textContent = "";
    this.#rows.forEach((row) => showRow(row));
    return (this.#status.textContent = explain(error, words?.errors));
  }
}

/** Returns the answer as a sentence. */
export function spoken({ candidates, verdict }: Recognition, words: Words["answer"]): string {
  const [best, next = ""] = candidates.map(([letter, share]) => `${letter}, ${words.percent(share)}`);
  if (!best) return words.empty;
  if (verdict === "not-a-letter") return words.none(best);
  return words.ranked(verdict === "unsure" ? words.perhaps(best) : best, next);
}

/** Returns a letter as the answer shows it: pale and with a question mark if the network is not sure. */
export function judgedLetter(letter: string, verdict: Verdict): HTMLElement {
  return h("span", { "data-verdict": verdict }, letter);
}

function addRows(list: HTMLElement): readonly Row[] {
  return Array.from({ length: CANDIDATES }, () => {
    const [letter, bar, share] = [
      h("span", { class: "name" }),
      h("span", { class: "bar" }),
      h("span", { class: "share" }),
    ];
    list.append(h("li", { class: "candidate" }, letter, h("span", { class: "track" }, bar), share));
    return { letter, bar, share };
  });
}

function showRow(
  row: Row,
  [letter, probability]: readonly [letter: string, probability: number] = ["", 0],
  share = "",
): void {
  row.letter.textContent = letter;
  row.share.textContent = share;
  row.bar.style.transform = `translateX(${100 * (probability - 1)}%)`;
}
