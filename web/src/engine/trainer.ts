// Training steps in a worker, as src/lenet/training.py takes them: same seed and data, same weights.

import { LenetError } from "../i18n/errors";
import { DATASET_BYTES, OPTIMIZER, RECIPE_BYTES, SCHEDULE, writeDataset, writeRecipe } from "./abi.gen";
import { Network, type Shape } from "./network";
import { type Code, checked, type TrainingEngine } from "./wasm";

const OPTIMIZERS = { sgd: OPTIMIZER.SGD, adamw: OPTIMIZER.ADAMW } as const;
const SCHEDULES = { constant: SCHEDULE.CONSTANT, "one-cycle": SCHEDULE.ONE_CYCLE } as const;

/** How strongly each image is changed: `Augmentation` of training.py, rotation in degrees. */
export interface Augmentation {
  readonly rotation: number;
  readonly scale: number;
  readonly shear: number;
  readonly shift: number;
  readonly elastic: number;
  readonly thicken: number;
  readonly thin: number;
}

/** `Recipe` of lenet/training/recipes.py, key for key, as a model file's `recipe` has it. */
export interface Recipe {
  readonly optimizer: keyof typeof OPTIMIZERS;
  readonly schedule: keyof typeof SCHEDULES;
  readonly batch_size: number;
  readonly learning_rate: number;
  /** Before each epoch the current rate is divided by 1 + epoch_lr_decay * epoch, counted from 0. */
  readonly epoch_lr_decay: number;
  readonly warmup: number;
  readonly momentum: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weight_decay: number;
  readonly label_smoothing: number;
  readonly class_balance: number;
  readonly augmentation: Augmentation;
}

/** A training: network, recipe and data. */
export interface Job {
  readonly shape: Shape;
  readonly recipe: Recipe;
  /** uint8 images of the network's input size one after another, ink bright. */
  readonly images: Uint8Array;
  /** For each image its class, 0 to `classes - 1`. */
  readonly labels: Uint8Array;
  readonly epochs: number;
  readonly seed: number;
  /** For each image a row of what it should be answered with, 0 to 1 each, instead of its label and the smoothing. */
  readonly targets?: Float32Array;
  /** Weights to begin with instead of new ones, and how many of the first of them stay as they are. */
  readonly start?: { readonly parameters: Float32Array; readonly frozen: number };
}

export interface Progress {
  /** Steps taken, of `steps` in the whole training. */
  readonly done: number;
  readonly steps: number;
  /** Mean loss in nats and share right since the last report, on augmented images before each update. */
  readonly loss: number;
  readonly accuracy: number;
}

/** Start values of a helper thread: code and memory, a stack, and the address of the trainer. */
export interface Share {
  readonly code: Code;
  readonly stack: number;
  readonly trainer: number;
  readonly turn: number;
  readonly thread: number;
}

const NONE = 0; // the address that stands for no array
const STACK = 2 ** 20; // bytes of a thread's stack, as many as the linker gives the first

/** How often each image is drawn, relative to the others: classes of n images with n^-balance. */
function drawing(labels: Uint8Array, classes: number, balance: number): Float64Array {
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label]!++;
  const share = counts.map((n) => Math.max(n, 1) ** -balance);
  return Float64Array.from(labels, (label) => share[label]!);
}

// Where the threads meet between two runs: two counters in the shared memory.
const BEGUN = 0; // runs announced
const ENDED = 1; // of all helpers together, runs done
const TURN = 2;

function wait(turn: Int32Array, counter: number, goal: number): void {
  for (let now: number; (now = Atomics.load(turn, counter)) < goal; ) Atomics.wait(turn, counter, now);
}

function count(turn: Int32Array, counter: number): void {
  Atomics.add(turn, counter, 1);
  Atomics.notify(turn, counter);
}

/** Takes part in every run of a trainer, until the worker is terminated. */
export function help({ call, heap }: TrainingEngine, { stack, trainer, turn: at, thread }: Share): never {
  call.__stack_pointer.value = stack;
  const turn = heap.integers(at, TURN);
  for (let run = 1; ; run++) {
    wait(turn, BEGUN, run);
    call.lenet_trainer_work(trainer, thread);
    count(turn, ENDED);
  }
}

/** A training within an engine of its own. Every thread beyond the first must `help`. */
export class Trainer {
  readonly network: Network;
  /** Of the whole training. */
  readonly steps: number;
  readonly #engine: TrainingEngine;
  readonly #job: Job;
  readonly #threads: number;
  readonly #batch: number;
  readonly #count: number;
  // Addresses in the engine's memory.
  readonly #trainer: number;
  readonly #turn: number;
  readonly #moments: number;
  readonly #dataset: number;
  readonly #order: number;
  readonly #result: number;
  readonly #recipe: number;
  #runs = 0;
  #done = 0;
  #rate: number;
  #pace = 1;

  /** Throws LenetError for data that do not fit the network and numbers out of their range. */
  constructor(engine: TrainingEngine, job: Job, threads: number) {
    const { call, heap } = engine;
    const { recipe, images, labels, targets, seed, start } = job;
    this.#engine = engine;
    this.#job = job;
    this.#threads = threads;
    this.#rate = recipe.learning_rate;
    this.network = new Network(engine, job.shape);
    const { plan, weights, pixels, size, classes } = this.network;
    this.#count = labels.length;
    if (labels.some((label) => label >= classes)) throw new LenetError("labels must be within 0 to {}", classes - 1);
    if (images.length !== this.#count * pixels)
      throw new LenetError("the images do not have the network's input size, or do not match the labels in number");
    if (targets && targets.length !== this.#count * classes)
      throw new LenetError("each image needs a target for each class");
    this.#batch = Math.min(recipe.batch_size, this.#count);
    this.steps = job.epochs * this.#epoch;
    const place = (bytes: Uint8Array) => {
      const at = heap.allocate(bytes.length);
      heap.bytes(at, bytes.length).set(bytes);
      return at;
    };
    const fields = {
      images: place(images),
      labels: place(labels),
      targets: targets ? place(new Uint8Array(targets.buffer, targets.byteOffset, targets.byteLength)) : NONE,
      count: this.#count,
    };
    this.#dataset = heap.allocate(DATASET_BYTES);
    writeDataset(heap.view(), this.#dataset, fields);
    this.#order = heap.allocate(this.#epoch * this.#batch * 4);
    this.#result = heap.allocate(2 * 8);
    this.#moments = place(new Uint8Array(2 * size * 4));
    this.#turn = place(new Uint8Array(TURN * 4));
    this.#recipe = heap.allocate(RECIPE_BYTES);
    this.#writeRecipe();
    this.#trainer = heap.allocate(checked(call.lenet_trainer_bytes(plan, this.#recipe, threads)));
    checked(call.lenet_trainer_init(this.#trainer, plan, this.#recipe, threads));
    if (start) this.network.parameters = start.parameters;
    else checked(call.lenet_initialise(plan, seed, weights));
  }

  get ended(): boolean {
    return this.#done === this.steps;
  }

  /** Multiplies the learning rate of all steps to come; 1 is the recipe's. */
  set pace(factor: number) {
    this.#pace = factor;
    this.#prepare();
  }

  /** Steps of an epoch; the images that are left over wait for another one. */
  get #epoch(): number {
    return Math.floor(this.#count / this.#batch);
  }

  /** For each thread beyond the first, what it needs. */
  shares(code: Code): Share[] {
    const { heap } = this.#engine;
    return Array.from({ length: this.#threads - 1 }, (_, i) => ({
      code,
      stack: heap.allocate(STACK) + STACK,
      trainer: this.#trainer,
      turn: this.#turn,
      thread: i + 1,
    }));
  }

  /** Takes at most `limit` steps within the epoch; the weights are the network's. */
  advance(limit: number): Progress {
    const begin = this.#done % this.#epoch;
    if (begin === 0) this.#begin(this.#done / this.#epoch);
    const steps = Math.min(limit, this.#epoch - begin);
    const [loss, accuracy] = this.#take(this.#order + begin * this.#batch * 4, this.#done, steps);
    this.#done += steps;
    return { done: this.#done, steps: this.steps, loss, accuracy };
  }

  /** An epoch, counted from 0: its rate, which images it sees, and when. */
  #begin(epoch: number): void {
    const { call, heap } = this.#engine;
    const { labels, recipe, seed } = this.#job;
    const weights = drawing(labels, this.network.classes, recipe.class_balance);
    heap.scope(() => {
      const at = heap.allocate(weights.byteLength);
      heap.doubles(at, weights.length).set(weights);
      const draws = this.#epoch * this.#batch;
      checked(call.lenet_sample_order(at, this.#count, seed, epoch + 1, this.#order, draws));
    });
    if (recipe.epoch_lr_decay === 0) return;
    const slower = Array.from({ length: epoch + 1 }, (_, past) => 1 + recipe.epoch_lr_decay * past);
    this.#rate = recipe.learning_rate / slower.reduce((product, factor) => product * factor);
    this.#prepare();
  }

  #writeRecipe(): void {
    const { recipe, seed, start } = this.#job;
    writeRecipe(this.#engine.heap.view(), this.#recipe, {
      ...recipe,
      optimizer: OPTIMIZERS[recipe.optimizer],
      schedule: SCHEDULES[recipe.schedule],
      batch_size: this.#batch,
      steps: this.steps,
      learning_rate: this.#rate * this.#pace,
      seed,
      frozen: start?.frozen ?? 0,
      augmentation: { ...recipe.augmentation, rotation: (recipe.augmentation.rotation * Math.PI) / 180 },
    });
  }

  /** Has the engine go on with the rate as it is now; what was learned stays. */
  #prepare(): void {
    const { call } = this.#engine;
    this.#writeRecipe();
    checked(call.lenet_trainer_init(this.#trainer, this.network.plan, this.#recipe, this.#threads));
  }

  #take(order: number, first: number, steps: number): [loss: number, accuracy: number] {
    const { call, heap } = this.#engine;
    const { weights } = this.network;
    checked(call.lenet_trainer_begin(this.#trainer, weights, this.#moments, this.#dataset, order, first, steps));
    const turn = heap.integers(this.#turn, TURN);
    count(turn, BEGUN);
    checked(call.lenet_trainer_work(this.#trainer, 0));
    wait(turn, ENDED, ++this.#runs * (this.#threads - 1));
    checked(call.lenet_trainer_result(this.#trainer, this.#result));
    const [loss, accuracy] = heap.doubles(this.#result, 2);
    return [loss!, accuracy!];
  }
}
