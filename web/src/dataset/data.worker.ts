// Worker behind data-client.ts: runs one operation after another.

import type { AnsweringNetwork } from "../engine/network";
import { canShare } from "../engine/wasm";
import { messageOf } from "../i18n/errors";
import { loadCore } from "../model/load";
import type { EvaluationRequest, Operations, Reply, Request, Source } from "./data-client";
import { DataError } from "./errors";
import { loadFontLetters, readFiles, refuseTestParts } from "./load";
import { calibrate, classificationMetrics } from "./metrics";
import { rasterizeDrawings } from "./readers/jsonl";
import { trainValidationSplit, withoutTest } from "./split";
import { type Dataset, numImages } from "./types";

const core = loadCore();
core.catch(() => undefined); // each operation reports it

/** One network for each shape: the engine does not free memory. */
const networks = new Map<string, AnsweringNetwork>();

async function probabilities({
  shape,
  parameters,
  dataset,
  temperature,
}: EvaluationRequest): Promise<readonly [Float32Array, number]> {
  const key = JSON.stringify(shape.layers);
  const network = networks.get(key) ?? (await core).network(shape, parameters);
  networks.set(key, network);
  network.parameters = parameters;
  return [network.predict(dataset.images, temperature), network.classes];
}

async function read(source: Source, base: string): Promise<Dataset> {
  if (source.kind === "font-letters") return loadFontLetters(base);
  if (source.kind === "files") return readFiles(source.files, await core, source.pen, source.classes);
  return rasterizeDrawings(source.drawings, await core, source.pen, "own letters", source.classes);
}

/** Moves the images to shared memory, if the browser allows it, so that messages do not copy them. */
function shared(letters: Dataset): Dataset {
  if (!canShare()) return letters;
  const images = new Uint8Array(new SharedArrayBuffer(letters.images.length));
  images.set(letters.images);
  return { ...letters, images };
}

type Implementations = {
  readonly [D in keyof Operations]: (subject: never, base: string) => Promise<ReturnType<Operations[D]>>;
};

const OPERATIONS: Implementations = {
  load: async (source: Source, base) => shared(await read(source, base)),
  split: async (source: Source, base) => {
    if (source.kind === "files") refuseTestParts(source.files);
    const all = await read(source, base);
    const usable = withoutTest(all);
    const [training, held] = trainValidationSplit(usable);
    return { training: shared(training), validation: shared(held), leftOut: numImages(all) - numImages(usable) };
  },
  predict: async (question: EvaluationRequest) => (await probabilities(question))[0],
  evaluate: async (question: EvaluationRequest) => {
    const [answers, classes] = await probabilities(question);
    return classificationMetrics(answers, question.dataset.labels, classes);
  },
  calibrate: async (question: EvaluationRequest) => {
    const [answers, classes] = await probabilities(question);
    return calibrate(answers, question.dataset.labels, classes);
  },
};

addEventListener("message", ({ data: { id, operation, argument, base } }: MessageEvent<Request>) => {
  OPERATIONS[operation](argument as never, base).then(
    (result) => postMessage({ id, result } satisfies Reply),
    (error: unknown) =>
      postMessage({ id, error: messageOf(error), letters: error instanceof DataError } satisfies Reply),
  );
});
