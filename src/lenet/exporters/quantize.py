"""LiteRT's 8-bit quantization: value = scale * (code - zero).

Source: Jacob et al. 2018, Quantization and training of neural networks for efficient
integer-arithmetic-only inference; LiteRT's 8-bit quantization specification.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lenet.exporters.ir import Array

MIN_CODE, MAX_CODE = -128, 127
MAX_BIAS = 2**30  # in int32, with room for the products
MIN_SCALE = 1e-9
MAX_SCALE_RATIO = 128  # scale of sums / scale of outputs; XNNPACK's limit is 256


class Quantization(NamedTuple):
    """Scale and zero point of a tensor's codes.

    scale       float32 (1,), or one for each index along `axis`
    zero_point  the code of 0, int
    """

    scale: Array
    zero_point: int = 0
    axis: int = 0

    def holds(self, value: float) -> bool:
        """Return True if a value is within the range of the codes."""
        return MIN_CODE <= round(value / float(self.scale[0])) + self.zero_point <= MAX_CODE

    def with_value(self, value: float) -> Quantization:
        """Return a quantization that also holds a value."""
        low, high = ((end - self.zero_point) * float(self.scale[0]) for end in (MIN_CODE, MAX_CODE))
        return asymmetric(min(low, value), max(high, value))


UINT8_PIXELS = Quantization(np.ones(1, np.float32))  # uint8 pixels
INT8_PIXELS = Quantization(np.ones(1, np.float32), MIN_CODE)  # int8 ones
TANH_OUTPUT = Quantization(np.full(1, 1 / 128, np.float32))  # the only one that the runtime takes for tanh
SOFTMAX_OUTPUT = Quantization(np.full(1, 1 / 256, np.float32), MIN_CODE)  # and for softmax


def asymmetric(low: float, high: float, min_scale: float = MIN_SCALE) -> Quantization:
    """Return a quantization that holds low..high and 0; its scale is at least `min_scale`."""
    low, high = min(low, 0.0), max(high, 0.0)
    step = max((high - low) / (MAX_CODE - MIN_CODE), min_scale)
    return Quantization(np.array([step], np.float32), round(MIN_CODE - low / step))


def symmetric(values: Array) -> Quantization:
    """Return a quantization of constants with zero point 0."""
    step = max(float(np.abs(values).max()) / MAX_CODE, MIN_SCALE)
    return Quantization(np.array([step], np.float32))


def codes(values: Array, quantization: Quantization) -> npt.NDArray[np.int8]:
    """Round values to the nearest codes."""
    steps = quantization.scale.reshape([-1 if k == quantization.axis else 1 for k in range(values.ndim)])
    rounded = np.round(values / steps) + quantization.zero_point
    return rounded.clip(MIN_CODE, MAX_CODE).astype(np.int8)


class Weights(NamedTuple):
    """A layer's weights as codes of -127..127, and its bias in the scale of sums."""

    weight: npt.NDArray[np.int8]
    quantization: Quantization
    bias: npt.NDArray[np.int32]
    sums: Quantization


def weights(weight: Array, bias: Array, inputs: Quantization, axis: int, per_channel: bool) -> Weights:
    """Quantize weights to 8 bits and biases, (outputs,), to 32 bits.

    inputs       quantization of the layer's input
    axis         the weights' axis of outputs
    per_channel  True: a scale for each output; False: one for all
    """
    largest = np.abs(np.moveaxis(weight, axis, 0)).reshape(len(bias), -1).max(axis=1)
    # A channel with nearly zero weights still needs sums that hold its bias.
    steps = np.maximum(largest / MAX_CODE, np.abs(bias) / (MAX_BIAS * inputs.scale))
    if not per_channel:
        steps = steps.max(keepdims=True)
    quantization = Quantization(np.maximum(steps, MIN_SCALE).astype(np.float32), axis=axis)
    sums = Quantization(quantization.scale * inputs.scale)
    bias_codes = np.round(bias / sums.scale.astype(np.float64)).astype(np.int32)
    return Weights(codes(weight, quantization), quantization, bias_codes, sums)
