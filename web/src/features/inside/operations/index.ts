// The operation of every kind of step.
import type { Kind } from "../steps";
import { CONVOLUTION } from "./convolution";
import { ELEMENTWISE } from "./elementwise";
import type { Operation } from "./operation";
import { POOLING } from "./pooling";
import { WEIGHED } from "./weighed";

export const OPERATIONS: Readonly<Record<Kind, Operation>> = {
  ...ELEMENTWISE,
  ...POOLING,
  ...WEIGHED,
  conv: CONVOLUTION,
};
