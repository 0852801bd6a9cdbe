"""ONNX graphs made on the spot, and what ONNX Runtime answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from made_models import IMAGES

Node = tuple[str, list[str], dict[str, Any]]
Nodes = list[Node]
Constants = dict[str, np.ndarray]


def graph(
    nodes: Nodes, constants: Constants, shape: list[Any], kind: int = TensorProto.FLOAT
) -> onnx.ModelProto:
    """A chain: each node takes "x", what the one before made, and constants."""
    made, here = [], "image"
    for k, (name, inputs, attributes) in enumerate(nodes):
        taken = [here if one == "x" else one for one in inputs]
        here = "answer" if k == len(nodes) - 1 else f"x{k}"
        made.append(helper.make_node(name, taken, [here], **attributes))
    return helper.make_model(
        helper.make_graph(
            made,
            "g",
            [helper.make_tensor_value_info("image", kind, shape)],
            [helper.make_tensor_value_info("answer", TensorProto.FLOAT, None)],
            [numpy_helper.from_array(array, name) for name, array in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )


def saved(model: onnx.ModelProto, folder: Path) -> Path:
    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def asked(path: Path, pixels: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {"image": pixels})[0]


def weights(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.4, 0.4, shape).astype(np.float32)


def simple(**more: np.ndarray) -> tuple[Nodes, Constants]:
    """Convolution, relu, pooling, a dense layer, softmax."""
    nodes: Nodes = [
        ("Conv", ["x", "w1", "b1"], {"pads": [2, 2, 2, 2]}),
        ("Relu", ["x"], {}),
        ("MaxPool", ["x"], {"kernel_shape": [4, 4], "strides": [4, 4]}),
        ("Flatten", ["x"], {}),
        ("Gemm", ["x", "w2", "b2"], {"transB": 1}),
        ("Softmax", ["x"], {}),
    ]
    constants = {
        **{"w1": weights(3, 1, 5, 5), "b1": weights(3)},
        **{"w2": weights(26, 147), "b2": weights(26)},
    }
    return nodes, {**constants, **more}


FLOATS = (IMAGES[:, None] / np.float32(255)).astype(np.float32)
