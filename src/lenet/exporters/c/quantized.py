"""Quantize passes: weights int8, maps uint8, sums int32; ranges from the graph's sample.

A value is scale * (code - zero). Between two maps, a sum of products is multiplied by an integer
and shifted (Jacob et al. 2018, Quantization and training of neural networks for efficient
integer-arithmetic-only inference). The image is used as a map of codes.
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
MAX_BIAS = 2**30  # of a sum, with room for the products
MAX_SHIFT = 54  # a code of 8 bits, shifted by it, fits in int64


@dataclass(frozen=True)
class Quantization:
    """Values of a map's codes, 0..255: scale * code + offset."""

    scale: float
    offset: float

    @property
    def zero_point(self) -> int:
        """Return the code whose value is nearest to 0."""
        return round(min(max(-self.offset / self.scale, 0), 255))

    @property
    def remainder(self) -> float:
        """Return the value of the code `zero_point`; it is 0 if a code means exactly 0."""
        return self.offset + self.scale * self.zero_point

    @property
    def has_zero(self) -> bool:
        """Return True if a code means exactly 0."""
        return abs(self.remainder) < 1e-6 * self.scale


PIXELS = Quantization(1, 0)


@dataclass(frozen=True, eq=False)
class Weights:
    """A layer's quantized weights: code = sum * multiplier / 2**shift + output_zero_point.

    weight             int8, as `Pass.weight` lies
    bias               int32, as `Pass.bias` lies
    input_zero_point   zero point of the layer's input
    multiplier         int32 (outputs,)
    shift              int
    output_zero_point  zero point of the layer's output; unused in the last layer
    scale              float32 (outputs,): logits per unit of a sum; used in the last layer alone
    """

    weight: npt.NDArray[np.int8]
    bias: npt.NDArray[np.int32]
    input_zero_point: int
    multiplier: npt.NDArray[np.int32]
    shift: int
    output_zero_point: int
    scale: Array


@dataclass(frozen=True, eq=False)
class QuantizedPass:
    """A quantized pass.

    weights  None without weights
    table    uint8 (256,): lookup table for the codes at its end; None: they stay
    """

    pass_: Pass
    weights: Weights | None
    table: npt.NDArray[np.uint8] | None


def quantize_passes(graph: Graph) -> list[QuantizedPass]:
    """Return every pass in integers; UnsupportedError if a sum may exceed int32."""
    ranges = interpreter.ranges(graph)
    steps = passes(graph)
    quantized = []
    quantization = PIXELS
    for pass_, following in zip(steps, [*steps[1:], None], strict=True):
        weights = table = None
        if pass_.bias is None:
            after = _absorbed(quantization, pass_.pointwise)
            if after is None or (_needs_zero(following) and not after.has_zero):
                table, after = _table(quantization, pass_.pointwise)
        elif all(isinstance(operation, Relu) for operation in pass_.pointwise):
            after = spanning(*ranges[pass_.last])
            weights = _weights(pass_, quantization, after)
        else:
            between = spanning(*ranges[pass_.sums])
            weights = _weights(pass_, quantization, between)
            table, after = _table(between, pass_.pointwise)
        quantized.append(QuantizedPass(pass_, weights, table))
        quantization = after
    return quantized


def spanning(low: float, high: float) -> Quantization:
    """Return codes for low..high, one of which means exactly 0."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) / 255 or 1.0
    return Quantization(scale, -scale * round(-low / scale))


def _needs_zero(following: Pass | None) -> bool:
    """Return True if a pass pads its map with zeros."""
    operation = following.operation if following else None
    return isinstance(operation, Convolution) and operation.padding > 0


def _absorbed(quantization: Quantization, steps: Sequence[Pointwise]) -> Quantization | None:
    """Return the quantization after steps that keep the codes; None if they change the codes."""
    for step in steps:
        if not isinstance(step, Affine) or step.factor <= 0:
            return None
        scale, offset = step.factor * quantization.scale, step.factor * quantization.offset + step.offset
        quantization = Quantization(scale, offset)
    return quantization


def _table(
    quantization: Quantization, steps: Sequence[Pointwise]
) -> tuple[npt.NDArray[np.uint8], Quantization]:
    """Return the lookup table of pointwise steps, and the quantization of its codes."""
    values: interpreter.Values = quantization.scale * CODES + quantization.offset
    for step in steps:
        values = interpreter.apply(step, values)
    after = spanning(float(values.min()), float(values.max()))
    codes = np.round(values / after.scale) + after.zero_point
    return codes.clip(0, 255).astype(np.uint8), after


def _weights(pass_: Pass, inputs: Quantization, after: Quantization) -> Weights:
    assert pass_.bias is not None
    weight = pass_.weight.astype(np.float64)
    # Outputs last, as in the bias.
    rows = weight.reshape(-1, weight.shape[-1])
    if not isinstance(pass_.operation, Depthwise):
        rows = weight.reshape(len(weight), -1).T
    bias = pass_.bias + inputs.remainder * rows.sum(axis=0)
    largest_bias = np.abs(bias).reshape(-1, rows.shape[1]).max(axis=0)
    # The scale must hold the weights, and the bias if the weights are nearly zero.
    scale = np.maximum(np.abs(rows).max(axis=0) / 127, largest_bias / (inputs.scale * MAX_BIAS))
    scale = np.where(scale > 0, scale, 1)
    codes = np.round(rows / scale)
    sums = np.round(bias / (inputs.scale * scale))
    reach = np.abs(codes).sum(axis=0) * max(inputs.zero_point, 255 - inputs.zero_point)
    if (reach + np.abs(sums).reshape(-1, len(scale)).max(axis=0)).max() >= 2**31:
        raise UnsupportedError(f"{pass_.name}: its sums are beyond 32 bits; export to c, in float32")
    ratio = inputs.scale * scale / after.scale
    shift = min(max(30 - math.frexp(ratio.max())[1], 1), MAX_SHIFT)
    factors = [o.factor for o in pass_.pointwise if isinstance(o, Affine)]
    if not isinstance(pass_.operation, Depthwise):
        codes = codes.T
    return Weights(
        codes.reshape(weight.shape).astype(np.int8),
        sums.astype(np.int32),
        inputs.zero_point,
        np.round(np.ldexp(ratio, shift)).clip(0, 2**31 - 1).astype(np.int32),
        shift,
        after.zero_point,
        narrowed(inputs.scale * scale * math.prod(factors)),
    )
