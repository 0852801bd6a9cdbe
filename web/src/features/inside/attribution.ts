// Attribution: each pixel's contribution to the difference of two logits.
import { OPERATIONS } from "./operations";
import type { Step } from "./steps";
import type { Values } from "./values";

/** `pixels` and `constant` together are `difference`, exact except for rounding. */
export interface Attribution {
  /** One number a pixel of the input; a pixel without ink has 0. */
  readonly pixels: Float64Array;
  /** Contribution of biases and of the padding of an empty sheet. */
  readonly constant: number;
  /** Logit of the first class minus that of the second. */
  readonly difference: number;
}

/**
 * For this one image a network is linear: a relu passes or blocks, a maximum passes one of its inputs, and a tanh is
 * taken for the line from zero through its value (with relus it is gradient times input, or LRP-0: Bach et
 * al. 2015; with tanh the rescale rule of DeepLIFT: Shrikumar et al. 2017, reference zero). So the difference comes
 * apart into one summand for each pixel and one for the rest.
 */
export function attribute(steps: readonly Step[], values: Values, first: number, second: number): Attribution {
  const last = steps.length - 2; // the logits
  const logits = values[last]!;
  let factors = new Float64Array(logits.length);
  factors[first]! += 1;
  factors[second]! -= 1;
  let constant = 0;
  for (let i = last; i > 0; i--) {
    const step = steps[i]!;
    const back = OPERATIONS[step.kind].backward(step, factors, values[i - 1]!, values[i]!);
    factors = back.factors;
    constant += back.constant;
  }
  const pixels = factors.map((factor, n) => factor * values[0]![n]!);
  return { pixels, constant, difference: logits[first]! - logits[second]! };
}
