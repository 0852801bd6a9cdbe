"""Graphs as exporters write them: rows of pixels, any order, weights beside the file, axes of one."""

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
from made_models import answers, softmax
from made_onnx import FLOATS, Constants, Node, Nodes, asked, graph, saved, simple, weights

pytestmark = pytest.mark.runtime

TOLERANCE = 1e-5
ROW = np.array([-1, 784])


def ends(*nodes: Node) -> Nodes:
    """These nodes, then a dense layer of 26 outputs and softmax."""
    return [*nodes, ("Gemm", ["x", "w", "b"], {"transB": 1}), ("Softmax", ["x"], {})]


def dense(inputs: int, **more: np.ndarray) -> Constants:
    return {"w": weights(26, inputs), "b": weights(26, seed=2), **more}


CONV = ("Conv", ["x", "k"], {"strides": [4, 4]})  # 28 x 28 to 4 images of 6 x 6
KERNEL = {"k": weights(4, 1, 5, 5)}
POOLED: Node = ("GlobalAveragePool", ["x"], {})
NORM: Node = ("BatchNormalization", ["x", "g", "g", "m", "v"], {})


def norm(count: int) -> Constants:
    return {"g": weights(count, seed=3), "m": weights(count, seed=4), "v": weights(count, seed=5) ** 2 + 0.1}


GRAPHS: dict[str, tuple[list[str | int], Nodes, Constants]] = {
    "a row of pixels": (["n", 784], ends(), dense(784)),
    "a row of pixels, scaled": (
        ["n", 784],
        ends(("Sub", ["x", "half"], {}), ("Mul", ["x", "each"], {}), ("Dropout", ["x"], {})),
        dense(784, half=np.array(0.5, np.float32), each=weights(784)),
    ),
    "a row of pixels, normalized": (["n", 784], ends(NORM), {**dense(784), **norm(784)}),
    "a row of pixels that stays one": (
        ["n", 784],
        ends(("Flatten", ["x"], {}), ("Reshape", ["x", "row"], {}), ("Identity", ["x"], {})),
        dense(784, row=ROW),
    ),
    "a row of pixels made an image": (
        ["n", 784],
        ends(("Reshape", ["x", "s"], {}), CONV, ("Flatten", ["x"], {})),
        {**dense(144, s=np.array([-1, 1, 28, 28])), **KERNEL},
    ),
    "a row of pixels made an image of any number of rows": (
        ["n", 784],
        ends(("Reshape", ["x", "s"], {}), CONV, ("Flatten", ["x"], {"axis": -3})),
        {**dense(144, s=np.array([0, 1, -1, 28])), **KERNEL},
    ),
    "an image made a row of pixels": (
        ["n", 1, 28, 28],
        ends(("Reshape", ["x", "row"], {})),
        dense(784, row=ROW),
    ),
    "an image transposed": (
        ["n", 1, 28, 28],
        ends(
            ("Transpose", ["x"], {"perm": [0, 1, 3, 2]}),
            ("Conv", ["x", "k"], {"strides": [4, 4], "auto_pad": "SAME_UPPER"}),
            ("MaxPool", ["x"], {"kernel_shape": [2, 2], "strides": [2, 2]}),
            ("Flatten", ["x"], {}),
        ),
        {**dense(36), **KERNEL},
    ),
    "batch normalization of units, as PyTorch wrote it up to 1.3": (
        ["n", 1, 28, 28],
        ends(
            CONV,
            POOLED,
            ("Flatten", ["x"], {}),
            ("Unsqueeze", ["x", "two"], {}),
            NORM,
            ("Squeeze", ["x", "two"], {}),
        ),
        {**dense(4, two=np.array([2])), **KERNEL, **norm(4)},
    ),
    "batch normalization of units as maps of 1 x 1": (
        ["n", 1, 28, 28],
        ends(
            CONV,
            POOLED,
            ("Flatten", ["x"], {}),
            ("Reshape", ["x", "s"], {}),
            NORM,
            ("Relu", ["x"], {}),
            ("Flatten", ["x"], {}),
        ),
        {**dense(4, s=np.array([0, -1, 1, 1])), **KERNEL, **norm(4)},
    ),
    "rows and columns squeezed one after the other": (
        ["n", 1, 28, 28],
        ends(CONV, POOLED, ("Squeeze", ["x", "last"], {}), ("Squeeze", ["x", "last"], {})),
        {**dense(4, last=np.array([-1])), **KERNEL},
    ),
    "all axes of one squeezed": (
        ["n", 1, 28, 28],
        ends(CONV, POOLED, ("Squeeze", ["x"], {})),
        {**dense(4), **KERNEL},
    ),
    "channel removed and added again": (
        ["n", 1, 28, 28],
        ends(("Squeeze", ["x", "one"], {}), ("Unsqueeze", ["x", "last"], {}), ("Reshape", ["x", "row"], {})),
        dense(784, one=np.array([1]), last=np.array([-1]), row=ROW),
    ),
    "weights that are computed": (
        ["n", 1, 28, 28],
        [
            ("Flatten", ["x"], {}),
            ("MatMul", ["x", "t"], {}),
            ("Add", ["x", "bias"], {}),
            ("Cast", ["x"], {"to": TensorProto.FLOAT}),
        ],
        {},
    ),
    "a matrix on the channels of a map": (
        ["n", 28, 28, 1],
        [
            ("MatMul", ["x", "w1"], {}),
            ("Add", ["x", "b1"], {}),
            ("Relu", ["x"], {}),
            ("ReduceMean", ["x"], {"axes": [1, 2], "keepdims": 0}),
            ("MatMul", ["x", "w2"], {}),
            ("Add", ["x", "b2"], {}),
        ],
        {"w1": weights(1, 5), "b1": weights(5), "w2": weights(5, 26), "b2": weights(1, 26)},
    ),
}


def computed(model: onnx.ModelProto) -> None:
    """Give the weights as float16 that is cast and transposed, and a bias through arithmetic."""
    fresh = [
        helper.make_node(
            "Constant", [], ["w"], value=numpy_helper.from_array(weights(26, 784).astype(np.float16))
        ),
        helper.make_node("Cast", ["w"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["f"], ["t"], perm=[1, 0]),
        helper.make_node("Constant", [], ["v"], value=numpy_helper.from_array(weights(26) ** 2)),
        helper.make_node("Constant", [], ["e"], value_float=0.001),
        helper.make_node("Add", ["v", "e"], ["ve"]),
        helper.make_node("Sqrt", ["ve"], ["root"]),
        helper.make_node("Div", ["v", "root"], ["bias"]),
    ]
    for node in reversed(fresh):
        model.graph.node.insert(0, node)


@pytest.mark.parametrize("name", GRAPHS)
def test_it_answers_as_in_onnx_runtime(tmp_path: Path, name: str) -> None:
    shape, nodes, constants = GRAPHS[name]
    model = graph(nodes, constants, shape)
    if name == "weights that are computed":
        computed(model)
    path = saved(model, tmp_path)
    pixels = FLOATS.reshape(-1, *shape[1:])
    expected = asked(path, pixels)
    if nodes[-1][0] != "Softmax":
        expected = softmax(expected)
    np.testing.assert_allclose(answers(import_model(path).model), expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("bounds", [{"start": 0, "end": 1}, {}])
def test_a_shape_may_be_computed_from_the_batch(tmp_path: Path, bounds: dict[str, Any]) -> None:
    """`x.view(x.size(0), -1)`, as PyTorch writes it from opset 15 on and before."""
    nodes = ends(CONV, ("Relu", ["x"], {}), ("Reshape", ["x", "shape"], {}))
    model = graph(
        nodes, {**dense(144), **KERNEL, "rest": np.array([-1]), "zero": np.array([0])}, ["n", 1, 28, 28]
    )
    batch = "sizes" if bounds else "batch"
    fresh = [
        helper.make_node("Shape", ["x1"], ["sizes"], **bounds),
        helper.make_node("Gather", ["sizes", "zero"], ["batch"], axis=0),
        helper.make_node("Concat", [batch, "rest"], ["shape"], axis=0),
    ]
    for node in reversed(fresh):
        model.graph.node.insert(2, node)
    path = saved(model, tmp_path)
    np.testing.assert_allclose(answers(import_model(path).model), asked(path, FLOATS), rtol=0, atol=TOLERANCE)


def test_nodes_may_come_in_any_order_and_others_besides(tmp_path: Path) -> None:
    """Nodes that the output does not depend on may be of any kind."""
    model = graph(*simple(), ["n", 1, 28, 28])
    expected = asked(saved(model, tmp_path), FLOATS)
    nodes = list(model.graph.node)
    unused = helper.make_node("LSTM", ["x0"], ["nothing"], domain="com.example")
    for order in (nodes[::-1], [nodes[k] for k in (3, 5, 0, 2, 4, 1)], [unused, *nodes[::-1], unused]):
        del model.graph.node[:]
        model.graph.node.extend(order[:-1] if order[-1] is unused else order)
        np.testing.assert_allclose(
            answers(import_model(saved(model, tmp_path)).model), expected, rtol=0, atol=TOLERANCE
        )


# ---- Weights in other files ------------------------------------------------------------------------


def beside(folder: Path, **settings: Any) -> Path:
    """A model whose weights lie in files beside it, written by the onnx package."""
    path = folder / "model.onnx"
    model = graph(*simple(), ["n", 1, 28, 28])
    onnx.save_model(model, path, save_as_external_data=True, size_threshold=0, **settings)
    return path


@pytest.mark.parametrize(
    "settings",
    [{"location": "model.onnx.data"}, {"location": "the weights.bin"}, {"all_tensors_to_one_file": False}],
)
def test_weights_may_lie_beside_the_model(tmp_path: Path, settings: dict[str, object]) -> None:
    path = beside(tmp_path, **settings)
    imported = import_model(path)
    np.testing.assert_allclose(answers(imported.model), asked(path, FLOATS), rtol=0, atol=TOLERANCE)
    whole = import_model(saved(graph(*simple(), ["n", 1, 28, 28]), tmp_path))
    np.testing.assert_array_equal(imported.model.parameters, whole.model.parameters)
    assert imported.model.training.imported["sha256"] != whole.model.training.imported["sha256"]


def outside(folder: Path) -> None:
    (folder / "model.onnx.data").rename(folder.parent / "weights")
    set_entry(folder, "location", "../weights")


def linked(folder: Path) -> None:
    (folder / "model.onnx.data").rename(folder.parent / "weights")
    (folder / "model.onnx.data").symlink_to(folder.parent / "weights")


def set_entry(folder: Path, key: str, value: str) -> None:
    model = onnx.load(folder / "model.onnx", load_external_data=False)
    entry = next(entry for entry in model.graph.initializer[0].external_data if entry.key == key)
    entry.value = value
    (folder / "model.onnx").write_bytes(model.SerializeToString())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda folder: (folder / "model.onnx.data").unlink(), "external_data=False"),
        (outside, "is not a plain file name"),
        (linked, "is a link"),
        (lambda folder: set_entry(folder, "location", "/etc/passwd"), "is not a plain file name"),
        (lambda folder: set_entry(folder, "location", "a\\b"), "is not a plain file name"),
        (lambda folder: set_entry(folder, "offset", "99999999"), "lies beyond the end of model.onnx.data"),
        (lambda folder: set_entry(folder, "offset", "-4"), "has no place in its file"),
        (lambda folder: set_entry(folder, "length", "4"), "has another size than its shape"),
        (lambda folder: set_entry(folder, "length", "9" * 12), "lies beyond the end"),
    ],
)
def test_refuses_weights_elsewhere(tmp_path: Path, change: Callable[[Path], object], expected: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    path = beside(folder, location="model.onnx.data")
    change(folder)
    message = refusal(import_model, path)
    assert expected in message
    assert "tensor " in message


def test_many_tensors_of_one_large_file_are_refused(tmp_path: Path) -> None:
    """Each is within the limit; together they are not."""
    with (tmp_path / "zeros").open("wb") as stream:
        stream.truncate(2**25)
    tensors = []
    for k in range(9):
        tensor = TensorProto(name=f"t{k}", data_type=TensorProto.FLOAT, dims=[2**23])
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="zeros")
        tensors.append(tensor)
    model = graph(*simple(), ["n", 1, 28, 28])
    model.graph.initializer.extend(tensors)
    assert "too large for any model" in refusal(import_model, saved(model, tmp_path))


def test_a_cast_that_rounds_is_refused(tmp_path: Path) -> None:
    nodes, constants = simple()
    nodes.insert(1, ("Cast", ["x"], {"to": TensorProto.INT32}))
    assert "rounds its input" in refusal(
        import_model, saved(graph(nodes, constants, ["n", 1, 28, 28]), tmp_path)
    )
