// Strokes to an answer: what Python's lenet.load().recognize does, on the same engine.
import { SIDE, type Core } from "./core";
import { LenetError } from "./errors";
import type { Model } from "./model";
import type { AnsweringNetwork } from "./network";
import type { Drawing, LetterRecognizer, Reading, Recognition, Verdict } from "./recognition";

export const CANDIDATES = 5;

export class Recognizer implements LetterRecognizer {
  readonly model: Model;
  readonly core: Core;
  readonly #network: AnsweringNetwork;

  constructor(core: Core, model: Model) {
    const { height, width } = model.architecture;
    if (height !== SIDE || width !== SIDE) {
      throw new LenetError(`The model reads images of ${height}x${width}, and a drawing becomes ${SIDE}x${SIDE}.`);
    }
    this.model = model;
    this.core = core;
    this.#network = core.network(model.architecture, model.parameters);
  }

  get labels(): string {
    return this.model.labels;
  }

  recognize(drawing: Drawing, { pen = this.model.pen ?? undefined }: Reading = {}): Recognition {
    return this.#read(this.core.rasterise(drawing, pen));
  }

  recognizePicture(tones: Uint8Array | Uint8ClampedArray, height: number, width: number): Recognition {
    return this.#read(this.core.rasterisePicture(tones, height, width));
  }

  #read(image: Uint8Array | null): Recognition {
    if (!image) return { letter: null, confidence: 0, candidates: [], verdict: "empty", image };
    const { temperature, labels } = this.model;
    const probabilities = this.#network.predict(image, temperature);
    const candidates = Array.from(probabilities, (p, i) => [labels.charAt(i), p] as const)
      .sort(([, p], [, q]) => q - p)
      .slice(0, CANDIDATES);
    const verdict = judge(probabilities, this.model);
    const [best, confidence] = candidates[0]!;
    return { letter: verdict === "not-a-letter" ? null : best, confidence, candidates, verdict, image };
  }
}

/** As Python's lenet.verdicts.judge. */
function judge(probabilities: Float32Array, { maxEntropy, minProbability }: Model): Verdict {
  const entropy = probabilities.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
  if (maxEntropy !== null && entropy > maxEntropy) return "not-a-letter";
  return minProbability !== null && Math.max(...probabilities) < minProbability ? "unsure" : "letter";
}
