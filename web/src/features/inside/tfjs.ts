// Reader of TensorFlow.js Layers models: model.json and its shards -> a model.

import { MAX_PEN, MIN_PEN } from "../../engine/abi.gen";
import type { Model } from "../../model/file";
import { withDataNames } from "../../model/format";
import { isObject, type Json, parseObject } from "../../model/json";
import { DEFAULT_LABELS } from "../../model/labels";
import { ModelError, need } from "../../model/spec";
import { addLayer, nameOf } from "./layer-kinds";
import { Translation } from "./translation";
import { type ChosenFile, MAX_LISTED, readWeights } from "./weights";

const MAX_JSON = 4 * 2 ** 20;

/** ModelError says, for people, why the model cannot be used, and names the layer. */
export async function readTensorFlow(
  json: ArrayBuffer,
  shards: readonly ChosenFile[],
  rasterizerVersion: number,
): Promise<Model> {
  try {
    return await read(json, shards, rasterizerVersion);
  } catch (error) {
    if (error instanceof ModelError) throw new ModelError("The TensorFlow.js model cannot be used: {}.", error.content);
    throw error;
  }
}

async function read(json: ArrayBuffer, shards: readonly ChosenFile[], rasterizerVersion: number): Promise<Model> {
  need(json.byteLength <= MAX_JSON, "its model.json is larger than 4 MiB");
  const whole = parseObject(new TextDecoder().decode(json));
  need(whole !== null, "its model.json is not JSON");
  const topology = whole["modelTopology"];
  need(isObject(topology), "model.json has no modelTopology");
  need(whole["format"] !== "graph-model", "it is a graph model, which has no layers; convert it to a layers model");
  const model = isObject(topology["model_config"]) ? topology["model_config"] : topology;
  const translation = new Translation(await readWeights(whole["weightsManifest"], shards));
  for (const [i, layer] of layersOf(model).entries()) addLayer(translation, layer, i + 1);
  const network = translation.finish();
  const metadata = whole["userDefinedMetadata"];
  return {
    ...network,
    ...readMetadata(isObject(metadata) ? metadata : {}, network.architecture.classes, rasterizerVersion),
  };
}

/** Reads the metadata of this project's exports, such as the temperature. */
function readMetadata(
  metadata: Json,
  classes: number,
  rasterizerVersion: number,
): Omit<Model, "architecture" | "parameters" | "temperature"> {
  const { rasterizer_version: version = metadata["ink_version"] ?? rasterizerVersion, name, data } = metadata;
  const { attributions = metadata["credits"] } = metadata; // `ink_version`, `pen` and `credits`: version 0.1
  need(
    version === rasterizerVersion,
    "it needs rasterizer version {}, but this program has {}",
    String(version).slice(0, 9),
    rasterizerVersion,
  );
  const labels = typeof metadata["labels"] === "string" ? metadata["labels"] : DEFAULT_LABELS.get(classes);
  need(labels !== undefined, "it has {} outputs and no labels; only 10, 26, 36, 47 and 62 outputs need none", classes);
  need(
    labels.length === classes && new Set(labels).size === classes,
    "it must have a different label for each of its {} outputs",
    classes,
  );
  return {
    labels,
    pen: optional(metadata, "pen_width" in metadata ? "pen_width" : "pen", MIN_PEN, MAX_PEN),
    maxEntropy: optional(metadata, "max_entropy", 0, 10),
    minProbability: optional(metadata, "min_probability", 0, 1),
    training: withDataNames({ name, data, attributions }),
  };
}

/** A number that may be missing. */
function optional(metadata: Json, key: string, low: number, high: number): number | null {
  const value = metadata[key] ?? null;
  need(
    value === null || (typeof value === "number" && value >= low && value <= high),
    "its {} is not within {} to {}",
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
    "it is neither a Sequential model nor a plain chain of layers",
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
        "layer {} ({}) must have the previous layer as its only input",
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
  const source = nodes.length === 1 && Array.isArray(node) && node.length === 1 ? (node as unknown[])[0] : null;
  return Array.isArray(source) && typeof source[0] === "string" ? source[0].slice(0, 60) : "";
}
