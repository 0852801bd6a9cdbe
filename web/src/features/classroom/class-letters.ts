// The letters of a class on the projector, without any text or DOM: which there are, and how a network reads them.

import type { Recognizer } from "../../model/recognizer";
import type { ClassDrawing, ClassSnapshot } from "../../server/classes";

/** A letter with the reading of the network in the figures. */
export interface ReadLetter {
  readonly drawing: ClassDrawing;
  /** The first candidate, whatever the verdict. */
  readonly predicted: string;
  readonly correct: boolean;
}

/** A cell of the confusion matrix. */
export interface ConfusionCell {
  readonly label: string;
  readonly predicted: string;
  readonly count: number;
}

export class ClassLetters {
  #letters = new Map<string, ReadLetter>();
  readonly #withdrawn = new Set<string>();
  #recognizer: Recognizer;

  constructor(recognizer: Recognizer) {
    this.#recognizer = recognizer;
  }

  /** All letters, in the order of their arrival. */
  get all(): readonly ReadLetter[] {
    return [...this.#letters.values()];
  }

  get numCorrect(): number {
    return this.all.filter(({ correct }) => correct).length;
  }

  /** Brings the letters up to a state of the class. */
  follow({ reset, newest, removed }: ClassSnapshot): void {
    if (reset) this.#letters.clear();
    for (const id of removed) {
      this.#letters.delete(id);
      this.#withdrawn.add(id);
    }
    for (const drawing of newest) this.#letters.set(drawing.id, this.#read(drawing));
  }

  /** Replaces all letters, as after a reload of the projector; a list that comes late may have withdrawn ones. */
  become(drawings: readonly ClassDrawing[]): void {
    const present = drawings.filter(({ id }) => !this.#withdrawn.has(id));
    this.#letters = new Map(present.map((drawing) => [drawing.id, this.#read(drawing)]));
  }

  /** Reads all letters again, with another network. */
  readWith(recognizer: Recognizer): void {
    this.#recognizer = recognizer;
    this.become(this.all.map(({ drawing }) => drawing));
  }

  /** Takes over the predictions of a network in training. */
  predict(predictions: ReadonlyMap<string, string>): void {
    for (const [id, { drawing }] of this.#letters) {
      const predicted = predictions.get(id);
      if (predicted !== undefined) this.#letters.set(id, readLetter(drawing, predicted));
    }
  }

  /** Returns the cells with a count: letters that were meant, and letters that the network predicts. */
  confusion(): readonly ConfusionCell[] {
    const cells = new Map<string, ConfusionCell>();
    for (const { drawing, predicted } of this.all) {
      const label = drawing.label.toUpperCase();
      const key = label + predicted;
      cells.set(key, { label, predicted, count: (cells.get(key)?.count ?? 0) + 1 });
    }
    return [...cells.values()];
  }

  #read(drawing: ClassDrawing): ReadLetter {
    const [best] = this.#recognizer.recognize(drawing.strokes).candidates;
    return readLetter(drawing, best?.[0] ?? "");
  }
}

function readLetter(drawing: ClassDrawing, letter: string): ReadLetter {
  const predicted = letter.toUpperCase();
  return { drawing, predicted, correct: predicted === drawing.label.toUpperCase() };
}
