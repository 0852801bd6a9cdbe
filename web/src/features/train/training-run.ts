// The state of one training, without any text or DOM.

import type { DataClient, Source, Split } from "../../dataset/data-client";
import type { Metrics } from "../../dataset/metrics";
import { numImages } from "../../dataset/types";
import { type Progress, Training } from "../../engine/training-client";
import { LenetError } from "../../i18n/errors";
import type { Model } from "../../model/file";
import { LETTERS } from "../../model/letters";
import { type Architecture, readArchitecture } from "../../model/spec";
import { History } from "./history";
import { NETS, type NetName, RECIPES, type RecipeName } from "./networks";

/** The settings of a training. */
export interface Plan {
  readonly net: NetName;
  readonly recipe: RecipeName;
  readonly epochs: number;
  readonly seed: number;
  readonly learningRate: number;
  readonly batchSize: number;
}

/** Metrics of the trained and of the default network on the validation set. */
export interface Comparison {
  /** The weights of the trained network. */
  readonly weights: Float32Array;
  readonly own: Metrics;
  readonly other: Metrics;
}

export type Phase = "opening" | "running" | "paused" | "ended" | "failed";

/** The loss is not finite: the learning rate was too high. */
export class DivergedError extends Error {}

const WINDOW = 2000; // ms over which the speed is measured

export class TrainingRun {
  readonly plan: Plan;
  readonly architecture: Architecture;
  /** Metrics on augmented training images before each update, and on the validation set. */
  readonly training = new History();
  readonly validation = new History();
  phase: Phase = "opening";
  progress: Progress | null = null;
  split: Split | null = null;
  weights: Float32Array | null = null;
  /** Metrics of `weights` on the validation set, as soon as they are known. */
  metrics: Metrics | null = null;
  error: unknown = null;
  /** The last comparison; null if there was none. */
  comparison: Comparison | null = null;
  /** True once the trained network is stored on the device, false if it cannot be; null before. */
  stored: boolean | null = null;
  /** Called after each change. */
  changed = (): void => {};
  #pace = 1;
  #training: Training | null = null;
  #measuring = false;
  readonly #leave = new AbortController();
  readonly #client: DataClient;
  readonly #pen: number;
  readonly #times: { readonly at: number; readonly done: number }[] = [];

  /** Starts the training. `pen` is the pen width of rasterized drawings; `store` keeps the trained network. */
  constructor(plan: Plan, source: Source, client: DataClient, pen: number, store: (model: Model) => Promise<void>) {
    this.plan = plan;
    this.architecture = readArchitecture(NETS[plan.net].spec);
    this.#client = client;
    this.#pen = pen;
    void this.#run(source).then(() => this.#keep(store));
  }

  get pace(): number {
    return this.#pace;
  }

  /** Multiplies the learning rate from now on. */
  set pace(factor: number) {
    this.#pace = factor;
    if (this.#training) this.#training.pace = factor;
  }

  /** Images per second in the last seconds; 0 if unknown. */
  get speed(): number {
    const [first, last] = [this.#times[0], this.#times.at(-1)];
    if (this.phase !== "running" || !first || !last || last.at === first.at) return 0;
    return (1000 * (last.done - first.done) * this.#batchSize) / (last.at - first.at);
  }

  /** Steps per epoch. */
  get epoch(): number {
    return this.progress ? this.progress.steps / this.plan.epochs : 0;
  }

  pause(): void {
    if (this.phase !== "running") return;
    this.#training?.pause();
    this.#become("paused");
  }

  proceed(): void {
    if (this.phase !== "paused") return;
    this.#times.length = 0;
    this.#training?.proceed();
    this.#become("running");
  }

  /** One step, then a pause. */
  step(): void {
    if (this.phase !== "running" && this.phase !== "paused") return;
    this.#training?.step();
    this.#become("paused");
  }

  /** Stops the training and keeps the weights. */
  end(): void {
    this.#training?.end();
    if (!this.#training) this.#become("ended");
  }

  /** Aborts the training without further calls of `changed`. */
  close(): void {
    this.changed = () => {};
    this.#leave.abort();
  }

  /** Returns the network as it is now, with temperature and thresholds fitted on the validation set. */
  async model(): Promise<Model> {
    const { architecture, weights, split, plan, progress } = this;
    if (!weights || !split) throw new LenetError("no network is trained yet");
    const parameters = weights;
    const question = { shape: architecture, parameters, temperature: 1, dataset: split.validation };
    const [calibration, { correct, loss }] = await Promise.all([
      this.#client.request("calibrate", question),
      this.#client.request("evaluate", question),
    ]);
    const numValidation = numImages(split.validation);
    const { epochs, batchSize, learningRate, seed } = plan;
    const training = {
      name: plan.net,
      data: [split.training.name],
      attributions: split.training.attributions,
      num_train_images: numImages(split.training),
      validation_images: numValidation,
      epochs: progress ? Math.floor(progress.done / this.epoch) : 0,
      num_epochs: epochs,
      seed,
      recipe: { ...RECIPES[plan.recipe], epochs, batch_size: batchSize, learning_rate: learningRate },
      pace: this.#pace,
      metrics: { validation_loss: loss, validation_accuracy: correct / numValidation },
      made_with: "the page",
    };
    return { architecture, parameters, labels: LETTERS, pen: this.#pen, training, ...calibration };
  }

  get #batchSize(): number {
    return Math.min(this.plan.batchSize, this.split ? numImages(this.split.training) : 0);
  }

  #become(phase: Phase): void {
    this.phase = phase;
    this.changed();
  }

  async #run(source: Source): Promise<void> {
    try {
      this.split = await this.#client.request("split", source);
      if (this.phase === "ended") return;
      const { images, labels } = this.split.training;
      const { recipe, epochs, seed, learningRate, batchSize } = this.plan;
      const job = {
        shape: this.architecture,
        recipe: { ...RECIPES[recipe], learning_rate: learningRate, batch_size: batchSize },
        images,
        labels,
        epochs,
        seed,
      };
      this.#training = new Training(job, {
        onProgress: (progress) => this.#see(progress),
        onWeights: (weights) => void this.#measure(weights).catch((error: unknown) => this.#fail(error)),
        signal: this.#leave.signal,
      });
      this.pace = this.#pace;
      this.#become("running");
      const weights = await this.#training.weights;
      await this.#measure(weights, true);
      this.#become("ended");
    } catch (error) {
      this.#fail(error);
    }
  }

  async #keep(store: (model: Model) => Promise<void>): Promise<void> {
    if (this.phase !== "ended" || !this.weights) return;
    this.stored = await this.model()
      .then(store)
      .then(
        () => true,
        () => false,
      );
    this.changed();
  }

  #fail(error: unknown): void {
    this.#leave.abort();
    if (this.phase === "failed") return;
    this.error = error;
    this.#become("failed");
  }

  #see(progress: Progress): void {
    this.progress = progress;
    const { done, loss, accuracy } = progress;
    if (!Number.isFinite(loss)) {
      this.#fail(new DivergedError());
      return;
    }
    this.training.add({ step: done, loss, accuracy });
    const at = performance.now();
    this.#times.push({ at, done });
    while (this.#times.length > 2 && at - this.#times[0]!.at > WINDOW) this.#times.shift();
    this.changed();
  }

  /** Evaluates weights, one at a time: later ones are skipped, except the last and those of a pause. */
  async #measure(weights: Float32Array, last = false): Promise<void> {
    this.weights = weights;
    this.changed();
    const step = this.progress?.done ?? 0;
    if (!this.split || (this.#measuring && !last)) return;
    this.#measuring = true;
    const question = { shape: this.architecture, parameters: weights, temperature: 1, dataset: this.split.validation };
    const metrics = await this.#client.request("evaluate", question).finally(() => (this.#measuring = false));
    if (this.metrics && step < (this.validation.points.at(-1)?.step ?? 0)) return;
    this.metrics = metrics;
    this.validation.add({ step, loss: metrics.loss, accuracy: metrics.correct / metrics.count });
    this.changed();
    if (this.phase === "paused" && this.weights !== weights) await this.#measure(this.weights);
  }
}
