// Answers in words, for those who do not see the page.
import type { Recognition } from "./recognition";

/** How long the pad must rest before a screen reader is told, in ms. */
const REST = 700;
const EMPTY = "The pad is empty.";

/** A live region: what is written there is read aloud. */
export class Announcer {
  readonly #region: HTMLElement;
  #said = EMPTY;
  #waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(region: HTMLElement) {
    this.#region = region;
  }

  /** Says the answer once the pad rests, unless that is what was said last. */
  tell(answer: Recognition): void {
    const text = describe(answer);
    clearTimeout(this.#waiting);
    if (text !== this.#said) this.#waiting = setTimeout(() => this.#say(text), REST);
  }

  /** Says at once what went wrong. */
  warn(problem: string): void {
    clearTimeout(this.#waiting);
    this.#say(problem);
  }

  #say(text: string): void {
    this.#region.textContent = this.#said = text;
  }
}

export function percent(probability: number): string {
  if (probability > 0.995 && probability < 1) return ">99%";
  return probability < 0.005 ? "<1%" : `${Math.round(probability * 100)}%`;
}

function describe({ candidates, verdict }: Recognition): string {
  const [best, next] = candidates.map(([letter, share]) => `${letter}, ${percent(share)}`);
  if (!best) return EMPTY;
  if (verdict === "not-a-letter") return `Not a letter that I know. Most like ${best}.`;
  return `${verdict === "unsure" ? "Perhaps " : ""}${best}. Then ${next}.`;
}
