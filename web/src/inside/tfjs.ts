// TensorFlow.js Layers models: model.json and the shards beside it -> a model. Channels come last there, first here.
import { ModelError, need, readArchitecture } from "../architecture";
import { isObject, isWhole, parseObject, type Json } from "../json";
import type { Model } from "../model";
import { MAX_LISTED, readWeights, type Given, type Weight } from "./weights";

const MAX_JSON = 4 * 2 ** 20;
const LABELS: Readonly<Record<number, string>> = { 26: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 10: "0123456789" };
const SLOPE = 1.5; // 1.7159 tanh(2/3 x) of the engine, with 1.5 x for x, is 1.7159 tanh(x)
const HEIGHT = 1.7159;

/** ModelError says, for people, why the model cannot be used, and names the layer. */
export function readTensorFlow(json: ArrayBuffer, shards: readonly Given[]): Model {
  try {
    return read(json, shards);
  } catch (error) {
    if (error instanceof ModelError) throw new ModelError(`The TensorFlow.js model cannot be used: ${error.message}.`);
    throw error;
  }
}

function read(json: ArrayBuffer, shards: readonly Given[]): Model {
  need(json.byteLength <= MAX_JSON, "its model.json is larger than 4 MiB");
  const whole = parseObject(new TextDecoder().decode(json));
  need(whole !== null, "its model.json is not JSON");
  const topology = whole["modelTopology"];
  need(isObject(topology), "model.json has no modelTopology");
  need(whole["format"] !== "graph-model", "it is a graph model, which has no layers; convert it to a layers model");
  const model = isObject(topology["model_config"]) ? topology["model_config"] : topology;
  const weights = readWeights(whole["weightsManifest"], shards);
  const made = new Translation(weights);
  for (const [i, layer] of layersOf(model).entries()) made.add(layer, i + 1);
  return made.finish();
}

// ---- Layers --------------------------------------------------------------------------------------

/** In the order in which an image passes them; a functional model must be a chain. */
function layersOf(model: Json): readonly Json[] {
  const { class_name: kind, config } = model;
  need(kind === "Sequential" || kind === "Functional" || kind === "Model", "it is neither Sequential nor a chain of layers");
  const layers = Array.isArray(config) ? config : isObject(config) ? config["layers"] : null;
  need(Array.isArray(layers) && layers.length > 0 && layers.length <= MAX_LISTED && layers.every(isObject), "it has no list of layers");
  if (kind !== "Sequential") {
    (layers as Json[]).forEach((layer, i) => {
      const before = i > 0 ? nameOf(layers[i - 1] as Json) : null;
      need(sourceOf(layer["inbound_nodes"]) === before, `layer ${i + 1} (${nameOf(layer)}) does not follow the layer before it alone`);
    });
  }
  return layers as Json[];
}

function nameOf(layer: Json): string {
  const config = layer["config"];
  const name = isObject(config) && typeof config["name"] === "string" ? config["name"] : layer["name"];
  return typeof name === "string" ? name.slice(0, 60) : "?";
}

/** [[["name", 0, 0, {}]]]: the one layer that is taken from; null for none, "" for several. */
function sourceOf(nodes: unknown): string | null {
  if (!Array.isArray(nodes) || nodes.length === 0) return null;
  const [node]: unknown[] = nodes;
  const one = nodes.length === 1 && Array.isArray(node) && node.length === 1 ? (node as unknown[])[0] : null;
  return Array.isArray(one) && typeof one[0] === "string" ? one[0].slice(0, 60) : "";
}

type Tensor = Float32Array;

/** Collects the layers of a specification and their weights. */
class Translation {
  readonly #weights: Map<string, Weight>;
  readonly #layers: Json[] = [];
  readonly #tensors: (readonly [weight: Tensor, bias: Tensor] | null)[] = []; // of each layer
  #input: readonly number[] | null = null;
  #shape: readonly number[] = []; // rows, columns, channels; or units
  #factor = 1; // that the values have and the layers to come must have in their weights
  #padding = 0; // zeros put around the maps, for the convolution to come
  #temperature = 1;
  #ended = false; // by a softmax

  constructor(weights: Map<string, Weight>) {
    this.#weights = new Map(weights);
  }

  add(layer: Json, number: number): void {
    const { class_name: kind, config } = layer;
    const place = `layer ${number} (${String(kind).slice(0, 40)} ${nameOf(layer)})`;
    need(isObject(config), `${place} has no configuration`);
    if (!this.#input) this.#begin(config, place);
    if (kind === "InputLayer" || kind === "Dropout" || kind === "SpatialDropout2D") return;
    need(!this.#ended, `${place} comes after the softmax`);
    need((config["data_format"] ?? "channels_last") === "channels_last", `${place} has its channels first`);
    need(this.#padding === 0 || kind === "Conv2D", `${place} follows a padding that is for a convolution`);
    const adding = Object.hasOwn(ADDING, String(kind)) ? ADDING[String(kind)] : undefined;
    need(adding !== undefined, `${place} is of a kind that is not known here; known are ${Object.keys(ADDING).join(", ")}`);
    adding(this, config, place);
    if (kind === "Conv2D" || kind === "Dense") this.activate(config, place);
  }

  finish(): Model {
    need(this.#weights.size === 0, `it has weights of no layer, ${[...this.#weights.keys()][0]?.slice(0, 60)}`);
    need(this.#factor === 1, "its last layer is a tanh; a dense layer must follow");
    const architecture = readArchitecture({ input: (this.#input ?? []).slice(0, 2), layers: this.#layers });
    const labels = LABELS[architecture.classes];
    need(labels !== undefined, `it has ${architecture.classes} outputs, and this page knows what 26 (A to Z) or 10 (0 to 9) mean`);
    const parts = this.#tensors.flatMap((pair) => pair ?? []);
    const parameters = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      parameters.set(part, at);
      at += part.length;
    }
    const expected = architecture.tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
    need(parameters.length === expected && parameters.every(Number.isFinite), "its weights do not fit its layers");
    return { architecture, parameters, labels, temperature: this.#temperature, pen: null, maxEntropy: null, minProbability: null, training: {} };
  }

  rescale(config: Json, place: string): void {
    const { scale, offset = 0 } = config;
    need(typeof scale === "number" && typeof offset === "number", `${place} has no scale`);
    if (this.#layers.length === 0) {
      this.#push({ scale: [offset, 255 * scale + offset] });
      return;
    }
    need("dense" in this.#layers.at(-1)! && offset === 0 && scale >= 0.01 && scale <= 100, `${place} must be the first layer, or divide the outputs`);
    this.#temperature /= scale;
  }

  pad(config: Json, place: string): void {
    const sides = new Set([config["padding"]].flat(2));
    const [side] = sides;
    need(sides.size === 1 && isWhole(side, 1, 7), `${place} must be the same on all sides`);
    this.#padding = side;
  }

  convolve(config: Json, place: string): void {
    const [rows, columns, channels] = this.#maps(place);
    const kernel = square(config["kernel_size"], `the kernel of ${place}`);
    const stride = square(config["strides"] ?? 1, `the strides of ${place}`);
    need(square(config["dilation_rate"] ?? 1, `the dilation of ${place}`) === 1 && (config["groups"] ?? 1) === 1, `${place} is dilated or in groups`);
    const same = config["padding"] === "same";
    need(!same || stride === 1, `${place} has strides and padding "same", which pads unequally`);
    need(this.#padding === 0 || (!same && kernel === 2 * this.#padding + 1), `${place} does not fit the padding before it`);
    const outputs = config["filters"];
    need(isWhole(outputs, 1, 4096), `${place} has no number of filters`);
    const { weight, bias } = this.#take(config, place, [kernel, kernel, channels, outputs]);
    const area = kernel * kernel;
    const turned = weight.map((_, i) => {
      const [c, at, o] = [Math.floor(i / (area * outputs)), Math.floor(i / outputs) % area, i % outputs];
      return weight[(at * channels + c) * outputs + o]!;
    });
    const padding = same || this.#padding ? (kernel - 1) / 2 : 0;
    this.#push({ conv: outputs, kernel, stride, padding: padding > 0 || same ? "same" : "valid" }, turned, bias);
    const after = (side: number) => Math.floor((side + 2 * padding - kernel) / stride) + 1;
    this.#shape = [after(rows), after(columns), outputs];
    this.#padding = 0;
  }

  pool(config: Json, place: string, most: boolean): void {
    const [rows, columns, channels] = this.#maps(place);
    const size = square(config["pool_size"] ?? 2, `the window of ${place}`);
    need(square(config["strides"] ?? size, `the strides of ${place}`) === size, `${place} has windows that overlap or leave gaps`);
    const even = rows % size === 0 && columns % size === 0;
    need(config["padding"] !== "same" || even, `${place} has padding "same" and does not divide its maps`);
    if (most) this.#push({ maxpool: size });
    else {
      this.#push({ subsample: size }, new Float32Array(channels).fill(this.#factor / (size * size)), new Float32Array(channels));
    }
    this.#shape = [Math.floor(rows / size), Math.floor(columns / size), channels];
  }

  weigh(config: Json, place: string): void {
    const outputs = config["units"];
    need(isWhole(outputs, 1, 4096), `${place} has no number of units`);
    const inputs = this.#shape.reduce((product, side) => product * side, 1);
    need(this.#flat || this.#shape.length === 1, `${place} needs a Flatten before it`);
    const { weight, bias } = this.#take(config, place, [inputs, outputs]);
    const [rows, columns, channels] = this.#shape.length === 3 ? this.#shape : [1, 1, inputs];
    // Flattened row, column, channel there; channel, row, column here.
    const turned = weight.map((_, i) => {
      const [from, o] = [Math.floor(i / outputs), i % outputs];
      const [c, at] = [Math.floor(from / (rows! * columns!)), from % (rows! * columns!)];
      return weight[(at * channels! + c) * outputs + o]!;
    });
    this.#push({ dense: outputs }, turned, bias);
    this.#shape = [outputs];
  }

  #flat = false;

  flatten(): void {
    this.#flat = true;
  }

  activate(config: Json, place: string): void {
    const activation = config["activation"] ?? "linear";
    if (activation === "relu") this.#push({ relu: {} });
    else if (activation === "tanh") this.#squash(place);
    else if (activation === "softmax") this.#ended = true;
    else need(activation === "linear", `${place} has the activation ${JSON.stringify(activation).slice(0, 40)}; known are linear, relu, tanh, softmax`);
  }

  /** The engine's tanh is scaled: what comes in is made larger before, what goes out smaller after it. */
  #squash(place: string): void {
    const last = this.#tensors.at(-1);
    need(last !== null && last !== undefined, `the tanh of ${place} must follow a layer with weights, or an average`);
    for (const tensor of last) tensor.forEach((value, i) => (tensor[i] = value * SLOPE));
    this.#push({ tanh: {} });
    this.#factor = 1 / HEIGHT;
  }

  #begin(config: Json, place: string): void {
    const shape = config["batch_input_shape"] ?? config["batch_shape"];
    const right = Array.isArray(shape) && shape.length === 4 && shape.slice(1).every((side) => isWhole(side, 1, 512)) && shape[3] === 1;
    need(right, `${place} does not take images of one channel, [null, 28, 28, 1]`);
    this.#input = this.#shape = (shape as number[]).slice(1);
  }

  #maps(place: string): readonly [number, number, number] {
    need(!this.#flat && this.#shape.length === 3, `${place} must come before Flatten and Dense`);
    return this.#shape as unknown as readonly [number, number, number];
  }

  /** Weights by name, in copies that have the factor. */
  #take(config: Json, place: string, shape: readonly number[]): { readonly weight: Tensor; readonly bias: Tensor } {
    const outputs = shape.at(-1)!;
    const find = (kind: string, expected: readonly number[]) => {
      const name = [...this.#weights.keys()].find((key) => key === `${config["name"]}/${kind}` || key.endsWith(`/${config["name"]}/${kind}`));
      const found = this.#weights.get(name ?? "");
      need(found !== undefined && found.shape.join() === expected.join(), `${place} has no ${kind} of ${expected.join(" x ")}`);
      this.#weights.delete(name!);
      return found.values;
    };
    const weight = find("kernel", shape).map((value) => value * this.#factor);
    const bias = config["use_bias"] === false ? new Float32Array(outputs) : Float32Array.from(find("bias", [outputs]));
    return { weight, bias };
  }

  #push(layer: Json, weight?: Tensor, bias?: Tensor): void {
    this.#layers.push(layer);
    this.#tensors.push(weight && bias ? [weight, bias] : null);
    if (weight) this.#factor = 1;
  }
}

/** 2 or [2, 2] */
function square(value: unknown, what: string): number {
  const sides = new Set([value].flat());
  const [side] = sides;
  need(sides.size === 1 && isWhole(side, 1, 4096), `${what} must have equal sides`);
  return side;
}

type Adding = (to: Translation, config: Json, place: string) => void;

const ADDING: Readonly<Record<string, Adding>> = {
  Rescaling: (to, config, place) => to.rescale(config, place),
  ZeroPadding2D: (to, config, place) => to.pad(config, place),
  Conv2D: (to, config, place) => to.convolve(config, place),
  MaxPooling2D: (to, config, place) => to.pool(config, place, true),
  AveragePooling2D: (to, config, place) => to.pool(config, place, false),
  Flatten: (to) => to.flatten(),
  Dense: (to, config, place) => to.weigh(config, place),
  Activation: (to, config, place) => to.activate(config, place),
  ReLU: (to, config, place) => {
    const plain = (config["max_value"] ?? null) === null && (config["negative_slope"] ?? 0) === 0 && (config["threshold"] ?? 0) === 0;
    need(plain, `${place} is no plain max(0, x)`);
    to.activate({ activation: "relu" }, place);
  },
  Softmax: (to) => to.activate({ activation: "softmax" }, "softmax"),
};
