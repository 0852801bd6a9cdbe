// Strokes to an answer: what Python's lenet.load().recognize does, on the same engine.
import { Core, SIDE, type Stroke } from "./core";
import { download } from "./engine";
import { readModel, type Model } from "./model";
import type { AnsweringNetwork } from "./network";

export interface Recognition {
  /** The most probable letter, A to Z; null for a drawing that is empty or no letter. */
  readonly letter: string | null;
  /** The five most probable letters, best first, whatever the verdict; none if empty. */
  readonly candidates: readonly (readonly [letter: string, probability: number])[];
  /** What the network saw: 28x28 bytes, row-major, ink bright. */
  readonly image: Uint8Array | null;
  readonly verdict: Verdict;
}

/** "unsure": a letter that may well be another one. */
export type Verdict = "letter" | "unsure" | "not-a-letter" | "empty";

export const CANDIDATES = 5;

const EMPTY: Recognition = { letter: null, candidates: [], image: null, verdict: "empty" };

export class Recognizer {
  readonly model: Model;
  readonly core: Core;
  readonly #network: AnsweringNetwork;

  constructor(core: Core, model: Model) {
    const { height, width } = model.architecture;
    if (height !== SIDE || width !== SIDE) {
      throw new Error(`The model reads images of ${height}x${width}, and a drawing becomes ${SIDE}x${SIDE}.`);
    }
    this.model = model;
    this.core = core;
    this.#network = core.network(model.architecture, model.parameters);
  }

  static async load(modelUrl: string): Promise<Recognizer> {
    const [core, model] = await Promise.all([Core.load(), download(modelUrl, "model")]);
    return new Recognizer(core, readModel(model, core.inkVersion));
  }

  /** The image of a drawing and the probability of each label; null without a point. Throws as `recognize`. */
  answer(strokes: readonly Stroke[]): { readonly image: Uint8Array; readonly probabilities: Float32Array } | null {
    const image = this.core.rasterise(strokes, this.model.pen ?? undefined);
    return image && { image, probabilities: this.probabilities(image) };
  }

  /** One row of probabilities an image; `images` holds 28x28 bytes each, one after another. */
  probabilities(images: Uint8Array): Float32Array {
    return this.#network.predict(images, this.model.temperature);
  }

  /** Throws CoreError for coordinates that are no numbers, or more than 100,000 points. */
  recognize(strokes: readonly Stroke[]): Recognition {
    const answer = this.answer(strokes);
    return answer ? this.#recognition(answer.image, answer.probabilities) : EMPTY;
  }

  /** The letter of a grey picture, as `Core.rasterisePicture` takes it. */
  recognizePicture(picture: Uint8Array, height: number, width: number): Recognition {
    const image = this.core.rasterisePicture(picture, height, width);
    return image ? this.#recognition(image, this.probabilities(image)) : EMPTY;
  }

  #recognition(image: Uint8Array, probabilities: Float32Array): Recognition {
    const { labels } = this.model;
    const candidates = Array.from(probabilities, (p, i) => [labels.charAt(i), p] as const)
      .sort(([, p], [, q]) => q - p)
      .slice(0, CANDIDATES);
    const verdict = judge(probabilities, this.model);
    const letter = verdict === "not-a-letter" ? null : (candidates[0]?.[0] ?? null);
    return { letter, candidates, image, verdict };
  }
}

/** As Python's lenet.verdicts.judge. */
function judge(probabilities: Float32Array, { maxEntropy, minProbability }: Model): Verdict {
  const entropy = probabilities.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
  if (maxEntropy !== null && entropy > maxEntropy) return "not-a-letter";
  return minProbability !== null && Math.max(...probabilities) < minProbability ? "unsure" : "letter";
}
