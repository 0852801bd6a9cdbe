"""OpenVINO, Intel's runtime: openvino/model.xml and model.bin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

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
    Operation,
    Relu,
    Resize,
    Softmax,
    Tanh,
    UnitBias,
)
from lenet.exporters.registry import batched, require


def write(graph: Graph, folder: Path) -> list[Path]:
    """Writes openvino/model.xml, uint8 (n, rows, columns) to float32 (n, classes), and model.bin.

    MissingDependencyError without OpenVINO.
    """
    require("openvino", "openvino")
    import openvino
    from openvino import opset1

    images = opset1.parameter([-1, *graph.sides], np.uint8)
    values = opset1.unsqueeze(opset1.convert(images, np.float32), np.array([1]))
    names = {"image": images}
    for node in graph.nodes:
        values = names[node.name] = _applied(opset1, node.operation, values)
    images.output(0).set_names({"image"})
    values.output(0).set_names({"probabilities"})
    model = openvino.Model([values], [images], graph.name)
    for number, made in enumerate(model.get_ordered_ops()):
        # Its own numbers go on from file to file.
        made.set_friendly_name(f"{made.get_type_name()}_{number}")
    for name, named in names.items():
        named.set_friendly_name(name)
    for key, text in graph.texts.items():
        model.set_rt_info(text, ["model_info", key])
    paths = [folder / "openvino" / f"model.{ending}" for ending in ("xml", "bin")]
    paths[0].parent.mkdir()
    try:
        openvino.save_model(model, paths[0], compress_to_fp16=False)
    except RuntimeError as error:  # a full disk, for one
        raise OSError(error) from None
    return paths


def _applied(ops: Any, operation: Operation, x: Any) -> Any:
    """The nodes of an operation on (n, channels, rows, columns) or (n, length)."""
    none, ones = [0, 0], [1, 1]
    match operation:
        case Affine(factor, offset):
            return ops.add(ops.multiply(x, np.float32(factor)), np.float32(offset))
        case Resize(rows, columns):
            return ops.matmul(ops.matmul(rows, x, False, False), columns, False, True)
        case Convolution(weight, bias, stride, padding, background):
            sides = 2 * [padding]
            if background:
                around = np.array([0, 0, *sides])
                x, sides = ops.pad(x, around, around, "constant", np.float32(background)), none
            y = ops.convolution(x, weight, 2 * [stride], sides, sides, ones)
            return ops.add(y, bias[:, None, None])
        case Depthwise(weight, bias):
            kernels = weight[:, None, None]
            strides = list(weight.shape[1:])
            y = ops.group_convolution(x, kernels, strides, none, none, ones)
            return ops.add(y, bias[:, None, None])
        case UnitBias(bias):
            return ops.add(x, bias)
        case MaxPool(size):
            window = 2 * [size]
            return ops.max_pool(x, window, none, none, window)
        case Relu():
            return ops.relu(x)
        case Tanh():
            return ops.tanh(x)
        case Flatten():
            return ops.reshape(x, np.array([0, -1]), True)
        case Dense(weight, bias):
            return ops.add(ops.matmul(x, weight, False, False), bias)
        case Softmax():
            return ops.softmax(x, 1)


def run(paths: Sequence[Path], images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Asks OpenVINO's CPU plugin, in float32 where a processor offers less."""
    require("openvino", "openvino")
    import openvino

    options = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(paths[0], "CPU", options)
    return batched(lambda some: np.array(compiled(some)[0]), images)


def runtime() -> str:
    """OpenVINO and its version."""
    import openvino

    return f"OpenVINO {openvino.__version__}"
