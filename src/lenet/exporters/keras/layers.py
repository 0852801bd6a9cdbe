"""Graph -> Keras layers, channels last, for the writers of Keras and TensorFlow.js files.

Both have these layers under the same names, with the same configurations and weights
(https://keras.io/api/layers, https://js.tensorflow.org/api).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lenet.exporters.ir import (
    Affine,
    Convolution,
    Dense,
    Depthwise,
    Flatten,
    Graph,
    MaxPool,
    Node,
    Relu,
    Resize,
    Softmax,
    Tanh,
    UnitBias,
    channels_last,
)

Array = npt.NDArray[np.float32]


LAST = {"data_format": "channels_last"}  # not the user's keras.json


class Layer(NamedTuple):
    """A layer of a Sequential.

    kind     name of its class
    config   its arguments, JSON; the others have their defaults
    weights  by Keras's names, in Keras's order
    """

    kind: str
    name: str
    config: dict[str, Any]
    weights: dict[str, Array]


def layers(graph: Graph) -> Iterator[Layer]:
    """Yield the layers from float32 (n, rows, columns, 1), 0..255, to probabilities (n, classes)."""
    before = None
    for node in graph.nodes:
        if isinstance(node.operation, Convolution):
            yield from _convolution(node.name, node.operation)
        elif isinstance(node.operation, Resize):
            yield from _resize(node.name, node.operation)
        elif isinstance(node.operation, UnitBias):
            yield from _unit_bias(node)
        else:
            yield _layer(node, before)
        before = node


def _layer(node: Node, before: Node | None) -> Layer:
    """Return the layer of an operation; `before` is the node before it."""
    name, operation = node.name, node.operation
    match operation:
        case Affine():
            return _plain("Rescaling", name, scale=operation.factor, offset=operation.offset)
        case Depthwise():
            kernel = operation.weight.transpose(1, 2, 0)[..., None]
            sides = list(kernel.shape[:2])
            config = {"kernel_size": sides, "strides": sides, "padding": "valid", **LAST}
            weights = {"depthwise_kernel": kernel, "bias": operation.bias}
            return Layer("DepthwiseConv2D", name, config, weights)
        case MaxPool():
            sides = [operation.window] * 2
            config = {"pool_size": sides, "strides": sides, "padding": "valid", **LAST}
            return Layer("MaxPooling2D", name, config, {})
        case Relu():
            return _plain("Activation", name, activation="relu")
        case Tanh():
            return _plain("Activation", name, activation="tanh")
        case Flatten():
            return _plain("Flatten", name, **LAST)
        case Dense():
            kernel = operation.weight
            if before is not None and isinstance(before.operation, Flatten):
                kernel = channels_last(kernel, before.input)
            weights = {"kernel": kernel, "bias": operation.bias}
            return Layer("Dense", name, {"units": kernel.shape[1]}, weights)
        case Softmax():
            return _plain("Softmax", name, axis=-1)
    raise AssertionError(operation)


def _plain(kind: str, name: str, **config: Any) -> Layer:
    return Layer(kind, name, config, {})


def _resize(name: str, operation: Resize) -> Iterator[Layer]:
    """Yield dense layers on the rows and on the columns, each moved to the last axis."""
    yield _plain("Permute", f"{name}_turned", dims=[3, 2, 1])  # (channels, columns, rows)
    yield _mixing(f"{name}_rows", operation.rows)
    yield _plain("Permute", f"{name}_sides", dims=[1, 3, 2])  # (channels, rows, columns)
    yield _mixing(f"{name}_columns", operation.columns)
    yield _plain("Permute", name, dims=[2, 3, 1])


def _mixing(name: str, shares: Array) -> Layer:
    config = {"units": len(shares), "use_bias": False}
    return Layer("Dense", name, config, {"kernel": shares.T})


def _convolution(name: str, operation: Convolution) -> Iterator[Layer]:
    """Yield the layers of a convolution.

    A padding value other than 0 is subtracted before the padding with zeros; the bias makes up for it.
    """
    kernel = operation.weight.transpose(2, 3, 1, 0)
    bias, padding = operation.bias, operation.padding
    if padding and operation.pad_value:
        yield _plain("Rescaling", f"{name}_level", scale=1.0, offset=-operation.pad_value)
        sums = kernel.sum(axis=(0, 1, 2), dtype=np.float64)
        bias = (bias + operation.pad_value * sums).astype(np.float32)
    if padding:
        around = [[padding, padding]] * 2
        yield _plain("ZeroPadding2D", f"{name}_padded", padding=around, **LAST)
    config = {
        "filters": kernel.shape[3],
        "kernel_size": list(kernel.shape[:2]),
        "strides": [operation.stride] * 2,
        "padding": "valid",
        **LAST,
    }
    yield Layer("Conv2D", name, config, {"kernel": kernel, "bias": bias})


def _unit_bias(node: Node) -> Iterator[Layer]:
    """Yield a batch normalization that only adds a bias to each unit."""
    channels, rows, columns = node.input
    assert isinstance(node.operation, UnitBias)
    bias = node.operation.bias.transpose(1, 2, 0).ravel()
    yield _plain("Flatten", f"{node.name}_units", **LAST)
    config = {"axis": -1, "epsilon": 0.0, "scale": False}
    nothing = {"moving_mean": np.zeros_like(bias), "moving_variance": np.ones_like(bias)}
    yield Layer("BatchNormalization", f"{node.name}_added", config, {"beta": bias, **nothing})
    yield _plain("Reshape", node.name, target_shape=[rows, columns, channels])
