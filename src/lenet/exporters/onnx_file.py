"""ONNX (https://onnx.ai/onnx/operators): model.onnx, one file, verified with ONNX Runtime.

Opset 11 and IR 6 are those of ONNX 1.6 (2019). All operators used mean the same in every later
opset, so current runtimes read them. Below opset 11 the padding value cannot be an input, and ONNX
Runtime's tools do not quantize.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lenet import __version__
from lenet._util.extras import require
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
)

if TYPE_CHECKING:
    import onnx

OPSET, IR = 11, 6
INPUT, OUTPUT = "image", "probabilities"
BATCH = "n"  # name of the batch dimension


def write(graph: Graph, folder: Path) -> list[Path]:
    """Write model.onnx: uint8 image (n, rows, columns) -> float32 probabilities (n, classes)."""
    require("onnx", "onnx")
    import onnx

    model = _model(graph)
    onnx.checker.check_model(model, full_check=True)
    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString(deterministic=True))
    return [path]


def run(paths: Sequence[Path], images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Run ONNX Runtime on the CPU."""
    require("onnxruntime", "onnx")
    import onnxruntime

    session = onnxruntime.InferenceSession(paths[0].read_bytes(), providers=["CPUExecutionProvider"])
    [answers] = session.run([OUTPUT], {INPUT: images})
    return np.asarray(answers)


def runtime() -> str:
    """Return ONNX Runtime's version."""
    require("onnxruntime", "onnx")
    import onnxruntime

    return f"ONNX Runtime {onnxruntime.__version__}"


def _model(graph: Graph) -> onnx.ModelProto:
    from onnx import TensorProto, helper

    body = _Body()
    rows, columns = graph.sides
    pixels = body.add("Cast", [INPUT], "pixels", to=TensorProto.FLOAT)
    sides = body.constant("map.shape", np.array([-1, 1, rows, columns]))
    value = body.add("Reshape", [pixels, sides], "map")
    for node in graph.nodes:
        value = _add(body, node, value)
    body.nodes[-1].output[0] = OUTPUT
    model = helper.make_model(
        helper.make_graph(
            body.nodes,
            "lenet",
            [helper.make_tensor_value_info(INPUT, TensorProto.UINT8, [BATCH, rows, columns])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [BATCH, *node.output])],
            body.constants,
        ),
        ir_version=IR,
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="lenet",
        producer_version=__version__,
        doc_string="Upright grey images, 0..255, ink bright, to the probability of each label.",
    )
    helper.set_model_props(model, graph.texts)
    return model


class _Body:
    """Builder of a graph's nodes and constants."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, values: npt.ArrayLike) -> str:
        """Add a constant, float64 as float32; return its name."""
        from onnx import numpy_helper

        array = np.array(values)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def add(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Add a node with the name of its output; return the name."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [output], output, **attributes))
        return output


def _add(body: _Body, node: Node, value: str) -> str:
    """Add an operation on the value of that name; return its output's name."""
    name, operation = node.name, node.operation
    match operation:
        case Affine():
            factor = body.constant(f"{name}.factor", operation.factor)
            if not operation.offset:
                return body.add("Mul", [value, factor], name)
            value = body.add("Mul", [value, factor], f"{name}_scaled")
            return body.add("Add", [value, body.constant(f"{name}.offset", operation.offset)], name)
        case Resize():
            rows = body.constant(f"{name}.rows", operation.rows)
            columns = body.constant(f"{name}.columns", operation.columns.T)
            value = body.add("MatMul", [rows, value], f"{name}_rows")
            return body.add("MatMul", [value, columns], name)
        case Convolution():
            around = [operation.padding] * 2
            if operation.pad_value and operation.padding:
                pads = body.constant(f"{name}.pads", 2 * [0, 0, *around])
                pad_value = body.constant(f"{name}.pad_value", operation.pad_value)
                value = body.add("Pad", [value, pads, pad_value], f"{name}_padded")
                around = [0, 0]
            kernel = list(operation.weight.shape[2:])
            strides = [operation.stride] * 2
            learned = _learned(body, name, operation.weight, operation.bias)
            return body.add(
                "Conv", [value, *learned], name,
                kernel_shape=kernel, strides=strides, pads=2 * around,
            )  # fmt: skip
        case Depthwise():
            channels, *kernel = operation.weight.shape
            learned = _learned(body, name, operation.weight[:, None], operation.bias)
            return body.add(
                "Conv", [value, *learned], name,
                kernel_shape=kernel, strides=kernel, group=channels,
            )  # fmt: skip
        case UnitBias():
            return body.add("Add", [value, body.constant(f"{name}.bias", operation.bias)], name)
        case MaxPool():
            size = [operation.window] * 2
            return body.add("MaxPool", [value], name, kernel_shape=size, strides=size)
        case Relu():
            return body.add("Relu", [value], name)
        case Tanh():
            return body.add("Tanh", [value], name)
        case Flatten():
            return body.add("Flatten", [value], name, axis=1)
        case Dense():
            learned = _learned(body, name, operation.weight, operation.bias)
            return body.add("Gemm", [value, *learned], name)
        case Softmax():
            return body.add("Softmax", [value], name, axis=1)


def _learned(
    body: _Body, name: str, weight: npt.NDArray[np.float32], bias: npt.NDArray[np.float32]
) -> list[str]:
    """Add weight and bias; return their names."""
    return [body.constant(f"{name}.weight", weight), body.constant(f"{name}.bias", bias)]
