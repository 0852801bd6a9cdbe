"""Fold affine steps into the layers beside them.

The network computes the same with fewer operations, and 8-bit formats round nothing between the
pixels and the first weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lenet.exporters.ir import (
    Affine,
    Array,
    Convolution,
    Dense,
    Depthwise,
    Flatten,
    Graph,
    MaxPool,
    Operation,
    Resize,
    UnitBias,
    chained,
)

Named = tuple[str, Operation]


def fold(graph: Graph) -> Graph:
    """Return the network without affine steps that a neighbouring layer can absorb.

    The named architectures keep no affine step.
    """
    whole: list[Named] = []
    for node in graph.nodes:
        _append(whole, (node.name, node.operation))
    return replace(graph, nodes=chained(whole, graph.nodes[0].input))


def _append(whole: list[Named], last: Named) -> None:
    """Append an operation, merged with the one before it if possible."""
    joined = _joined(whole[-1], last) if whole else None
    if joined is None:
        whole.append(last)
        return
    whole.pop()
    for operation in joined:
        _append(whole, operation)


def _joined(first: Named, second: Named) -> Sequence[Named] | None:
    """Merge or swap two operations, one of which is affine; None if neither is possible."""
    match first[1], second[1]:
        case Affine(a, b), Affine(c, d):
            return [(first[0], Affine(a * c, b * c + d))]
        case (Convolution() | Depthwise() | Dense()) as layer, Affine() as affine:
            return [(first[0], _followed(layer, affine))]
        case UnitBias(bias), Affine(factor, offset):
            scaled = UnitBias((factor * bias + offset).astype(np.float32))
            return [(second[0], Affine(factor)), (first[0], scaled)]
        case Affine(factor, offset) as affine, Convolution() as layer:
            if layer.padding and factor:
                layer = replace(layer, pad_value=(layer.pad_value - offset) / factor)
            elif layer.padding:
                return None
            return [(second[0], _preceded(layer, affine, layer.weight.sum(axis=(1, 2, 3))))]
        case Affine() as affine, Depthwise() as layer:
            return [(second[0], _preceded(layer, affine, layer.weight.sum(axis=(1, 2))))]
        case Affine() as affine, Dense() as layer:
            return [(second[0], _preceded(layer, affine, layer.weight.sum(axis=0)))]
        case Affine(factor), MaxPool() if factor > 0:
            return [second, first]
        case Affine(), Resize() | Flatten():  # a row of Resize sums to 1
            return [second, first]
    return None


Layer = Convolution | Depthwise | Dense


def _followed(layer: Layer, affine: Affine) -> Layer:
    return replace(
        layer,
        weight=(layer.weight * affine.factor).astype(np.float32),
        bias=(layer.bias * affine.factor + affine.offset).astype(np.float32),
    )


def _preceded(layer: Layer, affine: Affine, reach: Array) -> Layer:
    """Fold an affine step before a layer; `reach`, (outputs,): its outputs for ones, without bias."""
    return replace(
        layer,
        weight=(layer.weight * affine.factor).astype(np.float32),
        bias=(layer.bias + affine.offset * reach).astype(np.float32),
    )
