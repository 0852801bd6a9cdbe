// Recognizes strokes and pictures, as Python's Recognizer does, with the same engine.

import type { AnsweringNetwork } from "../engine/network";
import { type Core, SIDE } from "../engine/rasterizer";
import type { Strokes } from "../engine/types";
import { LenetError } from "../i18n/errors";
import type { Model } from "./file";
import type { LetterRecognizer, Recognition, RecognizeOptions, Verdict } from "./types";

export type { Recognition, Verdict } from "./types";

export const CANDIDATES = 5;

interface Answer {
  readonly image: Uint8Array;
  readonly probabilities: Float32Array;
}

export class Recognizer implements LetterRecognizer {
  readonly model: Model;
  readonly core: Core;
  readonly #network: AnsweringNetwork;

  constructor(core: Core, model: Model) {
    const { height, width } = model.architecture;
    if (height !== SIDE || width !== SIDE) {
      throw new LenetError(
        "The model needs images of {}x{} pixels, but drawings are rasterized to {}x{}.",
        height,
        width,
        SIDE,
        SIDE,
      );
    }
    this.model = model;
    this.core = core;
    this.#network = core.network(model.architecture, model.parameters);
  }

  get labels(): string {
    return this.model.labels;
  }

  /** Returns the image of a drawing and the probability of each label; null without a point. Throws as `recognize`. */
  answer(strokes: Strokes, { pen = this.model.pen ?? undefined }: RecognizeOptions = {}): Answer | null {
    return this.#answer(this.core.rasterize(strokes, pen));
  }

  /** One row of probabilities an image; `images` holds 28x28 bytes each, one after another. */
  probabilities(images: Uint8Array): Float32Array {
    return this.#network.predict(images, this.model.temperature);
  }

  recognize(strokes: Strokes, options?: RecognizeOptions): Recognition {
    return this.#recognition(this.answer(strokes, options));
  }

  recognizePicture(tones: Uint8Array | Uint8ClampedArray, height: number, width: number): Recognition {
    return this.#recognition(this.#answer(this.core.rasterizePicture(tones, height, width)));
  }

  #answer(image: Uint8Array | null): Answer | null {
    return image && { image, probabilities: this.probabilities(image) };
  }

  #recognition(answer: Answer | null): Recognition {
    if (!answer) return { letter: null, confidence: 0, candidates: [], verdict: "empty", image: null };
    const { image, probabilities } = answer;
    const { labels } = this.model;
    const candidates = Array.from(probabilities, (p, i) => [labels.charAt(i), p] as const)
      .sort(([, p], [, q]) => q - p)
      .slice(0, CANDIDATES);
    const verdict = judge(probabilities, this.model);
    const [best, confidence] = candidates[0]!;
    return { letter: verdict === "not-a-letter" ? null : best, confidence, candidates, verdict, image };
  }
}

/** Entropy in nats. */
export function entropyOf(probabilities: Iterable<number>): number {
  let entropy = 0;
  for (const p of probabilities) entropy -= p * Math.log(p || 1);
  return entropy;
}

/** As lenet_judge of core/lenet.h: probabilities are compared as float32. */
export function judge(
  probabilities: Float32Array,
  { maxEntropy, minProbability }: Pick<Model, "maxEntropy" | "minProbability">,
): Verdict {
  if (entropyOf(probabilities) > (maxEntropy ?? Infinity)) return "not-a-letter";
  return Math.max(...probabilities) < Math.fround(minProbability ?? 0) ? "unsure" : "letter";
}
