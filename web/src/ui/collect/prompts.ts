// The letters that a contributor is asked for: from the server, or in random order while it does not answer.
import { LETTERS } from "../../model/letters";
import { fetchPrompts, type Prompt } from "../../server/contributions";

const BATCH = 12;

export class Prompts {
  #queue: Prompt[] = [];
  #last = "";

  /** Returns the next letter, another one than the last. */
  async next(): Promise<Prompt> {
    if (this.#queue.length === 0) this.#queue = await fetchPrompts(BATCH).catch(() => []);
    if (this.#queue.length === 0) this.#queue = shuffled();
    if (this.#queue[0]!.letter === this.#last && this.#queue.length > 1) this.#queue.push(this.#queue.shift()!);
    const prompt = this.#queue.shift()!;
    this.#last = prompt.letter;
    return prompt;
  }
}

/** Returns all letters, capital and small, in random order. */
export function shuffled(random = Math.random): Prompt[] {
  return Array.from(LETTERS + LETTERS.toLowerCase(), (letter) => ({ letter, reason: "any", place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ letter, reason }) => ({ letter, reason }));
}
