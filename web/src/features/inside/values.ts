// The values that an image has at every step of a network.
import type { Reference } from "../../engine/reference";
import type { Model } from "../../model/file";
import { type Step, sizeOf } from "./steps";

/** The outputs of each step: channel, row, column. */
export type Values = readonly Float32Array[];

export function room(steps: readonly Step[]): Values {
  return steps.map(({ output }) => new Float32Array(sizeOf(output)));
}

/** Writes into `values` what each step of the model makes of the image, bytes of the input's size. */
export function evaluate(reference: Reference, model: Model, image: Uint8Array, values: Values): void {
  const computed = reference.activations(model.architecture, model.parameters, image);
  let at = 0;
  for (const output of values.slice(0, -1)) output.set(computed.subarray(at, (at += output.length)));
  softmax(values.at(-2)!, model.temperature, values.at(-1)!);
}

function softmax(logits: Float32Array, temperature: number, probabilities: Float32Array): void {
  const most = Math.max(...logits);
  const powers = Float64Array.from(logits, (logit) => Math.exp((logit - most) / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  probabilities.set(powers.map((power) => power / sum));
}
