"""Passes in integers: weights int8, maps uint8, sums int32; ranges from the graph's sample.

A value is scale * (code - zero). Between two maps a sum of products is multiplied by an integer and
shifted (Jacob et al. 2018, Quantization and training of neural networks for efficient
integer-arithmetic-only inference). The image is a map as it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lenet.errors import UnsupportedError
from lenet.exporters import interpreter
from lenet.exporters.c.passes import Pass, Pointwise, narrowed, passes
from lenet.exporters.ir import Affine, Array, Convolution, Depthwise, Graph, Relu

CODES = np.arange(256, dtype=np.float64)
LARGEST_BIAS = 2**30  # of a sum, with room for the products
LARGEST_SHIFT = 54  # 255 codes so far to the left still are an int64


@dataclass(frozen=True)
class Meaning:
    """Of a map's codes, 0..255: scale * code + offset."""

    scale: float
    offset: float

    @property
    def zero(self) -> int:
        """The code that is nearest to 0."""
        return round(min(max(-self.offset / self.scale, 0), 255))

    @property
    def rest(self) -> float:
        """What that code means, which is 0 if 0 has a code of its own."""
        return self.offset + self.scale * self.zero

    @property
    def has_zero(self) -> bool:
        """Whether 0 has a code of its own."""
        return abs(self.rest) < 1e-6 * self.scale


PIXELS = Meaning(1, 0)


@dataclass(frozen=True, eq=False)
class Weights:
    """A layer with its weights in integers: code = sum * multiplier / 2**shift + zero of the next.

    weight      int8, as `Pass.weight` lies
    bias        int32, as `Pass.bias` lies
    seen        the code of 0 in what it sees
    multiplier  int32 (outputs,), and
    shift       how a sum becomes a code, and
    zero        the code of 0; of no use to the last layer, whose
    scale       float32 (outputs,) says what 1 in a sum is worth to the softmax
    """

    weight: npt.NDArray[np.int8]
    bias: npt.NDArray[np.int32]
    seen: int
    multiplier: npt.NDArray[np.int32]
    shift: int
    zero: int
    scale: Array


@dataclass(frozen=True, eq=False)
class Coded:
    """A pass in integers.

    weights  None where it has none
    table    uint8 (256,): what becomes of the codes at its end; None where they stay
    """

    whole: Pass
    weights: Weights | None
    table: npt.NDArray[np.uint8] | None


def quantised(graph: Graph) -> list[Coded]:
    """Every pass. LenetError where a sum may be beyond int32."""
    seen = interpreter.ranges(graph)
    steps = passes(graph)
    found = []
    meaning = PIXELS
    for one, following in zip(steps, [*steps[1:], None], strict=True):
        weights = table = None
        if one.bias is None:
            after = _absorbed(meaning, one.pointwise)
            if after is None or (_needs_zero(following) and not after.has_zero):
                table, after = _table(meaning, one.pointwise)
        elif all(isinstance(operation, Relu) for operation in one.pointwise):
            after = spanning(*seen[one.last])
            weights = _weights(one, meaning, after)
        else:
            between = spanning(*seen[one.sums])
            weights = _weights(one, meaning, between)
            table, after = _table(between, one.pointwise)
        found.append(Coded(one, weights, table))
        meaning = after
    return found


def spanning(low: float, high: float) -> Meaning:
    """Codes for all of low..high, 0 having one of its own."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) / 255 or 1.0
    return Meaning(scale, -scale * round(-low / scale))


def _needs_zero(following: Pass | None) -> bool:
    """Whether a pass sees zeros beyond its map."""
    operation = following.operation if following else None
    return isinstance(operation, Convolution) and operation.padding > 0


def _absorbed(meaning: Meaning, steps: Sequence[Pointwise]) -> Meaning | None:
    """The meaning after steps that leave the codes as they are; None if they do not."""
    for step in steps:
        if not isinstance(step, Affine) or step.factor <= 0:
            return None
        scale, offset = step.factor * meaning.scale, step.factor * meaning.offset + step.offset
        meaning = Meaning(scale, offset)
    return meaning


def _table(meaning: Meaning, steps: Sequence[Pointwise]) -> tuple[npt.NDArray[np.uint8], Meaning]:
    """What steps make of each code, as codes, and what these mean."""
    values: interpreter.Values = meaning.scale * CODES + meaning.offset
    for step in steps:
        values = interpreter.apply(step, values)
    after = spanning(float(values.min()), float(values.max()))
    codes = np.round(values / after.scale) + after.zero
    return codes.clip(0, 255).astype(np.uint8), after


def _weights(one: Pass, seen: Meaning, after: Meaning) -> Weights:
    assert one.bias is not None
    weight = one.weight.astype(np.float64)
    # The outputs last, as those of the bias are.
    rows = weight.reshape(-1, weight.shape[-1])
    if not isinstance(one.operation, Depthwise):
        rows = weight.reshape(len(weight), -1).T
    bias = one.bias + seen.rest * rows.sum(axis=0)
    greatest = np.abs(bias).reshape(-1, rows.shape[1]).max(axis=0)
    # A scale is as large as the weights need, and the bias where weights are all but zero.
    scale = np.maximum(np.abs(rows).max(axis=0) / 127, greatest / (seen.scale * LARGEST_BIAS))
    scale = np.where(scale > 0, scale, 1)
    codes = np.round(rows / scale)
    sums = np.round(bias / (seen.scale * scale))
    reach = np.abs(codes).sum(axis=0) * max(seen.zero, 255 - seen.zero)
    if (reach + np.abs(sums).reshape(-1, len(scale)).max(axis=0)).max() >= 2**31:
        raise UnsupportedError(f"{one.name}: its sums are beyond 32 bits; export to c, in float32")
    ratio = seen.scale * scale / after.scale
    shift = min(max(30 - math.frexp(ratio.max())[1], 1), LARGEST_SHIFT)
    factors = [o.factor for o in one.pointwise if isinstance(o, Affine)]
    if not isinstance(one.operation, Depthwise):
        codes = codes.T
    return Weights(
        codes.reshape(weight.shape).astype(np.int8),
        sums.astype(np.int32),
        seen.zero,
        np.round(np.ldexp(ratio, shift)).clip(0, 2**31 - 1).astype(np.int32),
        shift,
        after.zero,
        narrowed(seen.scale * scale * math.prod(factors)),
    )
