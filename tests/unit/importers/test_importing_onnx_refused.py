"""ONNX graphs that are hostile, or no chain, are refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from lenet.importers import import_model
from made import refusal
from made_onnx import graph, saved, simple

Change = Callable[[onnx.ModelProto], object]


def external(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"


def node(model: onnx.ModelProto, name: str) -> onnx.NodeProto:
    return next(node for node in model.graph.node if node.op_type == name)


def setting(name: str, **settings: Any) -> Change:
    """Other attributes of a node."""

    def change(model: onnx.ModelProto) -> None:
        one = node(model, name)
        for key, value in settings.items():
            for old in [a for a in one.attribute if a.name == key]:
                one.attribute.remove(old)
            one.attribute.append(helper.make_attribute(key, value))

    return change


def bomb(times: int) -> Change:
    """A constant that doubles again and again, or many large ones."""

    def change(model: onnx.ModelProto) -> None:
        for k in range(60):
            source = f"big{min(k, times)}" if k else "w1"
            made = helper.make_node("Concat", [source, source], [f"big{k + 1}"], axis=0)
            model.graph.node.insert(k, made)
        total = [f"big{k + 1}" for k in range(60)]
        model.graph.node.insert(60, helper.make_node("Concat", total, ["all"], axis=0))
        node(model, "Conv").input[1] = "all"

    return change


BAD: dict[str, tuple[Change, str]] = {
    "external data": (external, "lies in another file"),
    "huge tensor": (
        lambda m: m.graph.initializer[0].dims.__setitem__(0, 2**40),
        "too large for any model",
    ),
    "negative tensor": (lambda m: m.graph.initializer[0].dims.__setitem__(0, -3), "not a shape"),
    "short tensor": (
        lambda m: m.graph.initializer[0].dims.__setitem__(0, 4),
        "has another size than its shape",
    ),
    "text tensor": (
        lambda m: setattr(m.graph.initializer[0], "data_type", TensorProto.STRING),
        "of type 8",
    ),
    "NaN": (
        lambda m: m.graph.initializer[0].CopyFrom(
            numpy_helper.from_array(np.full((3, 1, 5, 5), np.nan, np.float32), "w1")
        ),
        "NaN",
    ),
    "bomb": (bomb(60), "of constants is too large for any model"),
    "many bombs": (bomb(16), "with it constants are too large"),
    "branch": (
        lambda m: (
            m.graph.node.insert(2, helper.make_node("Relu", ["x0"], ["other"])),
            node(m, "MaxPool").input.append("other"),
        ),
        "no branches",
    ),
    "sum of two": (
        lambda m: node(m, "MaxPool").MergeFrom(onnx.NodeProto(op_type="Add", input=["x0"])),
        "no branches",
    ),
    "cycle": (lambda m: node(m, "Conv").input.__setitem__(0, "x3"), "goes in circles"),
    "made twice": (lambda m: node(m, "Relu").output.__setitem__(0, "x0"), "those of another node"),
    "no way": (lambda m: setattr(m.graph.output[0], "name", "none"), "does not lead"),
    "two images": (
        lambda m: m.graph.input.append(
            helper.make_tensor_value_info("more", TensorProto.FLOAT, [1, 1, 28, 28])
        ),
        "must have one input",
    ),
    "image of any size": (
        lambda m: m.graph.input[0].type.tensor_type.shape.dim[2].ClearField("dim_value"),
        "an image of known size",
    ),
    "a function": (lambda m: m.functions.add(), "functions of its own"),
    "another domain": (lambda m: setattr(node(m, "Relu"), "domain", "com.microsoft"), "of com."),
    "an operator": (
        lambda m: setattr(node(m, "Relu"), "op_type", "Elu"),
        "node 2 (Elu ): not known; known are Conv",
    ),
    "many nodes": (
        lambda m: m.graph.node.extend(helper.make_node("Relu", ["answer"], [f"y{k}"]) for k in range(500)),
        "more than 500 nodes",
    ),
    "lower padding": (setting("Conv", auto_pad="SAME_LOWER"), "pads SAME_LOWER"),
    "half a padding": (setting("Conv", pads=[1, 1, 1, 1]), "can be said"),
    "huge padding": (setting("Conv", pads=[2**40] * 4), "pads"),
    "negative padding": (setting("Conv", pads=[-2, 2, 2, 2]), "pads"),
    "strides": (setting("Conv", strides=[1, 2]), "has the strides (1, 2)"),
    "groups": (setting("Conv", group=3), "a kernel for 3 channels"),
    "groups of text": (setting("Conv", group="two"), "must be a number"),
    "dilation": (setting("Conv", dilations=[9, 9]), "at most 15 x 15"),
    "overlapping windows": (setting("MaxPool", strides=[2, 2]), "lie side by side"),
    "padded windows": (setting("MaxPool", pads=[1, 1, 1, 1]), "leave the padding out"),
    "oblong windows": (setting("MaxPool", kernel_shape=[4, 2]), "only squares that lie side"),
    "transposed": (setting("Gemm", transA=1), "a transposed input is not supported"),
    "not enough inputs": (setting("Gemm", transB=0), "its bias has 26 numbers"),
    "another axis": (setting("Softmax", axis=0), "must be over the classes"),
    "a map into a dense layer": (
        lambda m: setattr(node(m, "Flatten"), "op_type", "Identity"),
        "needs a flat input",
    ),
}


@pytest.mark.parametrize(("change", "expected"), BAD.values(), ids=BAD)
def test_refuses_a_graph(tmp_path: Path, change: Change, expected: str) -> None:
    model = graph(*simple(), ["n", 1, 28, 28])
    change(model)
    assert expected in refusal(import_model, saved(model, tmp_path))


def test_refuses_what_is_no_protobuf(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    for data in (b"\x08\x07\xff\xff\xff", b"\x08", b"\x0a\xff\xff\xff\xff\x0f"):
        path.write_bytes(data)
        assert "ONNX" in refusal(import_model, path) or "no graph" in refusal(import_model, path)
    with path.open("wb") as stream:
        stream.write(b"\x08")
        stream.truncate(2**26 + 1)
    assert "too large" in refusal(import_model, path)


def test_without_onnx_the_line_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(graph(*simple(), ["n", 1, 28, 28]), tmp_path)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert 'pip install "lenet[onnx]"' in refusal(import_model, path)
