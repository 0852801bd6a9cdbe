"""Intermediate representation of importers: a model as a chain of steps.

An activation is a map (channels, rows, columns) or flat (units,), in whatever order the file keeps
it. `Flatten` holds the order in which the file's dense layers count it. Numbers are float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from lenet.errors import ModelFileError

Array = npt.NDArray[np.float64]
Pair = tuple[int, int]
"""Along the rows, along the columns."""

Pads = tuple[Pair, Pair]
"""(before, after) along the rows, then along the columns."""

Padding = Literal["valid", "same"] | Pads
"""TensorFlow's rules ("same" puts an odd row or column at the end), or numbers."""

Kind = Literal["relu", "tanh", "sigmoid", "softmax"]


@dataclass(frozen=True, eq=False)
class Step:
    """A step; `place` names it in messages, such as 'layer 3, Conv2D "conv2d_1"'."""

    place: str


@dataclass(frozen=True, eq=False)
class Convolution(Step):
    """A cross-correlation: weight (out, in / groups, rows, columns), bias (out,)."""

    weight: Array
    bias: Array
    strides: Pair = (1, 1)
    padding: Padding = "valid"
    dilation: Pair = (1, 1)
    groups: int = 1


@dataclass(frozen=True, eq=False)
class Pad(Step):
    """Rows and columns of `value` around a map, for the convolution that follows."""

    pads: Pads
    value: float = 0.0


@dataclass(frozen=True, eq=False)
class Dense(Step):
    """x @ weight + bias: weight (in, out), bias (out,)."""

    weight: Array
    bias: Array


@dataclass(frozen=True, eq=False)
class Affine(Step):
    """scale * x + shift, for example batch normalization or the scaling of pixels.

    Both are (), (channels,) or (channels, rows, columns) for a map, () or (units,) for a flat
    activation.
    """

    scale: Array
    shift: Array


@dataclass(frozen=True, eq=False)
class Activation(Step):
    """An activation function; tanh is the plain one, not LeCun's."""

    kind: Kind


@dataclass(frozen=True, eq=False)
class Pool(Step):
    """Pooling; size None: the whole map."""

    kind: Literal["max", "average"]
    size: Pair | None
    strides: Pair | None = None
    padding: Padding = "valid"
    ceil: bool = False


@dataclass(frozen=True, eq=False)
class Flatten(Step):
    """Flatten a map.

    order    "HWC": row, column, channel, the last fastest; "CHW": channel, row, column
    units    expected number; None: any
    flipped  whether rows, and whether columns, are counted from the end
    """

    order: str
    units: int | None = None
    flipped: tuple[bool, bool] = (False, False)


@dataclass(frozen=True, eq=False)
class Unflatten(Step):
    """Reshape an input that is a row of pixels to rows and columns of one channel."""

    sides: Pair


@dataclass(frozen=True, eq=False)
class Nothing(Step):
    """A step without effect at inference, such as dropout."""


@dataclass(frozen=True, eq=False)
class Chain:
    """A model as in its file.

    format       of the file
    sides        rows and columns of an image
    steps        from the image, one channel, to logits or probabilities
    input_range  the first step's input values for pixels 0 and 255, if the file has them
    """

    format: str
    sides: Pair
    steps: Sequence[Step]
    input_range: tuple[float, float] | None = None


def batch_norm(place: str, gamma: Array, beta: Array, mean: Array, variance: Array, epsilon: float) -> Affine:
    """Return gamma (x - mean) / sqrt(variance + epsilon) + beta, (channels,) or (units,) each.

    Ioffe and Szegedy 2015. Raise LenetError if the arrays' shapes differ.
    """
    if mean.ndim != 1 or len({array.shape for array in (gamma, beta, mean, variance)}) > 1:
        raise ModelFileError(f"{place}: its arrays are not of one length")
    if not (variance + epsilon > 0).all():
        raise ModelFileError(f"{place}: a variance is below 0")
    scale = gamma / np.sqrt(variance + epsilon)
    return Affine(place, scale, beta - mean * scale)


def transposed(chain: Chain) -> Chain:
    """Return the same model for images with rows and columns exchanged."""
    return replace(chain, sides=chain.sides[::-1], steps=[transposed_step(step) for step in chain.steps])


def transposed_step(step: Step) -> Step:
    """Return the same step for maps with rows and columns exchanged."""
    match step:
        case Convolution():
            return replace(
                step,
                weight=step.weight.transpose(0, 1, 3, 2),
                strides=step.strides[::-1],
                padding=step.padding if isinstance(step.padding, str) else step.padding[::-1],
                dilation=step.dilation[::-1],
            )
        case Pad():
            return replace(step, pads=step.pads[::-1])
        case Pool():
            return replace(
                step,
                size=step.size and step.size[::-1],
                strides=step.strides and step.strides[::-1],
                padding=step.padding if isinstance(step.padding, str) else step.padding[::-1],
            )
        case Unflatten():
            return replace(step, sides=step.sides[::-1])
        case Flatten():
            order = step.order.translate(str.maketrans("HW", "WH"))
            return replace(step, order=order, flipped=step.flipped[::-1])
        case Affine():
            turned = [x.transpose(0, 2, 1) if x.ndim == 3 else x for x in (step.scale, step.shift)]
            return replace(step, scale=turned[0], shift=turned[1])
        case _:
            return step
