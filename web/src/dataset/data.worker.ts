// Does what data-client.ts asks for, one after another.

import type { AnsweringNetwork } from "../engine/network";
import { canShare } from "../engine/wasm";
import { messageOf } from "../i18n/errors";
import { loadCore } from "../model/load";
import type { Done, Duties, Question, Source, Task } from "./data-client";
import { LettersError } from "./errors";
import { loadGlyphs, readFiles, refuseTests } from "./load";
import { fit, score } from "./metrics";
import { lettersOf } from "./readers/jsonl";
import { trainValidationSplit } from "./split";
import type { Letters } from "./types";

const core = loadCore();
core.catch(() => undefined); // told to whom asks

/** One for each shape: the engine's memory is not given back. */
const networks = new Map<string, AnsweringNetwork>();

async function probabilities({
  shape,
  parameters,
  letters,
  temperature,
}: Question): Promise<readonly [Float32Array, number]> {
  const key = JSON.stringify(shape.layers);
  const network = networks.get(key) ?? (await core).network(shape, parameters);
  networks.set(key, network);
  network.parameters = parameters;
  return [network.predict(letters.images, temperature), network.classes];
}

async function read(source: Source, base: string): Promise<Letters> {
  if (source.kind === "glyphs") return loadGlyphs(base);
  if (source.kind === "files") return readFiles(source.files, await core, source.pen);
  return lettersOf(source.drawings, await core, source.pen, "own letters");
}

/** Where it can be, in memory that passing it on does not copy. */
function shared(letters: Letters): Letters {
  if (!canShare()) return letters;
  const images = new Uint8Array(new SharedArrayBuffer(letters.images.length));
  images.set(letters.images);
  return { ...letters, images };
}

type Does = { readonly [D in keyof Duties]: (subject: never, base: string) => Promise<ReturnType<Duties[D]>> };

const DUTIES: Does = {
  open: async (source: Source, base) => shared(await read(source, base)),
  parts: async (source: Source, base) => {
    if (source.kind === "files") refuseTests(source.files);
    const [training, held] = trainValidationSplit(await read(source, base));
    return { training: shared(training), held: shared(held) };
  },
  answer: async (question: Question) => (await probabilities(question))[0],
  measure: async (question: Question) => {
    const [answers, classes] = await probabilities(question);
    return score(answers, question.letters.labels, classes);
  },
  fit: async (question: Question) => {
    const [answers, classes] = await probabilities(question);
    return fit(answers, question.letters.labels, classes);
  },
};

addEventListener("message", ({ data: { id, duty, subject, base } }: MessageEvent<Task>) => {
  DUTIES[duty](subject as never, base).then(
    (result) => postMessage({ id, result } satisfies Done),
    (error: unknown) =>
      postMessage({ id, error: messageOf(error), letters: error instanceof LettersError } satisfies Done),
  );
});
