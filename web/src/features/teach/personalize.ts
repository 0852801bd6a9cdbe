// A lesson: the network learns a hand, and what that brings is measured on letters that it had not learned.
import type { Backstage, Question } from "../../dataset/data-client";
import type { Drawing } from "../../dataset/readers/jsonl";
import { count, type Letters, take } from "../../dataset/types";
import { train } from "../../engine/training-client";
import type { Model } from "../../model/file";
import { drawnBack, folds, tuningJob } from "./fine-tune";

/** How many of how many were read rightly, before and after. */
export interface Change {
  readonly all: number;
  readonly before: number;
  readonly after: number;
}

export interface Outcome {
  readonly model: Model;
  /** Each of the person's letters by a network that had learned the others. */
  readonly own: Change;
  /** Letters of fonts that neither lesson showed. */
  readonly glyphs: Change;
}

/** `pen` is how wide the drawings are drawn; `onProgress` is told a share, 0 to 1. Rejects with the signal's reason. */
export async function learn(
  { model, drawings, pen }: { readonly model: Model; readonly drawings: readonly Drawing[]; readonly pen: number },
  backstage: Backstage,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<Outcome> {
  const [own, { training: glyphs, held }] = await Promise.all([
    backstage.ask("open", { kind: "drawings", drawings, pen }),
    backstage.ask("parts", { kind: "glyphs" }),
  ]);
  const ask = (letters: Letters, parameters = model.parameters): Question => ({
    shape: model.architecture,
    parameters,
    temperature: 1,
    letters,
  });
  const right = async (letters: Letters, parameters?: Float32Array) =>
    (await backstage.ask("measure", ask(letters, parameters))).right;
  const answers = await backstage.ask("answer", ask(glyphs));
  const rounds = folds(count(own));
  let done = 0;
  const taught = async (letters: Letters) => {
    const job = tuningJob(model, letters, glyphs, answers);
    const learned = await train(job, {
      signal,
      onProgress: (progress) => onProgress((done + progress.done / progress.steps) / (rounds.length + 1)),
    });
    done++;
    return drawnBack(learned, model);
  };
  let after = 0;
  for (const left of rounds) {
    const others = folds(count(own), 1)[0]!.filter((place) => !left.includes(place));
    after += await right(take(own, left), await taught(take(own, others)));
  }
  const parameters = await taught(own);
  return {
    model: { ...model, parameters, training: account(model, count(own)) },
    own: { all: count(own), before: await right(own), after },
    glyphs: { all: count(held), before: await right(held), after: await right(held, parameters) },
  };
}

/** What a model file says of it. */
function account({ training }: Model, letters: number): Model["training"] {
  const data = Array.isArray(training["data"]) ? (training["data"] as unknown[]) : [];
  return { ...training, data: [...data, "own letters"], own_letters: letters };
}
