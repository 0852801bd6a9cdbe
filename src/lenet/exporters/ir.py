"""Intermediate representation of exporters: a model as a chain of plain operations.

The papers' layers become standard ones. A connection table is a convolution with zeros. Trainable
subsampling is a depthwise convolution. Scaled tanh is a tanh between two factors. Codes of +-1 are
a dense layer. So a format needs to know eleven operations to write every network.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet import engine, models
from lenet.models import Stage
from lenet.models.file import Model
from lenet.models.metadata import FIELDS

Array = npt.NDArray[np.float32]
Shape = tuple[int, ...]

TANH_HEIGHT, TANH_SLOPE = 1.7159, 2 / 3  # LeCun et al. 1998, appendix A
WHITE = 255  # largest value of a pixel


@dataclass(frozen=True, eq=False)
class Affine:
    """factor * x + offset, of each element."""

    factor: float
    offset: float = 0.0


@dataclass(frozen=True, eq=False)
class Resize:
    """rows @ x @ columns.T of each channel; float32 (to, from) each."""

    rows: Array
    columns: Array


@dataclass(frozen=True, eq=False)
class Convolution:
    """A cross-correlation: weight (out, in, kernel, kernel), bias (out,).

    padding     elements of `pad_value` on each side
    """

    weight: Array
    bias: Array
    stride: int = 1
    padding: int = 0
    pad_value: float = 0.0


@dataclass(frozen=True, eq=False)
class Depthwise:
    """Depthwise convolution without padding, whose stride is the kernel's side.

    weight (channels, kernel, kernel), bias (channels,)
    """

    weight: Array
    bias: Array


@dataclass(frozen=True, eq=False)
class UnitBias:
    """Adds bias (channels, rows, columns)."""

    bias: Array


@dataclass(frozen=True, eq=False)
class MaxPool:
    """Maximum of each window of window x window; incomplete windows at the end are left out."""

    window: int


@dataclass(frozen=True, eq=False)
class Relu:
    """max(x, 0)."""


@dataclass(frozen=True, eq=False)
class Tanh:
    """tanh(x)."""


@dataclass(frozen=True, eq=False)
class Flatten:
    """(channels, rows, columns) -> (channels * rows * columns,), channels first."""


@dataclass(frozen=True, eq=False)
class Dense:
    """x @ weight + bias: weight (in, out), bias (out,)."""

    weight: Array
    bias: Array


@dataclass(frozen=True, eq=False)
class Softmax:
    """exp(x) / sum exp(x)."""


Operation = (
    Affine | Resize | Convolution | Depthwise | UnitBias | MaxPool | Relu | Tanh | Flatten | Dense | Softmax
)


@dataclass(frozen=True, eq=False)
class Node:
    """An operation with its own name and the shapes of one image before and after it.

    name   the specification's name of the layer: "conv1", "relu1"; if a layer becomes several
           operations, the others have a suffix: "conv1_bias", "tanh1_slope"
    """

    name: str
    operation: Operation
    input: Shape
    output: Shape


@dataclass(frozen=True, eq=False)
class Graph:
    """A model to be exported.

    nodes   from the upright image uint8 (1, rows, columns), 0..255, ink bright, to probabilities
    model   its source
    sample  uint8 (n, rows, columns), n > 0: training letters that calibrate 8-bit formats
    """

    nodes: tuple[Node, ...]
    model: Model
    sample: npt.NDArray[np.uint8]

    @property
    def sides(self) -> tuple[int, int]:
        """Return rows and columns of an image."""
        return self.model.spec.input

    @property
    def name(self) -> str:
        """Return the network's name, or "lenet"."""
        return self.model.training.name or "lenet"

    @property
    def about(self) -> dict[str, Any]:
        """Return the metadata that an exported file carries, if its format has room."""
        metadata, record = self.model.metadata, self.model.training
        entries = {
            "name": record.name,
            **{name: getattr(metadata, name) for name in FIELDS},
            "data": list(record.data) or None,
            "attributions": list(record.attributions) or None,
        }
        return {key: value for key, value in entries.items() if value is not None}

    @property
    def texts(self) -> dict[str, str]:
        """Return the same as strings; all other values are JSON."""
        return {
            key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for key, value in self.about.items()
        }

    @cached_property
    def network(self) -> engine.Network:
        """Return the engine's network."""
        return self.model.spec.network()

    def probabilities(self, images: npt.NDArray[np.uint8]) -> Array:
        """Return the engine's probabilities, float32 (n, classes), which a file must reproduce."""
        return self.network.predict(self.model.parameters, images, self.model.temperature)


def lower(model: Model, sample: npt.NDArray[np.uint8]) -> Graph:
    """Return a model's operations, temperature and softmax included; `sample` as in `Graph`."""
    rows, columns = model.spec.input
    return Graph(chained(_operations(model), (1, rows, columns)), model, sample)


def chained(operations: Iterable[tuple[str, Operation]], shape: Shape) -> tuple[Node, ...]:
    """Return nodes for named operations in order; the first gets one image of `shape`."""
    nodes = []
    for name, operation in operations:
        output = output_shape(operation, shape)
        nodes.append(Node(name, operation, shape, output))
        shape = output
    return tuple(nodes)


def output_shape(operation: Operation, shape: Shape) -> Shape:
    """Return the output's shape for one image of this shape."""
    match operation:
        case Resize():
            return (shape[0], len(operation.rows), len(operation.columns))
        case Convolution():
            kernel = operation.weight.shape[-1]
            room = [side + 2 * operation.padding - kernel for side in shape[1:]]
            return (len(operation.weight), *(length // operation.stride + 1 for length in room))
        case Depthwise():
            return (shape[0], *(side // operation.weight.shape[-1] for side in shape[1:]))
        case MaxPool():
            return (shape[0], *(side // operation.window for side in shape[1:]))
        case Flatten():
            return (math.prod(shape),)
        case Dense():
            return (operation.weight.shape[1],)
        case _:
            return shape


def channels_last(weight: Array, shape: Shape) -> Array:
    """Reorder a dense layer's weight (in, out) for an input that is flattened channels last.

    shape  (channels, rows, columns) of the map before flattening
    """
    return weight.reshape(*shape, -1).transpose(1, 2, 0, 3).reshape(len(weight), -1)


# ---- Layer by layer ----------------------------------------------------------------------------


def _operations(model: Model) -> Iterator[tuple[str, Operation]]:
    stages = model.spec.stages
    values = model.parameters
    if not isinstance(stages[0].layer, models.Scale):
        yield "scale1", Affine(1 / WHITE)
    channels_rows_columns: Shape = (1, *model.spec.input)
    for stage in stages:
        tensors = []
        for tensor in stage.tensors:
            count = math.prod(tensor.shape)
            tensors.append(values[:count].reshape(tensor.shape))
            values = values[count:]
        yield from _layer(stage, channels_rows_columns, tensors)
        channels_rows_columns = stage.output
    if model.temperature != 1:
        yield "temperature", Affine(1 / model.temperature)
    yield "softmax", Softmax()


def _layer(stage: Stage, shape: Shape, tensors: Sequence[Array]) -> Iterator[tuple[str, Operation]]:
    """Yield the operations of a layer that gets one image of `shape`."""
    name, layer = stage.name, stage.layer
    if isinstance(layer, models.Dense | models.Rbf) and len(shape) == 3:
        yield f"{name}_flatten", Flatten()
    match layer:
        case models.Scale():
            yield name, Affine((layer.high - layer.low) / WHITE, float(layer.low))
        case models.Resize():
            rows, columns = (_shares(side, layer.side) for side in shape[1:])
            yield name, Resize(rows, columns)
        case models.Conv():
            yield from _convolution(name, layer, shape[0], *tensors)
        case models.MaxPool():
            yield name, MaxPool(layer.window)
        case models.Subsample():
            weight, bias = tensors
            kernel = (len(weight), layer.window, layer.window)
            yield name, Depthwise(np.broadcast_to(weight[:, None, None], kernel).copy(), bias)
        case models.Relu():
            yield name, Relu()
        case models.Tanh():
            yield f"{name}_slope", Affine(TANH_SLOPE)
            yield name, Tanh()
            yield f"{name}_height", Affine(TANH_HEIGHT)
        case models.Dense():
            yield name, Dense(*tensors)
        case models.Rbf():
            # Softmax ignores all of -|x - c|^2 except 2 c x (Rbf in core/operations.hpp).
            signs = np.where(_marked(layer.codes).T, 2, -2).astype(np.float32)
            yield name, Dense(signs, np.zeros(layer.out_channels, np.float32))


def _convolution(
    name: str, layer: models.Conv, inputs: int, weight: Array, bias: Array
) -> Iterator[tuple[str, Operation]]:
    if layer.table:
        whole = np.zeros((inputs, layer.out_channels, *weight.shape[1:]), np.float32)
        whole[_marked(layer.table)] = weight
        kernels = whole.transpose(1, 0, 2, 3)
    else:
        kernels = weight.transpose(3, 0, 1, 2)
    units = layer.bias == "unit"
    yield (
        name,
        Convolution(
            np.ascontiguousarray(kernels),
            np.zeros(layer.out_channels, np.float32) if units else bias,
            stride=layer.stride,
            padding=layer.pad,
            pad_value=float(layer.pad_value),
        ),
    )
    if units:
        yield f"{name}_bias", UnitBias(bias)


def _marked(rows: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return where strings of "X" and "." have an "X": bool (rows, marks)."""
    return np.array([[mark == "X" for mark in row] for row in rows])


def _shares(old: int, new: int) -> Array:
    """Return the share of each of `old` pixels in each of `new` equal parts of a line: (new, old)."""
    ends = np.arange(new + 1) * old / new
    pixels = np.arange(old)
    covered = np.minimum(ends[1:, None], pixels + 1) - np.maximum(ends[:-1, None], pixels)
    return (covered.clip(0) * new / old).astype(np.float32)
