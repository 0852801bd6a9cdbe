"""Graph -> passes of a program that needs little memory.

Max pooling happens while the convolution before it is computed, so the full map is never stored.
Padding values become zeros, so taps outside a map are skipped. Maps have their channels last: the
values that a kernel reads of a row are then contiguous.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lenet.exporters.ir import (
    Affine,
    Array,
    Convolution,
    Dense,
    Depthwise,
    Flatten,
    Graph,
    MaxPool,
    Node,
    Relu,
    Resize,
    Shape,
    Softmax,
    Tanh,
    UnitBias,
    channels_last,
)

Pointwise = Affine | Relu | Tanh
Operation = Convolution | Depthwise | Dense | Resize | MaxPool


@dataclass(frozen=True, eq=False)
class Pass:
    """One step from a map to the next.

    name       of the operation's node; "image" of the first pass, which has no operation
    operation  a convolution's padding holds zeros
    bias       (outputs,), or (rows, columns, outputs) where each unit has one; None without weights
    input      (channels, rows, columns), or (length,)
    output     the same after max pooling
    pool       side of the max pooling's window; 1 without pooling
    pointwise  operations on each number, after the pooling
    sums       name of the node after the operation and its bias, before maximum and pointwise
    last       name of the node that the pass ends with
    """

    name: str
    operation: Operation | None
    bias: Array | None
    input: Shape
    output: Shape
    pool: int
    pointwise: tuple[Pointwise, ...]
    sums: str
    last: str

    @property
    def numbers(self) -> int:
        """Count the output's numbers."""
        return math.prod(self.output)

    @property
    def biases(self) -> int:
        """Count the biases of each place of the map; 0 if all places share them."""
        return self.output[0] if self.bias is not None and self.bias.ndim == 3 else 0

    @property
    def weight(self) -> Array:
        """Return the weights: outputs first, channels last.

        A depthwise convolution has its channels last, each of which is an output.
        """
        match self.operation:
            case Convolution(weight):
                return np.ascontiguousarray(weight.transpose(0, 2, 3, 1))
            case Depthwise(weight):
                return np.ascontiguousarray(weight.transpose(1, 2, 0))
            case Dense(weight):
                flat = channels_last(weight, self.input) if len(self.input) == 3 else weight
                return np.ascontiguousarray(flat.T)
        raise TypeError(f"{self.name} has no weights")


def last_axis(shape: Shape) -> Shape:
    """Turn (channels, rows, columns) into (rows, columns, channels); keep (length,)."""
    return (*shape[1:], shape[0])


def narrowed(values: npt.NDArray[np.float64]) -> Array:
    """Convert to float32; values beyond it become infinite, which `source.array` refuses."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def passes(graph: Graph) -> list[Pass]:
    """Return the passes of a network, without its softmax."""
    shape = graph.nodes[0].input
    merged = [Pass("image", None, None, shape, shape, 1, (), "image", "image")]
    for node in graph.nodes:
        merged[-1:] = _with(merged[-1], node)
    return merged


def _with(before: Pass, node: Node) -> Iterator[Pass]:
    """Yield a pass and the node behind it, merged into one pass if possible."""
    match node.operation:
        case Softmax():
            yield before
        case Flatten():  # nothing to do: Pass.weight has the channels last
            yield replace(before, last=node.name)
        case Affine() | Relu() | Tanh():
            yield _then(replace(before, last=node.name), node.operation)
        case UnitBias(bias) if before.bias is not None:
            units = before.bias + bias.transpose(1, 2, 0)
            yield replace(before, bias=units, sums=node.name, last=node.name)
        case MaxPool(window) if _may_pool(before):
            yield replace(before, pool=window, output=node.output, last=node.name)
        case Convolution(weight, bias) as layer:
            outside = layer.pad_value if layer.padding else 0.0
            if outside:
                before = _then(before, Affine(1, -outside))
                reach = weight.sum(axis=(1, 2, 3), dtype=np.float64)
                bias = narrowed(bias + outside * reach)
            yield before
            yield _first(node, replace(layer, pad_value=0.0), bias, before.output)
        case Depthwise(_, bias) | Dense(_, bias):
            yield before
            yield _first(node, node.operation, bias, before.output)
        case MaxPool() | Resize():
            yield before
            yield _first(node, node.operation, None, before.output)


def _first(node: Node, operation: Operation, bias: Array | None, shape: Shape) -> Pass:
    return Pass(node.name, operation, bias, shape, node.output, 1, (), node.name, node.name)


def _then(before: Pass, operation: Pointwise) -> Pass:
    """Append a pointwise operation; merge two affine ones, drop the identity."""
    steps = before.pointwise
    if isinstance(operation, Affine) and steps and isinstance(steps[-1], Affine):
        first, steps = steps[-1], steps[:-1]
        factor, offset = operation.factor, operation.offset
        operation = Affine(factor * first.factor, factor * first.offset + offset)
    if isinstance(operation, Affine) and (operation.factor, operation.offset) == (1, 0):
        return replace(before, pointwise=steps)
    return replace(before, pointwise=(*steps, operation))


def _may_pool(before: Pass) -> bool:
    """Return True if max pooling may come before the pass's pointwise operations."""
    rising = all(not isinstance(o, Affine) or o.factor > 0 for o in before.pointwise)
    return isinstance(before.operation, Convolution) and before.pool == 1 and rising
