"""LiteRT's 8-bit quantization: value = scale * (code - zero).

Source: Jacob et al. 2018, Quantization and training of neural networks for efficient
integer-arithmetic-only inference; LiteRT's 8-bit quantization specification.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lenet.exporters.ir import Array

LOWEST, HIGHEST = -128, 127
LARGEST_BIAS = 2**30  # in int32, with room for the products
SMALLEST = 1e-9  # scale
LARGEST_QUOTIENT = 128  # scale of sums / scale of outputs; XNNPACK's limit is 256


class Scale(NamedTuple):
    """Scale and zero point of a tensor's codes.

    scale  float32 (1,), or one for each index along `axis`
    zero   the code of 0, int
    """

    scale: Array
    zero: int = 0
    axis: int = 0

    def holds(self, value: float) -> bool:
        """Return True if a value is within the range of the codes."""
        return LOWEST <= round(value / float(self.scale[0])) + self.zero <= HIGHEST

    def with_value(self, value: float) -> Scale:
        """Return a scale that also covers a value."""
        low, high = ((end - self.zero) * float(self.scale[0]) for end in (LOWEST, HIGHEST))
        return scale(min(low, value), max(high, value))


BYTES = Scale(np.ones(1, np.float32))  # uint8 pixels
PIXELS = Scale(np.ones(1, np.float32), LOWEST)  # int8 ones
TANHS = Scale(np.full(1, 1 / 128, np.float32))  # the only one that the runtime takes for tanh
SHARES = Scale(np.full(1, 1 / 256, np.float32), LOWEST)  # and for softmax


def scale(low: float, high: float, least: float = SMALLEST) -> Scale:
    """Return a scale for low..high and 0, with steps of `least` or more."""
    low, high = min(low, 0.0), max(high, 0.0)
    step = max((high - low) / (HIGHEST - LOWEST), least)
    return Scale(np.array([step], np.float32), round(LOWEST - low / step))


def symmetric(values: Array) -> Scale:
    """Return a scale for constants, with zero point 0."""
    step = max(float(np.abs(values).max()) / HIGHEST, SMALLEST)
    return Scale(np.array([step], np.float32))


def codes(values: Array, meaning: Scale) -> npt.NDArray[np.int8]:
    """Round values to the nearest codes."""
    steps = meaning.scale.reshape([-1 if k == meaning.axis else 1 for k in range(values.ndim)])
    places = np.round(values / steps) + meaning.zero
    return places.clip(LOWEST, HIGHEST).astype(np.int8)


class Weights(NamedTuple):
    """A layer's weights as codes of -127..127, and its bias in the scale of sums."""

    weight: npt.NDArray[np.int8]
    meaning: Scale
    bias: npt.NDArray[np.int32]
    sums: Scale


def weights(weight: Array, bias: Array, inputs: Scale, axis: int, each: bool) -> Weights:
    """Quantize weights to 8 bits and biases, (outputs,), to 32 bits.

    inputs  scale of the layer's input
    axis    the weights' axis of outputs
    each    True: a scale for each output; False: one for all
    """
    greatest = np.abs(np.moveaxis(weight, axis, 0)).reshape(len(bias), -1).max(axis=1)
    # A channel with nearly zero weights still needs sums that hold its bias.
    steps = np.maximum(greatest / HIGHEST, np.abs(bias) / (LARGEST_BIAS * inputs.scale))
    if not each:
        steps = steps.max(keepdims=True)
    meaning = Scale(np.maximum(steps, SMALLEST).astype(np.float32), axis=axis)
    sums = Scale(meaning.scale * inputs.scale)
    whole = np.round(bias / sums.scale.astype(np.float64)).astype(np.int32)
    return Weights(codes(weight, meaning), meaning, whole, sums)
