// Fine-tunes a network on people's drawings, and measures networks on them, in workers.
import type { DataClient } from "../dataset/data-client";
import type { Metrics } from "../dataset/metrics";
import type { LabelledDrawing } from "../dataset/readers/jsonl";
import type { Dataset } from "../dataset/types";
import { type Options, train } from "../engine/training-client";
import type { Model } from "../model/file";
import type { Json } from "../model/json";
import { fineTuneJob, pullBack } from "./fine-tune";

export class Tuner {
  /** The people's letters, one image each. */
  readonly own: Dataset;
  /** Letters of fonts that none of the trainings sees. */
  readonly validation: Dataset;
  readonly #model: Model;
  readonly #client: DataClient;
  readonly #fontLetters: Dataset;
  readonly #predictions: Float32Array;

  private constructor(
    model: Model,
    client: DataClient,
    own: Dataset,
    fonts: { readonly training: Dataset; readonly validation: Dataset },
    predictions: Float32Array,
  ) {
    [this.#model, this.#client, this.own, this.#predictions] = [model, client, own, predictions];
    [this.#fontLetters, this.validation] = [fonts.training, fonts.validation];
  }

  /** Rasterizes the drawings, and loads the font letters that are mixed in. `model` is the network to begin with. */
  static async load(
    model: Model,
    drawings: readonly LabelledDrawing[],
    pen: number,
    client: DataClient,
  ): Promise<Tuner> {
    const [own, fonts] = await Promise.all([
      client.request("load", { kind: "drawings", drawings, pen, classes: model.labels }),
      client.request("split", { kind: "font-letters" }),
    ]);
    const { architecture: shape, parameters } = model;
    const predictions = await client.request("predict", { shape, parameters, temperature: 1, dataset: fonts.training });
    return new Tuner(model, client, own, fonts, predictions);
  }

  /** Returns weights that were trained on these letters. Rejects with the signal's reason. */
  async train(letters: Dataset, options: Options): Promise<Float32Array> {
    const job = fineTuneJob(this.#model, letters, this.#fontLetters, this.#predictions);
    return pullBack(await train(job, options), this.#model);
  }

  /** Measures weights, by default those of the network to begin with. */
  measure(dataset: Dataset, parameters = this.#model.parameters): Promise<Metrics> {
    return this.#client.request("evaluate", { shape: this.#model.architecture, parameters, temperature: 1, dataset });
  }

  /** Returns the model with these weights; its training record gets the name of the added data, and `more`. */
  modelOf(parameters: Float32Array, data: string, more: Json): Model {
    const { training } = this.#model;
    const before = Array.isArray(training["data"]) ? (training["data"] as unknown[]) : [];
    return { ...this.#model, parameters, training: { ...training, data: [...before, data], ...more } };
  }
}
