// Translates layers of TensorFlow.js into a specification and weights: channels last -> channels first, linear layers folded.

import { MAX_CHANNELS, MAX_KERNEL, MAX_SIDE, MAX_TABLE } from "../../engine/abi.gen";
import type { Message, Part } from "../../i18n/message";
import { isWhole, type Json } from "../../model/json";
import { type Architecture, need, readArchitecture } from "../../model/spec";
import { channelsFirst, share, square, tabled } from "./kernels";
import { sizeOf, TANH_HEIGHT, TANH_SLOPE } from "./steps";
import type { Tensor, Weight } from "./weights";

type Pair = readonly [weight: Tensor, bias: Tensor];

type MapShape = readonly [rows: number, columns: number, channels: number];

/** Their values are `scale` times ours plus `shift`. */
interface Waiting {
  readonly scale: number;
  readonly shift: number;
}

export interface Translated {
  readonly architecture: Architecture;
  readonly parameters: Float32Array;
  readonly temperature: number;
}

const NOTHING: Waiting = { scale: 1, shift: 0 };
const UPRIGHT = "0,1,2"; // rows, columns, channels
const CLOSE = 1e-3; // what 16 bits may change of a share

/** Takes layer by layer. ModelError names the one that a network here cannot say. */
export class Translation {
  readonly #weights: Map<string, Weight>;
  readonly #layers: Json[] = [];
  readonly #tensors: (Pair | null)[] = []; // of each layer; in weights the outputs come last
  #waiting = NOTHING; // for the layer to come, or for the one before
  #input: readonly number[] | null = null;
  #shape: readonly number[] = []; // rows, columns, channels; or units
  #axes: readonly number[] = [0, 1, 2]; // which of these comes first, second, last
  #upright: readonly number[] = []; // the shape before axes were exchanged
  #flat = false;
  #padding = 0; // zeros put around the maps, for the convolution to come
  #marks = MAX_TABLE; // that tables may still have
  #ended = false; // by a softmax

  constructor(weights: ReadonlyMap<string, Weight>) {
    this.#weights = new Map(weights);
  }

  /** Checks that a layer of this kind may follow. Returns false for layers that do nothing at inference. */
  accept(kind: string, config: Json, place: Message): boolean {
    if (!this.#input) this.#begin(config, place);
    if (kind === "InputLayer" || kind === "Dropout" || kind === "SpatialDropout2D") return false;
    need(!this.#ended, "{} must not follow the softmax", place);
    need(
      (config["data_format"] ?? "channels_last") === "channels_last",
      '{} has the data_format "channels_first"; only "channels_last" is supported',
      place,
    );
    need(this.#padding === 0 || kind === "Conv2D", "{} follows ZeroPadding2D, which only Conv2D may follow", place);
    need(this.#isUpright || kind === "Permute" || kind === "Dense", "{} has an input with permuted axes", place);
    return true;
  }

  finish(): Translated {
    need(
      this.#weights.size === 0,
      "it has weights that belong to no layer: {}",
      [...this.#weights.keys()].join(", ").slice(0, 60),
    );
    const parts = this.#tensors.flatMap((pair, i) => (pair ? this.#connected(i, pair) : []));
    const architecture = readArchitecture({ input: (this.#input ?? []).slice(0, 2), layers: this.#layers });
    const { scale } = this.#waiting; // a summand of all outputs changes no answer
    need(scale >= 0.01 && scale <= 100, "its logits are scaled by a factor outside 0.01 to 100");
    const parameters = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      parameters.set(part, at);
      at += part.length;
    }
    const expected = architecture.tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    need(parameters.length === expected && parameters.every(Number.isFinite), "its weights do not fit its layers");
    return { architecture, parameters, temperature: 1 / scale };
  }

  // ---- Layers ------------------------------------------------------------------------------------

  rescale(config: Json, place: Part): void {
    const { scale, offset = 0 } = config;
    need(typeof scale === "number" && typeof offset === "number", "{} has no scale", place);
    if (this.#layers.length === 0) this.#push({ scale: [offset, 255 * scale + offset] });
    else this.#wait(scale, offset);
  }

  pad(config: Json, place: Part): void {
    const sides = new Set([config["padding"]].flat(2));
    const [side] = sides;
    need(sides.size === 1 && isWhole(side, 1, (MAX_KERNEL - 1) / 2), "{} must pad all sides equally", place);
    this.#padding = side;
  }

  convolve(config: Json, place: Part): void {
    const [rows, columns, channels] = this.#maps(place);
    const kernel = square(config["kernel_size"], ["the kernel of {}", place]);
    const stride = square(config["strides"] ?? 1, ["the strides of {}", place]);
    need(
      square(config["dilation_rate"] ?? 1, ["the dilation of {}", place]) === 1 && (config["groups"] ?? 1) === 1,
      "{} has a dilation or groups, which are not supported",
      place,
    );
    const same = config["padding"] === "same";
    need(!same || stride === 1, '{} has strides with padding "same", which pads the sides unequally', place);
    need(
      this.#padding === 0 || (!same && kernel === 2 * this.#padding + 1),
      "{} has a kernel that does not match the padding before it",
      place,
    );
    const outputs = config["filters"];
    need(isWhole(outputs, 1, MAX_CHANNELS), "{} has no valid number of filters", place);
    const weight = this.#find(config, place, "kernel", [kernel, kernel, channels, outputs]);
    const padding = same || this.#padding ? (kernel - 1) / 2 : 0;
    const { scale, shift } = this.#waiting;
    const value = padding > 0 && shift !== 0 ? { pad_value: -shift / scale } : {}; // their 0
    const entry = { conv: outputs, kernel, stride, padding: padding > 0 || same ? "same" : "valid", ...value };
    this.#pushWeights(entry, channelsFirst(weight, channels, outputs), this.#bias(config, place, outputs));
    const after = (side: number) => Math.floor((side + 2 * padding - kernel) / stride) + 1;
    this.#shape = [after(rows), after(columns), outputs];
    this.#padding = 0;
  }

  /** A convolution of each channel with itself that weighs all places of a window alike. */
  sumUp(config: Json, place: Part): void {
    const maps = this.#maps(place);
    const [, , channels] = maps;
    const window = square(config["kernel_size"], ["the kernel of {}", place]);
    const apart =
      square(config["strides"] ?? 1, ["the strides of {}", place]) === window && config["padding"] !== "same";
    need(
      apart && (config["depth_multiplier"] ?? 1) === 1,
      "{} has windows that overlap or leave gaps, or several filters for a channel",
      place,
    );
    const weight = this.#find(config, place, "depthwise_kernel", [window, window, channels, 1]);
    need(
      weight.every((value, i) => value === weight[i % channels]),
      "{} has different weights within a window",
      place,
    );
    this.#subsample(maps, window, weight.slice(0, channels), this.#bias(config, place, channels));
  }

  pool(config: Json, place: Part, isMax: boolean): void {
    const maps = this.#maps(place);
    const [rows, columns, channels] = maps;
    const window = square(config["pool_size"] ?? 2, ["the window of {}", place]);
    need(
      square(config["strides"] ?? window, ["the strides of {}", place]) === window,
      "{} has windows that overlap or leave gaps",
      place,
    );
    const even = rows % window === 0 && columns % window === 0;
    need(
      config["padding"] !== "same" || even,
      '{} has padding "same", but its window does not divide the size of its input',
      place,
    );
    if (!isMax) {
      this.#subsample(maps, window, new Float32Array(channels).fill(1 / (window * window)), new Float32Array(channels));
      return;
    }
    this.#settle();
    need(this.#waiting.scale > 0, "{} follows a scaling with a negative factor", place);
    this.#push({ maxpool: window });
    this.#shape = [Math.floor(rows / window), Math.floor(columns / window), channels];
  }

  /** The sum of each window times a factor plus a bias. */
  #subsample([rows, columns, channels]: MapShape, window: number, factors: Tensor, bias: Tensor): void {
    this.#pushWeights({ subsample: window }, factors, bias, window * window);
    this.#shape = [Math.floor(rows / window), Math.floor(columns / window), channels];
  }

  weigh(config: Json, place: Part): void {
    const outputs = config["units"];
    need(isWhole(outputs, 1, MAX_CHANNELS), "{} has no valid number of units", place);
    if (!this.#isUpright) {
      this.#average(config, place, outputs);
      return;
    }
    need(this.#flat || this.#shape.length === 1, "{} needs a Flatten before it", place);
    const inputs = sizeOf(this.#shape);
    const weight = this.#find(config, place, "kernel", [inputs, outputs]);
    const ordered = this.#shape.length === 3 ? channelsFirst(weight, this.#shape[2]!, outputs) : weight;
    this.#pushWeights({ dense: outputs }, ordered, this.#bias(config, place, outputs));
    this.#shape = [outputs];
  }

  flatten(): void {
    this.#flat = true;
  }

  reshape({ target_shape: target }: Json, place: Part): void {
    const whole =
      Array.isArray(target) && target.length === 1 && [-1, sizeOf(this.#shape)].includes(target[0] as number);
    const back = Array.isArray(target) && target.join() === this.#shape.join();
    need(whole || back, "{} must flatten its input or keep its shape", place);
    this.#flat = !back;
  }

  /** Exchanges axes, so that a dense layer takes means along each: how this project's exports make an image smaller. */
  permute({ dims }: Json, place: Part): void {
    const [rows, columns, channels] = this.#maps(place);
    need(Array.isArray(dims) && [...dims].sort().join() === "1,2,3", "{} must permute three axes", place);
    if (this.#isUpright) this.#upright = [rows, columns, channels];
    const exchanged = (sides: readonly number[]) => (dims as number[]).map((axis) => sides[axis - 1]!);
    [this.#axes, this.#shape] = [exchanged(this.#axes), exchanged(this.#shape)];
    if (!this.#isUpright || this.#shape.join() === this.#upright.join()) return;
    need(this.#shape[0] === this.#shape[1], "{} has an output that is not square", place);
    this.#push({ resize: this.#shape[0] });
  }

  #average(config: Json, place: Part, to: number): void {
    const [axis, from] = [this.#axes[2]!, this.#shape[2]!];
    const plain = config["use_bias"] === false && (config["activation"] ?? "linear") === "linear";
    need(
      plain && axis < 2 && from === this.#upright[axis],
      "{} must average the rows or the columns of the image, without bias and activation",
      place,
    );
    const weight = this.#find(config, place, "kernel", [from, to]);
    const means = weight.every((value, i) => Math.abs(value - share(Math.floor(i / to), i % to, from, to)) < CLOSE);
    need(means, "{} must average equal parts of the image", place);
    this.#shape = [...this.#shape.slice(0, 2), to];
  }

  /** A batch normalization goes into the layer before; a summand for each unit is a bias of each unit of a convolution. */
  normalize(config: Json, place: Part): void {
    this.#settle();
    const last = this.#tensors.at(-1);
    need(last !== null && last !== undefined, "{} must follow a layer with weights", place);
    const [axis, ...more] = [config["axis"] ?? -1].flat();
    need(
      more.length === 0 && (axis === -1 || axis === (this.#flat ? 1 : this.#shape.length)),
      "{} must normalize the last axis",
      place,
    );
    const units = this.#flat ? sizeOf(this.#shape) : this.#shape.at(-1)!;
    const numbers = (kind: string, without: number, there: unknown = true) =>
      there === false ? new Float32Array(units).fill(without) : this.#find(config, place, kind, [units]);
    const [gamma, beta] = [numbers("gamma", 1, config["scale"]), numbers("beta", 0, config["center"])];
    const [mean, variance] = [numbers("moving_mean", 0), numbers("moving_variance", 1)];
    const { epsilon = 1e-3 } = config;
    need(typeof epsilon === "number", "{} has no epsilon", place);
    const factors = Float64Array.from(gamma, (value, i) => value / Math.sqrt(variance[i]! + epsilon));
    const summands = Float64Array.from(beta, (value, i) => value - mean[i]! * factors[i]!);
    const [weight, bias] = last;
    if (bias.length === units) {
      weight.forEach((value, i) => (weight[i] = value * factors[i % units]!));
      bias.forEach((value, i) => (bias[i] = value * factors[i]! + summands[i]!));
      return;
    }
    const [entry, channels] = [this.#layers.at(-1)!, this.#shape.at(-1)!];
    const adds = "conv" in entry && bias.length === channels && factors.every((factor) => factor === 1);
    need(adds, "{} may only add a bias to each unit of a convolution", place);
    const area = units / channels;
    const each = Float32Array.from(
      summands,
      (_, i) => bias[Math.floor(i / area)]! + summands[(i % area) * channels + Math.floor(i / area)]!,
    );
    this.#layers.splice(-1, 1, { ...entry, bias: "unit" });
    this.#tensors.splice(-1, 1, [weight, each]);
  }

  activate(config: Json, place: Part): void {
    const activation = config["activation"] ?? "linear";
    if (activation === "relu") this.#cut(place);
    else if (activation === "tanh") this.#squash(place);
    else if (activation === "softmax") this.#ended = true;
    else
      need(
        activation === "linear",
        "{} has the activation {}; supported are linear, relu, tanh, softmax",
        place,
        JSON.stringify(activation).slice(0, 40),
      );
  }

  #cut(place: Part): void {
    this.#settle();
    need(
      this.#waiting.scale > 0 && this.#waiting.shift === 0,
      "{} follows a scaling that cannot be folded into a layer",
      place,
    );
    this.#push({ relu: {} });
  }

  /** The engine's tanh is scaled: what comes in is made larger before, what goes out smaller after it. */
  #squash(place: Part): void {
    need(Boolean(this.#tensors.at(-1)), "the tanh of {} must follow a layer with weights, or average pooling", place);
    this.#wait(1 / TANH_SLOPE, 0);
    this.#settle();
    this.#push({ tanh: {} });
    this.#wait(1 / TANH_HEIGHT, 0);
  }

  // ---- What they share ---------------------------------------------------------------------------

  #begin(config: Json, place: Part): void {
    const shape = config["batch_input_shape"] ?? config["batch_shape"];
    const isImage =
      Array.isArray(shape) &&
      shape.length === 4 &&
      shape.slice(1).every((side) => isWhole(side, 1, MAX_SIDE)) &&
      shape[3] === 1;
    need(isImage, "{} must take images with one channel, [null, 28, 28, 1]", place);
    this.#input = this.#shape = (shape as number[]).slice(1);
  }

  get #isUpright(): boolean {
    return this.#axes.join() === UPRIGHT;
  }

  #maps(place: Part): MapShape {
    const [rows, columns, channels] = this.#shape;
    const isMap = !this.#flat && rows !== undefined && columns !== undefined && channels !== undefined;
    need(isMap, "{} must come before Flatten and Dense", place);
    return [rows, columns, channels];
  }

  /** Weights by name, each taken once. */
  #find(config: Json, place: Part, kind: string, shape: readonly number[]): Tensor {
    const name = [...this.#weights.keys()].find(
      (key) => key === `${config["name"]}/${kind}` || key.endsWith(`/${config["name"]}/${kind}`),
    );
    const weight = this.#weights.get(name ?? "");
    need(
      weight !== undefined && weight.shape.join() === shape.join(),
      "{} has no {} of shape {}",
      place,
      kind,
      shape.join(" x "),
    );
    this.#weights.delete(name!);
    return weight.values;
  }

  #bias(config: Json, place: Part, outputs: number): Tensor {
    return config["use_bias"] === false ? new Float32Array(outputs) : this.#find(config, place, "bias", [outputs]);
  }

  #push(layer: Json): void {
    this.#layers.push(layer);
    this.#tensors.push(null);
  }

  /** Folds waiting scalings into a layer; each weight counts for `taps` inputs. */
  #pushWeights(layer: Json, weight: Tensor, bias: Tensor, taps = 1): void {
    const { scale, shift } = this.#waiting;
    const sums = new Float64Array(bias.length);
    weight.forEach((value, i) => (sums[i % sums.length]! += taps * value));
    this.#layers.push(layer);
    this.#tensors.push([weight.map((value) => value * scale), bias.map((value, i) => value + shift * sums[i]!)]);
    this.#waiting = NOTHING;
  }

  #wait(factor: number, summand: number): void {
    const { scale, shift } = this.#waiting;
    this.#waiting = { scale: scale * factor, shift: shift * factor + summand };
  }

  /** Folds waiting scalings into the previous layer, if it has weights. */
  #settle(): void {
    const last = this.#tensors.at(-1);
    if (!last) return;
    const { scale, shift } = this.#waiting;
    const [weight, bias] = last;
    weight.forEach((value, i) => (weight[i] = value * scale));
    bias.forEach((value, i) => (bias[i] = value * scale + shift));
    this.#waiting = NOTHING;
  }

  /** The tensors of a layer; where a convolution has kernels of zeros alone, with a table of what is connected. */
  #connected(at: number, [weight, bias]: Pair): Pair {
    const { conv, kernel } = this.#layers[at] as { readonly conv?: number; readonly kernel: number };
    const sparse = conv === undefined ? null : tabled(weight, conv, kernel ** 2, this.#marks);
    if (!sparse) return [weight, bias];
    this.#marks -= sparse.table.join("").length;
    this.#layers[at] = { ...this.#layers[at], table: sparse.table };
    return [sparse.weight, bias];
  }
}
