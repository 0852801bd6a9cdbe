// Personalizes a network and measures it: cross-validation on the user's letters, validation on font letters.
import type { DataClient } from "../dataset/data-client";
import type { LabelledDrawing } from "../dataset/readers/jsonl";
import { type Dataset, numImages, subset } from "../dataset/types";
import type { Model } from "../model/file";
import { folds } from "./fine-tune";
import { Tuner } from "./tuner";

/** Number of letters, and of correct predictions before and after. */
export interface BeforeAfter {
  readonly all: number;
  readonly before: number;
  readonly after: number;
}

export interface PersonalizeResult {
  readonly model: Model;
  /** Cross-validation on the user's letters. */
  readonly own: BeforeAfter;
  /** Validation on font letters. */
  readonly fontLetters: BeforeAfter;
}

/** Trains a personal network and measures it. `onProgress` gets a fraction, 0 to 1. Rejects with the signal's reason. */
export async function personalize(
  {
    model,
    drawings,
    pen,
  }: { readonly model: Model; readonly drawings: readonly LabelledDrawing[]; readonly pen: number },
  client: DataClient,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<PersonalizeResult> {
  const tuner = await Tuner.load(model, drawings, pen, client);
  const { own, validation } = tuner;
  const correct = async (dataset: Dataset, parameters?: Float32Array) =>
    (await tuner.measure(dataset, parameters)).correct;
  const rounds = folds(numImages(own));
  let done = 0;
  const taught = async (letters: Dataset) => {
    const learned = await tuner.train(letters, {
      signal,
      onProgress: (progress) => onProgress((done + progress.done / progress.steps) / (rounds.length + 1)),
    });
    done++;
    return learned;
  };
  let after = 0;
  for (const left of rounds) {
    const others = folds(numImages(own), 1)[0]!.filter((place) => !left.includes(place));
    after += await correct(subset(own, left), await taught(subset(own, others)));
  }
  const parameters = await taught(own);
  return {
    model: tuner.modelOf(parameters, "own letters", { own_letters: numImages(own) }),
    own: { all: numImages(own), before: await correct(own), after },
    fontLetters: {
      all: numImages(validation),
      before: await correct(validation),
      after: await correct(validation, parameters),
    },
  };
}
