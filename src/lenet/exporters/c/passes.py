"""A graph as the passes of a program that has little memory.

A maximum is taken while the convolution before it is computed, so that the full map is never
stored; backgrounds become zeros, so that taps outside a map are skipped. Maps lie with their
channels last: what a tap sees of a row is then one piece of memory.
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
    """One way from a map to the next.

    name       of the operation's node; "image" of the first pass, which has no operation
    operation  a convolution's padding holds zeros
    bias       (outputs,), or (rows, columns, outputs) where each unit has one; None without weights
    input      (channels, rows, columns), or (length,)
    output     the same after the maximum
    pool       of each pool x pool outputs the greatest alone goes on
    pointwise  what is then done to each number
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
        """How many come out."""
        return math.prod(self.output)

    @property
    def biases(self) -> int:
        """How many a place of a convolution has to itself."""
        return self.output[0] if self.bias is not None and self.bias.ndim == 3 else 0

    @property
    def weight(self) -> Array:
        """The operation's, the outputs first and the channels last; of a depthwise one the channels
        last, of which each is an output."""
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
    """(channels, rows, columns) -> (rows, columns, channels); (length,) as it is."""
    return (*shape[1:], shape[0])


def narrowed(values: npt.NDArray[np.float64]) -> Array:
    """Float32; infinite beyond it, which no number of a program may be (`source.array`)."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def passes(graph: Graph) -> list[Pass]:
    """The network up to its softmax, which every one ends with."""
    shape = graph.nodes[0].input
    found = [Pass("image", None, None, shape, shape, 1, (), "image", "image")]
    for node in graph.nodes:
        found[-1:] = _with(found[-1], node)
    return found


def _with(before: Pass, node: Node) -> Iterator[Pass]:
    """A pass and the node behind it: as one, or as two."""
    match node.operation:
        case Softmax():
            yield before
        case Flatten():  # channels last already: Pass.weight sees to it
            yield replace(before, last=node.name)
        case Affine() | Relu() | Tanh():
            yield _then(replace(before, last=node.name), node.operation)
        case UnitBias(bias) if before.bias is not None:
            units = before.bias + bias.transpose(1, 2, 0)
            yield replace(before, bias=units, sums=node.name, last=node.name)
        case MaxPool(size) if _may_pool(before):
            yield replace(before, pool=size, output=node.output, last=node.name)
        case Convolution(weight, bias) as layer:
            outside = layer.background if layer.padding else 0.0
            if outside:
                before = _then(before, Affine(1, -outside))
                reach = weight.sum(axis=(1, 2, 3), dtype=np.float64)
                bias = narrowed(bias + outside * reach)
            yield before
            yield _first(node, replace(layer, background=0.0), bias, before.output)
        case Depthwise(_, bias) | Dense(_, bias):
            yield before
            yield _first(node, node.operation, bias, before.output)
        case MaxPool() | Resize():
            yield before
            yield _first(node, node.operation, None, before.output)


def _first(node: Node, operation: Operation, bias: Array | None, shape: Shape) -> Pass:
    return Pass(node.name, operation, bias, shape, node.output, 1, (), node.name, node.name)


def _then(before: Pass, operation: Pointwise) -> Pass:
    """The pass with one more step; two affine ones are one, and of none nothing is left."""
    steps = before.pointwise
    if isinstance(operation, Affine) and steps and isinstance(steps[-1], Affine):
        first, steps = steps[-1], steps[:-1]
        factor, offset = operation.factor, operation.offset
        operation = Affine(factor * first.factor, factor * first.offset + offset)
    if isinstance(operation, Affine) and (operation.factor, operation.offset) == (1, 0):
        return replace(before, pointwise=steps)
    return replace(before, pointwise=(*steps, operation))


def _may_pool(before: Pass) -> bool:
    """Whether the greatest of what a pass ends with is made of its greatest sum."""
    rising = all(not isinstance(o, Affine) or o.factor > 0 for o in before.pointwise)
    return isinstance(before.operation, Convolution) and before.pool == 1 and rising
