"""Convert kernels and windows of any stride, padding, dilation and groups to the engine's.

The engine pads not at all, or with (kernel - 1) / 2 on each side. Other padding with the same number
of outputs becomes a larger kernel with zeros; so do dilated kernels and groups.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lenet._util.bounded import MAX_BYTES
from lenet.engine.abi import MAX_CHANNELS, MAX_KERNEL, MAX_STRIDE, MAX_TABLE
from lenet.errors import UnsupportedError
from lenet.importers.ir import Array, Convolution, Padding, Pads, Pair, Pool

NO_PADS: Pads = ((0, 0), (0, 0))
MAX_NUMBERS = MAX_BYTES // 4  # no model file holds more


def pads_of(padding: Padding, sides: Sequence[int], kernel: Sequence[int], strides: Pair) -> Pads:
    """Return the rows and columns of padding around a map of `sides`.

    "same" is TensorFlow's: ceil(side / stride) outputs, with an odd row or column at the end.
    """
    if not isinstance(padding, str):
        return padding
    if padding == "valid":
        return NO_PADS
    pairs = []
    for side, length, stride in zip(sides, kernel, strides, strict=True):
        whole = max(0, (-(-side // stride) - 1) * stride + length - side)
        pairs.append((whole // 2, whole - whole // 2))
    return pairs[0], pairs[1]


def grown(step: Convolution, channels: int) -> Array:
    """Return a dense kernel, (out, in, rows, columns), with zeros for groups and dilation.

    Raise LenetError if it does not fit `channels`, or is too large.
    """
    outputs, inputs, *sides = step.weight.shape
    groups = step.groups
    if inputs * groups != channels or outputs % groups:
        raise UnsupportedError(
            f"{step.place}: has a kernel for {inputs * groups} channels, and gets {channels}"
        )
    whole = [(side - 1) * gap + 1 for side, gap in zip(sides, step.dilation, strict=True)]
    if max(whole) > MAX_KERNEL:
        raise UnsupportedError(f"{step.place}: has a kernel of {whole[0]} x {whole[1]}; at most 15 x 15")
    kernel = _zeros(step, outputs, channels, *whole)
    each = outputs // groups
    for group in range(groups):
        rows, columns = slice(group * each, (group + 1) * each), slice(group * inputs, None)
        part = kernel[rows, columns][:, :inputs]
        part[:, :, :: step.dilation[0], :: step.dilation[1]] = step.weight[rows]
    return kernel


def embedded(step: Convolution, kernel: Array, pads: Pads, sides: Sequence[int]) -> tuple[Array, int, bool]:
    """Return a square kernel, its stride, and True if the engine pads the map of `sides`.

    A square kernel without padding stays as it is. Others are embedded in zeros, in a kernel of odd
    side that is padded with (side - 1) / 2. Raise LenetError if that is another convolution.
    """
    stride = step.strides[0]
    if stride != step.strides[1] or not 1 <= stride <= MAX_STRIDE:
        raise UnsupportedError(
            f"{step.place}: has the strides {step.strides}; two equal ones, 1..{MAX_STRIDE}, can be said"
        )
    rows, columns = kernel.shape[2:]
    if rows == columns and pads == NO_PADS:
        return kernel, stride, False
    needed = []
    for side, (before, after), length in zip(sides, pads, (rows, columns), strict=True):
        outputs = (side + before + after - length) // stride + 1
        meant = (side - 1) // stride + 1
        if min(before, after) < 0 or outputs != meant:
            raise UnsupportedError(
                f"{step.place}: its kernel of {rows} x {columns} with {before} before and {after} "
                f"after makes {outputs} of {side}; only squares without padding, or padding that "
                f"makes {meant}, can be said"
            )
        needed.append(max(2 * before + 1, 2 * (length - before) - 1))
    side = max(needed)
    if side > MAX_KERNEL:
        raise UnsupportedError(f"{step.place}: pads too much; its kernel would be {side} x {side}")
    top, left = (side // 2 - before for before, _ in pads)
    whole = _zeros(step, *kernel.shape[:2], side, side)
    whole[:, :, top : top + rows, left : left + columns] = kernel
    return whole, stride, True


def _zeros(step: Convolution, *shape: int) -> Array:
    if shape[0] > MAX_CHANNELS or math.prod(shape) > MAX_NUMBERS:
        raise UnsupportedError(f"{step.place}: has {shape[0]:,} channels of {shape[1]:,}; make it smaller")
    return np.zeros(shape)


def tabled(weight: Array) -> tuple[list[str], Array] | None:
    """Return the connection table of a kernel (in, row, column, out), and its weights.

    Their order is that of docs/reference/model-file.md. None if all channels are connected, or an
    output has no input.
    """
    connected = np.asarray(weight.any(axis=(1, 2)))
    if connected.all() or not connected.any(axis=0).all() or connected.size > MAX_TABLE:
        return None
    rows = ["".join("X" if seen else "." for seen in row) for row in connected]
    return rows, weight.transpose(0, 3, 1, 2)[connected]


def mean_of(step: Convolution, channels: int) -> tuple[int, Array] | None:
    """Return window and factors of a convolution that sums adjacent windows of each channel.

    None for any other convolution.
    """
    outputs, inputs, rows, columns = step.weight.shape
    alone = step.groups == channels == outputs and inputs == 1 and rows == columns
    lone = alone and step.strides == (rows, rows) and step.dilation == (1, 1)
    factors = step.weight[:, 0, 0, 0]
    if not lone or step.padding not in ("valid", NO_PADS):
        return None
    same = (step.weight == factors[:, None, None, None]).all()
    return (rows, factors) if same else None


def window_of(step: Pool, sides: Sequence[int]) -> int:
    """Return the side of a pooling's window, which is also its stride, for a map of `sides`.

    Raise LenetError for other windows.
    """
    size = step.size or (sides[0], sides[1])
    strides = step.strides or size
    if size[0] != size[1] or strides != size:
        raise UnsupportedError(
            f"{step.place}: pools windows of {words(size)} with stride {words(strides)}; only "
            "squares that lie side by side can be said"
        )
    side = size[0]
    exact = all(length % side == 0 for length in sides)
    if not exact and (step.ceil or step.padding == "same"):
        raise UnsupportedError(
            f"{step.place}: pads a map of {words(sides)} for windows of {side}; only what leaves "
            "a rest at the edge out can be said"
        )
    if not isinstance(step.padding, str) and step.padding != NO_PADS:
        raise UnsupportedError(f"{step.place}: pads before it pools; leave the padding out")
    return side


def words(sizes: Sequence[int]) -> str:
    """Return sizes as text, such as "5 x 5"."""
    return " x ".join(map(str, sizes))
