// Writer of model files: docs/reference/model-file.md.

import { MAX_HEADER, type Model } from "./file";
import { FORMAT } from "./format";
import { ModelError } from "./spec";

/** Returns the bytes of the file. Throws ModelError if a weight is not finite, or the training record is too long. */
export function writeModel(model: Model, rasterizerVersion: number): Uint8Array<ArrayBuffer> {
  const { architecture, parameters, labels, temperature, pen, maxEntropy, minProbability, training } = model;
  if (!parameters.every(Number.isFinite))
    throw new ModelError("A weight is not finite. Train again with a lower learning rate.");
  const entries: Record<string, unknown> = {};
  let end = 0;
  for (const { name, shape } of architecture.tensors) {
    const start = end;
    end = shape.reduce((product, side) => product * side, 4) + start;
    entries[name] = { dtype: "F32", shape, data_offsets: [start, end] };
  }
  const known = { pen_width: pen, max_entropy: maxEntropy, min_probability: minProbability };
  const numbers = Object.entries(known).filter(([, value]) => value !== null);
  const metadata = {
    format: FORMAT,
    architecture: JSON.stringify(architecture.spec),
    labels,
    rasterizer_version: String(rasterizerVersion),
    temperature: String(temperature),
    ...Object.fromEntries(numbers.map(([key, value]) => [key, String(value)])),
    training: JSON.stringify(training),
  };
  const text = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...entries }));
  const length = Math.ceil(text.length / 8) * 8; // so that the numbers are aligned
  if (length > MAX_HEADER) throw new ModelError("The training record is too long for a model file.");
  const file = new Uint8Array(8 + length + end).fill(0x20);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(length), true);
  file.set(text, 8);
  parameters.forEach((value, i) => view.setFloat32(8 + length + 4 * i, value, true));
  return file;
}
