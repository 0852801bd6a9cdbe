"""Turn a network that was trained on turned images into one for upright images, by turning its weights.

The activations of the turned network are the turned activations of the original. A convolution or a
pooling may leave rows out at the end of a map; in a flipped network these are the first rows, which a
larger kernel with zeros skips.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lenet.errors import UnsupportedError
from lenet.importers.ir import (
    Activation,
    Affine,
    Array,
    Chain,
    Convolution,
    Flatten,
    Nothing,
    Pad,
    Pads,
    Pair,
    Pool,
    Step,
    transposed,
)
from lenet.importers.lower.kernels import NO_PADS, pads_of
from lenet.ink import Orientation

Flips = tuple[bool, bool]
"""True for rows, and for columns, in reversed order."""


def for_upright_images(chain: Chain, orientation: Orientation) -> Chain:
    """Return the chain that answers for an upright image as `chain` does for the turned image.

    Raise UnsupportedError, naming the step, if no network of the same layers does so.
    """
    exchanged, rows, columns = orientation.steps
    flips = rows < 0, columns < 0
    if any(flips):
        chain = _Flipping(chain, flips).chain()
    return transposed(chain) if exchanged else chain


class _Flipping:
    """Flips each step of a chain; `sides` are those of the map between two steps."""

    def __init__(self, chain: Chain, flips: Flips) -> None:
        self.original, self.flips = chain, flips
        self.steps: list[Step] = []
        self.sides: Pair | None = chain.sides  # None if flat
        self.before: int | None = None  # index of the convolution before, if it can skip rows

    def chain(self) -> Chain:
        """Return the flipped chain."""
        for step in self.original.steps:
            self._take(step)
        if self.sides is not None:
            self.steps.append(Flatten("the outputs", "CHW", flipped=self.flips))
        return replace(self.original, steps=self.steps)

    def _take(self, step: Step) -> None:
        if self.sides is None:
            self.steps.append(step)
            return
        match step:
            case Convolution():
                self._convolution(step, self.sides)
            case Pool():
                self._pool(step, self.sides)
            case Pad(pads=(rows, columns)):
                flipped = [pair[::-1] if flip else pair for pair, flip in self._by_axis((rows, columns))]
                self.steps.append(replace(step, pads=(flipped[0], flipped[1])))
                self.sides = self.sides[0] + sum(rows), self.sides[1] + sum(columns)
                self.before = None
            case Affine():
                self.steps.append(replace(step, scale=self._flip(step.scale), shift=self._flip(step.shift)))
                if any(max(values.shape[1:], default=1) > 1 for values in (step.scale, step.shift)):
                    self.before = None  # numbers for each place of the map
            case Flatten():
                self.steps.append(replace(step, flipped=self.flips))
                self.sides = None
            case _:
                self.steps.append(step)
                if not isinstance(step, Activation | Nothing):
                    self.before = None

    def _by_axis(self, pairs: Sequence[Pair]) -> list[tuple[Pair, bool]]:
        return list(zip(pairs, self.flips, strict=True))

    def _flip(self, values: Array) -> Array:
        """Flip the last two axes of an array that has rows and columns."""
        axes = tuple(axis for axis, flip in zip((-2, -1), self.flips, strict=True) if flip)
        return np.flip(values, axes) if values.ndim > 1 else values

    def _convolution(self, step: Convolution, sides: Pair) -> None:
        """Flip a convolution. Rows that its last window does not reach become rows before its first."""
        weight = _undilated(step)
        pads = pads_of(step.padding, sides, weight.shape[2:], step.strides)
        outputs, reached = [], []
        for side, (before, after), kernel, stride in zip(
            sides, pads, weight.shape[2:], step.strides, strict=True
        ):
            count = (side + before + after - kernel) // stride + 1
            outputs.append(count)
            reached.append((before, (count - 1) * stride + kernel - side - before))
        if min(outputs) < 1:
            raise UnsupportedError(f"{step.place}: its kernel is larger than its map")
        flipped = [pair[::-1] if flip else pair for pair, flip in self._by_axis(reached)]
        weight, padding = _cropped(self._flip(weight), (flipped[0], flipped[1]))
        self.before = len(self.steps)
        self.steps.append(replace(step, weight=weight, padding=padding, dilation=(1, 1)))
        self.sides = outputs[0], outputs[1]

    def _pool(self, step: Pool, sides: Pair) -> None:
        """Let the convolution before skip the rows that a pooling leaves out."""
        size = step.size or sides
        rests = [side % length for side, length in zip(sides, size, strict=True)]
        if any(rest and flip for rest, flip in zip(rests, self.flips, strict=True)):
            if self.before is None:
                raise UnsupportedError(
                    f"{step.place}: leaves out the last rows of {sides[0]} x {sides[1]}, which without a "
                    "convolution before it cannot be turned; train it on upright images"
                )
            convolution = self.steps[self.before]
            assert isinstance(convolution, Convolution)
            self.steps[self.before] = self._skipping(convolution, rests)
        self.steps.append(step)
        self.sides = sides[0] // size[0], sides[1] // size[1]
        self.before = None

    def _skipping(self, step: Convolution, rests: Sequence[int]) -> Convolution:
        """Return a convolution without its first outputs along flipped axes, and its last along others.

        With padding, as many others follow, which the pooling leaves out.
        """
        assert not isinstance(step.padding, str)
        skipped = [rest * stride for rest, stride in zip(rests, step.strides, strict=True)]
        pads: list[Pair] = []
        for (before, after), skip, flip in zip(step.padding, skipped, self.flips, strict=True):
            if step.padding == NO_PADS:
                pads.append((-skip, 0) if flip else (0, -skip))
            else:
                pads.append((before - skip, after + skip) if flip else (before, after))
        weight, padding = _cropped(step.weight, (pads[0], pads[1]))
        return replace(step, weight=weight, padding=padding)


def _undilated(step: Convolution) -> Array:
    """Return the kernel with zeros in its gaps."""
    outputs, inputs, *sides = step.weight.shape
    rows, columns = ((side - 1) * gap + 1 for side, gap in zip(sides, step.dilation, strict=True))
    weight = np.zeros((outputs, inputs, rows, columns))
    weight[:, :, :: step.dilation[0], :: step.dilation[1]] = step.weight
    return weight


def _cropped(weight: Array, pads: Pads) -> tuple[Array, Pads]:
    """Return a kernel with zeros instead of negative padding, and the padding that is left."""
    if min(min(pair) for pair in pads) >= 0:
        return weight, pads
    zeros = [(max(0, -before), max(0, -after)) for before, after in pads]
    left = [(max(0, before), max(0, after)) for before, after in pads]
    return np.pad(weight, [(0, 0), (0, 0), *zeros]), (left[0], left[1])
