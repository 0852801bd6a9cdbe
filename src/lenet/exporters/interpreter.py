"""Run a graph's operations in NumPy: for the ranges of 8-bit formats, and as an oracle in tests."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from lenet.errors import ModelFileError
from lenet.exporters.ir import (
    Affine,
    Convolution,
    Dense,
    Depthwise,
    Flatten,
    Graph,
    MaxPool,
    Node,
    Operation,
    Relu,
    Resize,
    Softmax,
    Tanh,
    UnitBias,
)

Values = npt.NDArray[np.float64]

BATCH = 64  # images whose activations are in memory at once


def activations(graph: Graph, images: npt.NDArray[np.uint8]) -> Iterator[tuple[Node, Values]]:
    """Yield each node with its output, float64 (n, *node.output).

    images  uint8 (n, rows, columns)
    """
    values = images[:, None].astype(np.float64)
    for node in graph.nodes:
        values = apply(node.operation, values)
        yield node, values


def ranges(graph: Graph) -> dict[str, tuple[float, float]]:
    """Return minimum and maximum of each node's output over the sample.

    Raise LenetError if one is not finite.
    """
    limits = {node.name: (math.inf, -math.inf) for node in graph.nodes}
    for start in range(0, len(graph.sample), BATCH):
        for node, values in activations(graph, graph.sample[start : start + BATCH]):
            low, high = limits[node.name]
            limits[node.name] = min(low, float(values.min())), max(high, float(values.max()))
            if not np.isfinite(values).all():
                raise ModelFileError(f"{node.name}: numbers that are not finite; train the model again")
    return limits


def apply(operation: Operation, x: Values) -> Values:
    """Apply one operation to maps (n, channels, rows, columns) or vectors (n, length)."""
    match operation:
        case Affine():
            y = operation.factor * x + operation.offset
        case Resize():
            y = operation.rows @ x @ operation.columns.T
        case Convolution():
            around = [(0, 0), (0, 0), *2 * [(operation.padding, operation.padding)]]
            padded = np.pad(x, around, constant_values=operation.pad_value)
            seen = _windows(padded, operation.weight.shape[-1], operation.stride)
            y = np.einsum("nirckl,oikl->norc", seen, operation.weight, optimize=True)
            y = y + operation.bias[:, None, None]
        case Depthwise():
            size = operation.weight.shape[-1]
            y = np.einsum("nirckl,ikl->nirc", _windows(x, size, size), operation.weight)
            y = y + operation.bias[:, None, None]
        case UnitBias():
            y = x + operation.bias
        case MaxPool():
            y = _windows(x, operation.window, operation.window).max(axis=(-2, -1))
        case Relu():
            y = np.maximum(x, 0)
        case Tanh():
            y = np.tanh(x)
        case Flatten():
            y = x.reshape(len(x), -1)
        case Dense():
            y = x @ operation.weight + operation.bias
        case Softmax():
            shares = np.exp(x - x.max(axis=1, keepdims=True))
            y = shares / shares.sum(axis=1, keepdims=True)
    return y


def _windows(x: Values, size: int, stride: int) -> Values:
    """Return the windows, (n, channels, rows, columns, size, size)."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))
    return windows[:, :, ::stride, ::stride]
