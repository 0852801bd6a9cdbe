// Reader of TensorFlow.js Layers models: model.json and its shards -> a model.

import { MAX_PEN, MIN_PEN } from "../../engine/abi.gen";
import type { Model } from "../../model/file";
import { isObject, type Json, parseObject } from "../../model/json";
import { ModelError, need } from "../../model/spec";
import { addLayer, nameOf } from "./layer-kinds";
import { Translation } from "./translation";
import { type Given, MAX_LISTED, readWeights } from "./weights";

const MAX_JSON = 4 * 2 ** 20;
const LABELS: Readonly<Record<number, string>> = { 26: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 10: "0123456789" };

/** ModelError says, for people, why the model cannot be used, and names the layer. */
export function readTensorFlow(json: ArrayBuffer, shards: readonly Given[], rasterizerVersion: number): Model {
  try {
    return read(json, shards, rasterizerVersion);
  } catch (error) {
    if (error instanceof ModelError) throw new ModelError("The TensorFlow.js model cannot be used: {}.", error.said);
    throw error;
  }
}

function read(json: ArrayBuffer, shards: readonly Given[], rasterizerVersion: number): Model {
  need(json.byteLength <= MAX_JSON, "its model.json is larger than 4 MiB");
  const whole = parseObject(new TextDecoder().decode(json));
  need(whole !== null, "its model.json is not JSON");
  const topology = whole["modelTopology"];
  need(isObject(topology), "model.json has no modelTopology");
  need(whole["format"] !== "graph-model", "it is a graph model, which has no layers; convert it to a layers model");
  const model = isObject(topology["model_config"]) ? topology["model_config"] : topology;
  const translation = new Translation(readWeights(whole["weightsManifest"], shards));
  for (const [i, layer] of layersOf(model).entries()) addLayer(translation, layer, i + 1);
  const made = translation.finish();
  const about = whole["userDefinedMetadata"];
  return { ...made, ...told(isObject(about) ? about : {}, made.architecture.classes, rasterizerVersion) };
}

/** Reads the metadata of this project's exports, such as the temperature. */
function told(
  about: Json,
  classes: number,
  rasterizerVersion: number,
): Omit<Model, "architecture" | "parameters" | "temperature"> {
  const { rasterizer_version: ink = about["ink_version"] ?? rasterizerVersion, labels: said, name, data } = about;
  const { attributions = about["credits"] } = about; // `ink_version`, `pen` and `credits`: version 0.1
  need(
    ink === rasterizerVersion,
    "it was made for rasterizer version {}, and this program has {}",
    String(ink).slice(0, 9),
    rasterizerVersion,
  );
  const labels = typeof said === "string" ? said : LABELS[classes];
  need(labels !== undefined, "it has {} outputs, and this page knows what 26 (A to Z) or 10 (0 to 9) mean", classes);
  need(
    labels.length === classes && new Set(labels).size === classes,
    "its {} outputs need as many different labels",
    classes,
  );
  return {
    labels,
    pen: optional(about, "pen_width" in about ? "pen_width" : "pen", MIN_PEN, MAX_PEN),
    maxEntropy: optional(about, "max_entropy", 0, 10),
    minProbability: optional(about, "min_probability", 0, 1),
    training: { name, data, attributions },
  };
}

/** A number that may be missing. */
function optional(about: Json, key: string, low: number, high: number): number | null {
  const value = about[key] ?? null;
  need(
    value === null || (typeof value === "number" && value >= low && value <= high),
    "its {} is outside {} to {}",
    key,
    low,
    high,
  );
  return value;
}

/** In the order in which an image passes them; a functional model must be a chain. */
function layersOf(model: Json): readonly Json[] {
  const { class_name: kind, config } = model;
  need(
    kind === "Sequential" || kind === "Functional" || kind === "Model",
    "it is neither Sequential nor a chain of layers",
  );
  const layers = Array.isArray(config) ? config : isObject(config) ? config["layers"] : null;
  need(
    Array.isArray(layers) && layers.length > 0 && layers.length <= MAX_LISTED && layers.every(isObject),
    "it has no list of layers",
  );
  if (kind !== "Sequential") {
    (layers as Json[]).forEach((layer, i) => {
      const before = i > 0 ? nameOf(layers[i - 1] as Json) : null;
      need(
        sourceOf(layer["inbound_nodes"]) === before,
        "layer {} ({}) does not follow the layer before it alone",
        i + 1,
        nameOf(layer),
      );
    });
  }
  return layers as Json[];
}

/** [[["name", 0, 0, {}]]]: the one layer that is taken from; null for none, "" for several. */
function sourceOf(nodes: unknown): string | null {
  if (!Array.isArray(nodes) || nodes.length === 0) return null;
  const [node]: unknown[] = nodes;
  const one = nodes.length === 1 && Array.isArray(node) && node.length === 1 ? (node as unknown[])[0] : null;
  return Array.isArray(one) && typeof one[0] === "string" ? one[0].slice(0, 60) : "";
}
