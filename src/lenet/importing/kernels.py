"""Kernels of any stride, padding, dilation and number of groups as kernels that the engine knows.

The engine pads not at all, or with (kernel - 1) / 2 on each side. Any other padding that gives as
many outputs is a larger kernel with zeros; so are dilated kernels and groups.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lenet.architectures.specification import MAX_KERNEL, MAX_SIZE, MAX_STRIDE
from lenet.errors import LenetError
from lenet.importing.steps import Array, Convolution, Padding, Pads, Pair
from lenet.model_file import MAX_BYTES

_MAX_NUMBERS = MAX_BYTES // 4  # of a kernel: no model file holds more


def pads_of(padding: Padding, sides: Sequence[int], kernel: Sequence[int], strides: Pair) -> Pads:
    """Rows and columns that are put around a map of `sides`.

    "same" is TensorFlow's: as many outputs as the stride leaves, what is too much behind.
    """
    if not isinstance(padding, str):
        return padding
    if padding == "valid":
        return (0, 0), (0, 0)
    pairs = []
    for side, length, stride in zip(sides, kernel, strides, strict=True):
        whole = max(0, (-(-side // stride) - 1) * stride + length - side)
        pairs.append((whole // 2, whole - whole // 2))
    return pairs[0], pairs[1]


def grown(step: Convolution, channels: int) -> Array:
    """The kernel of a convolution of `channels`, (out, in, rows, columns), with zeros for what
    groups and dilation leave out. Raises LenetError where it does not fit, or is too large."""
    outputs, inputs, *sides = step.weight.shape
    groups = step.groups
    if inputs * groups != channels or outputs % groups:
        raise LenetError(
            f"{step.place}: has a kernel for {inputs * groups} channels, and gets {channels}"
        )
    whole = [(side - 1) * gap + 1 for side, gap in zip(sides, step.dilation, strict=True)]
    if max(whole) > MAX_KERNEL:
        raise LenetError(f"{step.place}: has a kernel of {whole[0]} x {whole[1]}; at most 15 x 15")
    kernel = _zeros(step, outputs, channels, *whole)
    each = outputs // groups
    for group in range(groups):
        rows, columns = slice(group * each, (group + 1) * each), slice(group * inputs, None)
        part = kernel[rows, columns][:, :inputs]
        part[:, :, :: step.dilation[0], :: step.dilation[1]] = step.weight[rows]
    return kernel


def embedded(
    step: Convolution, kernel: Array, pads: Pads, sides: Sequence[int]
) -> tuple[Array, int]:
    """The kernel as a square one, and its stride, for a map of `sides` with `pads` around it.

    Without padding it stays as it is; else it lies among zeros in one of odd side that is padded
    with (side - 1) / 2. Raises LenetError where that is not the same convolution.
    """
    stride = step.strides[0]
    if stride != step.strides[1] or not 1 <= stride <= MAX_STRIDE:
        raise LenetError(
            f"{step.place}: has the strides {step.strides}; two equal ones, 1..{MAX_STRIDE}, can "
            "be said"
        )
    rows, columns = kernel.shape[2:]
    if pads == ((0, 0), (0, 0)):
        if rows != columns:
            raise LenetError(
                f"{step.place}: has a kernel of {rows} x {columns} without padding; only squares "
                "can be said"
            )
        return kernel, stride
    for side, (before, after), length in zip(sides, pads, (rows, columns), strict=True):
        outputs = (side + before + after - length) // stride + 1
        if min(before, after) < 0 or outputs != (side - 1) // stride + 1:
            raise LenetError(
                f"{step.place}: pads {before} before and {after} after for a kernel of {length}; "
                f"only no padding, or as much as gives {(side - 1) // stride + 1} outputs, can be "
                "said"
            )
    needed = [
        max(2 * before + 1, 2 * (length - before) - 1)
        for (before, _), length in zip(pads, (rows, columns), strict=True)
    ]
    side = max(needed)
    if side > MAX_KERNEL:
        raise LenetError(f"{step.place}: pads too much; its kernel would be {side} x {side}")
    middle = side // 2
    top, left = middle - pads[0][0], middle - pads[1][0]
    whole = _zeros(step, *kernel.shape[:2], side, side)
    whole[:, :, top : top + rows, left : left + columns] = kernel
    return whole, stride


def _zeros(step: Convolution, *shape: int) -> Array:
    if shape[0] > MAX_SIZE or math.prod(shape) > _MAX_NUMBERS:
        raise LenetError(
            f"{step.place}: has {shape[0]:,} channels of {shape[1]:,}; make it smaller"
        )
    return np.zeros(shape)
