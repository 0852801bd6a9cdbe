// Personalizes a network and measures it: cross-validation on the user's letters, validation on font letters.
import type { DataClient, EvaluationRequest } from "../../dataset/data-client";
import type { LabelledDrawing } from "../../dataset/readers/jsonl";
import { type Dataset, numImages, subset } from "../../dataset/types";
import { train } from "../../engine/training-client";
import type { Model } from "../../model/file";
import { fineTuneJob, folds, pullBack } from "./fine-tune";

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
  const [own, { training: fontLetters, validation }] = await Promise.all([
    client.request("load", { kind: "drawings", drawings, pen, classes: model.labels }),
    client.request("split", { kind: "font-letters" }),
  ]);
  const ask = (dataset: Dataset, parameters = model.parameters): EvaluationRequest => ({
    shape: model.architecture,
    parameters,
    temperature: 1,
    dataset,
  });
  const correct = async (dataset: Dataset, parameters?: Float32Array) =>
    (await client.request("evaluate", ask(dataset, parameters))).correct;
  const predictions = await client.request("predict", ask(fontLetters));
  const rounds = folds(numImages(own));
  let done = 0;
  const taught = async (letters: Dataset) => {
    const job = fineTuneJob(model, letters, fontLetters, predictions);
    const learned = await train(job, {
      signal,
      onProgress: (progress) => onProgress((done + progress.done / progress.steps) / (rounds.length + 1)),
    });
    done++;
    return pullBack(learned, model);
  };
  let after = 0;
  for (const left of rounds) {
    const others = folds(numImages(own), 1)[0]!.filter((place) => !left.includes(place));
    after += await correct(subset(own, left), await taught(subset(own, others)));
  }
  const parameters = await taught(own);
  return {
    model: { ...model, parameters, training: trainingRecord(model, numImages(own)) },
    own: { all: numImages(own), before: await correct(own), after },
    fontLetters: {
      all: numImages(validation),
      before: await correct(validation),
      after: await correct(validation, parameters),
    },
  };
}

/** Returns the training record of the model file. */
function trainingRecord({ training }: Model, letters: number): Model["training"] {
  const data = Array.isArray(training["data"]) ? (training["data"] as unknown[]) : [];
  return { ...training, data: [...data, "own letters"], own_letters: letters };
}
