"""Numbers in 8 bits, as LiteRT means them: value = scale * (code - zero).

Source: Jacob et al. 2018, Quantization and training of neural networks for efficient
integer-arithmetic-only inference; LiteRT's 8-bit quantization specification."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lenet.exporters.ir import Array

LOWEST, HIGHEST = -128, 127
LARGEST_BIAS = 2**30  # of an int32, with room for what is added to it
SMALLEST = 1e-9  # scale
LARGEST_QUOTIENT = 128  # of the scale of sums and that of what they become; XNNPACK's is 256


class Scale(NamedTuple):
    """What the codes of a tensor mean.

    scale  float32 (1,), or one for each index along `axis`
    zero   the code of 0, int
    """

    scale: Array
    zero: int = 0
    axis: int = 0

    def holds(self, value: float) -> bool:
        """Whether a code means a value, or one as near as a code can be."""
        return LOWEST <= round(value / float(self.scale[0])) + self.zero <= HIGHEST

    def with_value(self, value: float) -> Scale:
        """Codes for all that these mean and for a value."""
        low, high = ((end - self.zero) * float(self.scale[0]) for end in (LOWEST, HIGHEST))
        return scale(min(low, value), max(high, value))


BYTES = Scale(np.ones(1, np.float32))  # uint8 pixels
PIXELS = Scale(np.ones(1, np.float32), LOWEST)  # int8 ones
TANHS = Scale(np.full(1, 1 / 128, np.float32))  # the runtime takes no other for a tanh
SHARES = Scale(np.full(1, 1 / 256, np.float32), LOWEST)  # nor for a softmax


def scale(low: float, high: float, least: float = SMALLEST) -> Scale:
    """Codes for all of low..high, and for 0; with steps of `least` or more."""
    low, high = min(low, 0.0), max(high, 0.0)
    step = max((high - low) / (HIGHEST - LOWEST), least)
    return Scale(np.array([step], np.float32), round(LOWEST - low / step))


def symmetric(values: Array) -> Scale:
    """Codes for constants, that of 0 being 0."""
    step = max(float(np.abs(values).max()) / HIGHEST, SMALLEST)
    return Scale(np.array([step], np.float32))


def codes(values: Array, meaning: Scale) -> npt.NDArray[np.int8]:
    """Values as codes, of the nearest value that has one."""
    steps = meaning.scale.reshape([-1 if k == meaning.axis else 1 for k in range(values.ndim)])
    places = np.round(values / steps) + meaning.zero
    return places.clip(LOWEST, HIGHEST).astype(np.int8)


class Weights(NamedTuple):
    """A layer's weights as codes of -127..127, and its bias as sums of products of codes."""

    weight: npt.NDArray[np.int8]
    meaning: Scale
    bias: npt.NDArray[np.int32]
    sums: Scale


def weights(weight: Array, bias: Array, inputs: Scale, axis: int, each: bool) -> Weights:
    """Weights and biases, (outputs,), in 8 and in 32 bits.

    inputs  what the codes mean that the weights are multiplied with
    axis    of the weights that counts the outputs
    each    whether each output gets a scale of its own
    """
    greatest = np.abs(np.moveaxis(weight, axis, 0)).reshape(len(bias), -1).max(axis=1)
    # A channel whose weights are all but zero still needs sums that hold its bias.
    steps = np.maximum(greatest / HIGHEST, np.abs(bias) / (LARGEST_BIAS * inputs.scale))
    if not each:
        steps = steps.max(keepdims=True)
    meaning = Scale(np.maximum(steps, SMALLEST).astype(np.float32), axis=axis)
    sums = Scale(meaning.scale * inputs.scale)
    whole = np.round(bias / sums.scale.astype(np.float64)).astype(np.int32)
    return Weights(codes(weight, meaning), meaning, whole, sums)
