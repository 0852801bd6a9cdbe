// Strokes to an answer: what Python's lenet.load().recognize does, on the same engine.
import { Core, SIDE, type Stroke } from "./core";
import { download } from "./engine";
import { readModel, type Model } from "./model";
import type { Network } from "./network";

export interface Recognition {
  /** The most probable letter, A to Z; null for a drawing without a point. */
  readonly letter: string | null;
  /** The five most probable letters, best first. */
  readonly candidates: readonly (readonly [letter: string, probability: number])[];
  /** What the network saw: 28x28 bytes, row-major, ink bright. */
  readonly image: Uint8Array | null;
  readonly verdict: "letter" | "empty";
}

export const CANDIDATES = 5;

const EMPTY: Recognition = { letter: null, candidates: [], image: null, verdict: "empty" };

export class Recognizer {
  readonly model: Model;
  readonly core: Core;
  readonly #network: Network;

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

  /** Throws CoreError for coordinates that are no numbers, or more than 100,000 points. */
  recognize(strokes: readonly Stroke[]): Recognition {
    const image = this.core.rasterise(strokes);
    if (!image) return EMPTY;
    const { temperature, labels } = this.model;
    const probabilities = this.#network.predict(image, temperature);
    const candidates = Array.from(probabilities, (p, i) => [labels.charAt(i), p] as const)
      .sort(([, p], [, q]) => q - p)
      .slice(0, CANDIDATES);
    return { letter: candidates[0]?.[0] ?? null, candidates, image, verdict: "letter" };
  }
}
