// The layer kinds of TensorFlow.js that the page can translate.
import type { Message, Part } from "../../i18n/message";
import { isObject, type Json } from "../../model/json";
import { need } from "../../model/spec";
import type { Translation } from "./translation";

type Adder = (to: Translation, config: Json, place: Part) => void;

/** Layers that may contain an activation. */
const WITH_ACTIVATION: readonly string[] = ["Conv2D", "DepthwiseConv2D", "Dense"];

const ADDERS: Readonly<Record<string, Adder>> = {
  Rescaling: (to, config, place) => to.rescale(config, place),
  ZeroPadding2D: (to, config, place) => to.pad(config, place),
  Conv2D: (to, config, place) => to.convolve(config, place),
  DepthwiseConv2D: (to, config, place) => to.sumUp(config, place),
  MaxPooling2D: (to, config, place) => to.pool(config, place, true),
  AveragePooling2D: (to, config, place) => to.pool(config, place, false),
  BatchNormalization: (to, config, place) => to.normalize(config, place),
  Flatten: (to) => to.flatten(),
  Reshape: (to, config, place) => to.reshape(config, place),
  Permute: (to, config, place) => to.permute(config, place),
  Dense: (to, config, place) => to.weigh(config, place),
  Activation: (to, config, place) => to.activate(config, place),
  ReLU: (to, config, place) => {
    const plain =
      (config["max_value"] ?? null) === null &&
      (config["negative_slope"] ?? 0) === 0 &&
      (config["threshold"] ?? 0) === 0;
    need(plain, "{} is not the plain ReLU max(0, x)", place);
    to.activate({ activation: "relu" }, place);
  },
  Softmax: (to) => to.activate({ activation: "softmax" }, "softmax"),
};

/** Adds a layer, which counts from 1, to the translation. Throws ModelError for kinds and fields that the page lacks. */
export function addLayer(to: Translation, layer: Json, number: number): void {
  const { class_name, config } = layer;
  const kind = String(class_name);
  const place: Message = ["layer {} ({} {})", number, kind.slice(0, 40), nameOf(layer)];
  need(isObject(config), "{} has no configuration", place);
  if (!to.accept(kind, config, place)) return;
  const add = Object.hasOwn(ADDERS, kind) ? ADDERS[kind] : undefined;
  need(add !== undefined, "{} is not a supported layer type; supported are {}", place, Object.keys(ADDERS).join(", "));
  add(to, config, place);
  if (WITH_ACTIVATION.includes(kind)) to.activate(config, place);
}

export function nameOf(layer: Json): string {
  const config = layer["config"];
  const name = isObject(config) && typeof config["name"] === "string" ? config["name"] : layer["name"];
  return typeof name === "string" ? name.slice(0, 60) : "?";
}
