"""Graph -> LiteRT's operators, in float32 or in 8 bits; maps are [row, column, channel]."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from lenet.exporters import interpreter, quantize
from lenet.exporters.fold import fold
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
from lenet.exporters.litert.file import File, Tensor
from lenet.exporters.quantize import (
    INT8_PIXELS,
    MIN_SCALE,
    SOFTMAX_OUTPUT,
    TANH_OUTPUT,
    UINT8_PIXELS,
    Quantization,
)

SAME, VALID = 0, 1  # schema: Padding
NONE, RELU = 0, 1  # schema: ActivationFunctionType
# First version of an operator with int8 (LiteRT's op_version.cc); 2 for the others.
INT8_VERSIONS = {"CONV_2D": 3, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 4, "MUL": 3}
ALWAYS_1 = ("QUANTIZE", "RESHAPE")
FUSING = (Convolution, Depthwise, Dense, UnitBias)  # their operators can include a relu


def file_bytes(graph: Graph, in_8_bits: bool) -> bytes:
    """Return a .tflite file; MissingDependencyError without the schema.

    It maps "image", (n, rows, columns), to "probabilities" (n, classes). In float32
    the images are uint8 and the probabilities float32. In 8 bits both are int8: pixel - 128, and
    256 * probability - 128.
    """
    graph = fold(graph)
    return _Network(graph, interpreter.ranges(graph) if in_8_bits else None).written()


class _Network:
    """Builder of the operators, in order; `last` is the output of the latest.

    ranges  minimum and maximum of each node's output; None: in float32
    """

    def __init__(self, graph: Graph, ranges: Mapping[str, tuple[float, float]] | None) -> None:
        self.file = File()
        self.graph = graph
        self.ranges = ranges
        self.flattened: Shape | None = None
        kind, quantization = (np.uint8, UINT8_PIXELS) if ranges is None else (np.int8, INT8_PIXELS)
        self.first = self.last = self.file.activation("image", kind, graph.sides, quantization)

    def written(self) -> bytes:
        """Return the file."""
        if self.ranges is None:
            self._step("DEQUANTIZE", [], "pixels", self.graph.sides)
        self._reshape("maps", _map(self.graph.nodes[0].input))
        nodes = list(self.graph.nodes)
        while nodes:
            node = nodes.pop(0)
            fused = isinstance(node.operation, FUSING) and isinstance(nodes[0].operation, Relu)
            self._node(node, nodes.pop(0).name if fused else node.name, RELU if fused else NONE)
        rows, columns = self.graph.sides
        about = f"upright letters of {rows}x{columns} pixels, ink bright, to probabilities"
        files = {
            "labels.txt": "".join(f"{label}\n" for label in self.graph.model.labels),
            "lenet.json": json.dumps(self.graph.about, ensure_ascii=False),
        }
        return self.file.packed(self.graph.name, about, files, self.first, self.last)

    def _node(self, node: Node, result: str, activation: int) -> None:
        """Add a node's operators; `activation` RELU includes the relu behind it."""
        shape = _map(node.output)
        options = {"fusedActivationFunction": activation}
        match node.operation:
            case Affine(factor, offset):
                before = self._range(result, -offset)
                self._constant_step("MUL", factor, f"{result}_product", shape, before)
                self._constant_step("ADD", offset, result, shape, self._range(result))
            case Resize(rows, columns):
                self._resize(node.name, rows, columns)
            case Convolution(weight, bias, stride) as layer:
                self._pad(node, layer)
                options |= {**_strides(stride), "padding": _padding(layer)}
                weights = self._weights(node.name, weight.transpose(0, 2, 3, 1), bias)
                self._layer("CONV_2D", weights, result, shape, **options)
            case Depthwise(weight, bias):
                options |= {**_strides(weight.shape[-1]), "padding": VALID, "depthMultiplier": 1}
                weights = self._weights(node.name, weight.transpose(1, 2, 0)[None], bias, axis=3)
                self._layer("DEPTHWISE_CONV_2D", weights, result, shape, **options)
            case UnitBias(bias):
                units = bias.transpose(1, 2, 0)[None]
                self._constant_step("ADD", units, result, shape, self._range(result), **options)
            case MaxPool(window):
                options |= {**_strides(window), "filterWidth": window, "filterHeight": window}
                quantization = self.last.quantization
                self._step("MAX_POOL_2D", [], result, shape, quantization, padding=VALID, **options)
            case Relu():
                self._step("RELU", [], result, shape, self.last.quantization)
            case Tanh():
                self._step("TANH", [], result, shape, TANH_OUTPUT)
            case Flatten():
                self._reshape(result, shape)
                self.flattened = node.input
            case Dense(weight, bias):
                if self.flattened:
                    weight = channels_last(weight, self.flattened)
                    self.flattened = None
                weights = self._weights(node.name, weight.T, bias, per_channel=False)
                self._layer("FULLY_CONNECTED", weights, result, shape, **options)
            case Softmax():
                self._step("SOFTMAX", [], "probabilities", shape, SOFTMAX_OUTPUT, beta=1.0)

    def _pad(self, node: Node, layer: Convolution) -> None:
        """Pad the maps, if the convolution's own padding cannot."""
        if not layer.padding or _padding(layer) == SAME:
            return
        pad_value, quantization = layer.pad_value, self.last.quantization
        if quantization and not quantization.holds(pad_value):
            # The codes so far do not reach the padding value.
            quantization = quantization.with_value(pad_value)
            self._step("QUANTIZE", [], f"{node.name}_wider", _map(node.input), quantization)
        sides = [[0, 0], *2 * [[layer.padding, layer.padding]], [0, 0]]
        around = self.file.constant(f"{node.name}_sides", np.array(sides, np.int32))
        value = self._values(f"{node.name}_pad_value", np.array(pad_value, np.float32), quantization)
        channels, *lengths = node.input
        shape = (*(length + 2 * layer.padding for length in lengths), channels)
        self._step("PADV2", [around, value], f"{node.name}_padded", shape, quantization)

    def _resize(self, name: str, rows: Array, columns: Array) -> None:
        """Add two convolutions as high as their input, for rows and for columns.

        Each turns the rows into channels; reshaped to a map, these are columns.
        """
        quantization = self.last.quantization  # means of pixels stay within the pixels' range
        options = {**_strides(1), "padding": VALID}
        widths = (columns.shape[1], len(rows))
        for part, shares, width in zip("12", (rows, columns), widths, strict=True):
            step, height = f"{name}_{part}", len(shares)
            weights = self._weights(step, shares[:, :, None, None], np.zeros(height, np.float32))
            self._step("CONV_2D", weights, step, (1, width, height), quantization, **options)
            self._reshape(f"{step}_map", (width, height, 1))

    def _reshape(self, name: str, shape: Shape) -> None:
        target_shape = [-1, *shape]
        target = self.file.constant(f"{name}_shape", np.array(target_shape, np.int32))
        self._step("RESHAPE", [target], name, shape, self.last.quantization, newShape=target_shape)

    def _layer(self, kind: str, weights: list[Tensor], result: str, shape: Shape, **options: Any) -> None:
        """Add an operator with weights and biases."""
        sums = weights[1].quantization
        min_scale = float(sums.scale.max()) / quantize.MAX_SCALE_RATIO if sums else 0.0
        self._step(kind, weights, result, shape, self._range(result, min_scale=min_scale), **options)

    def _constant_step(
        self,
        kind: str,
        value: Any,
        name: str,
        shape: Shape,
        quantization: Quantization | None,
        **options: Any,
    ) -> None:
        """Add an operator on the latest values and constants."""
        values = np.asarray(value, np.float32)
        codes = None if self.ranges is None else quantize.symmetric(values)
        constant = self._values(f"{name}_constant", values, codes)
        self._step(kind, [constant], name, shape, quantization, **options)

    def _step(
        self,
        kind: str,
        constants: list[Tensor],
        name: str,
        shape: Shape,
        quantization: Quantization | None = None,
        **options: Any,
    ) -> None:
        """Add an operator on the latest values."""
        if self.ranges is None:
            output, version = self.file.activation(name, np.float32, shape), 1
        else:
            output = self.file.activation(name, np.int8, shape, quantization)
            version = 1 if kind in ALWAYS_1 else INT8_VERSIONS.get(kind, 2)
        self.file.operator(kind, version, [self.last, *constants], output, **options)
        self.last = output

    def _range(self, name: str, shift: float = 0.0, min_scale: float = MIN_SCALE) -> Quantization | None:
        """Return the codes for a node's output plus `shift`; `min_scale` as in `quantize.asymmetric`."""
        if self.ranges is None:
            return None
        low, high = self.ranges[name]
        return quantize.asymmetric(low + shift, high + shift, min_scale)

    def _values(self, name: str, values: Array, quantization: Quantization | None) -> Tensor:
        """Add a constant other than a weight."""
        if quantization is None:
            return self.file.constant(name, values)
        return self.file.constant(name, quantize.codes(values, quantization), quantization)

    def _weights(
        self, name: str, weight: Array, bias: Array, axis: int = 0, per_channel: bool = True
    ) -> list[Tensor]:
        """Add a layer's weight and bias as constants; quantize them to 8 bits if its input is.

        Args:
            name: the layer's name.
            weight: as LiteRT stores it.
            bias: a number for each output.
            axis: the weight's axis of the outputs.
            each: True gives each output a scale of its own, False gives all of them one.
        """
        names = (f"{name}.weight", f"{name}.bias")
        if self.last.quantization is None:
            return [self.file.constant(*pair) for pair in zip(names, (weight, bias), strict=True)]
        quantized = quantize.weights(weight, bias, self.last.quantization, axis, per_channel)
        return [
            self.file.constant(names[0], quantized.weight, quantized.quantization),
            self.file.constant(names[1], quantized.bias, quantized.sums),
        ]


def _map(shape: Shape) -> Shape:
    """Return the shape with channels last."""
    return (*shape[1:], shape[0])


def _padding(layer: Convolution) -> int:
    """Return SAME if LiteRT's rule pads alike: with zeros, equally on each side; else VALID."""
    around = layer.padding and 2 * layer.padding + 1 == layer.weight.shape[-1]
    return SAME if around and layer.stride == 1 and layer.pad_value == 0 else VALID


def _strides(length: int) -> dict[str, int]:
    return {"strideW": length, "strideH": length}
