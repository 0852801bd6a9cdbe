"""A graph whose affine steps have become part of the layers beside them: the same answers from
fewer operations, and nothing between the pixels and the first weights that 8 bits must round."""

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
    """The network without those affine steps that a layer before or behind can take up; in the
    networks that go by name that is each of them."""
    whole: list[Named] = []
    for node in graph.nodes:
        _append(whole, (node.name, node.operation))
    return replace(graph, nodes=chained(whole, graph.nodes[0].input))


def _append(whole: list[Named], last: Named) -> None:
    """Appends an operation, or what it and the one before it come to."""
    joined = _joined(whole[-1], last) if whole else None
    if joined is None:
        whole.append(last)
        return
    whole.pop()
    for one in joined:
        _append(whole, one)


def _joined(first: Named, second: Named) -> Sequence[Named] | None:
    """Two operations in other words, if one is affine and either takes it up or lets it pass."""
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
                layer = replace(layer, background=(layer.background - offset) / factor)
            elif layer.padding:
                return None
            return [(second[0], _preceded(layer, affine, layer.weight.sum(axis=(1, 2, 3))))]
        case Affine() as affine, Depthwise() as layer:
            return [(second[0], _preceded(layer, affine, layer.weight.sum(axis=(1, 2))))]
        case Affine() as affine, Dense() as layer:
            return [(second[0], _preceded(layer, affine, layer.weight.sum(axis=0)))]
        case Affine(factor), MaxPool() if factor > 0:
            return [second, first]
        case Affine(), Resize() | Flatten():  # the parts that make a pixel sum up to one
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
    """`reach`: what a layer without bias makes of ones, (outputs,)."""
    return replace(
        layer,
        weight=(layer.weight * affine.factor).astype(np.float32),
        bias=(layer.bias + affine.offset * reach).astype(np.float32),
    )
