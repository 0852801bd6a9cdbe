"""ONNX graphs answer as in ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

import reference
from lenet.importers import ImportOptions, import_model
from lenet.ink import Orientation
from lenet.models.layers import Conv
from made import refusal
from made_models import IMAGES, answers, softmax
from made_onnx import FLOATS, Constants, Nodes, asked, graph, saved, simple, weights

pytestmark = pytest.mark.runtime

MANY = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
TOLERANCE = 1e-5


def test_a_graph_of_bytes_with_its_channels_last(tmp_path: Path) -> None:
    """As TensorFlow's converter writes them: transposed, a shape in parts, weights to the right."""
    nodes: Nodes = [
        ("Cast", ["x"], {"to": 1}),
        ("Sub", ["x", "mean"], {}),
        ("Mul", ["deviation", "x"], {}),
        ("Transpose", ["x"], {"perm": [0, 3, 1, 2]}),
        ("Conv", ["x", "w1"], {"auto_pad": "SAME_UPPER", "strides": [2, 2]}),
        ("Add", ["x", "b1"], {}),
        ("Tanh", ["x"], {}),
        ("BatchNormalization", ["x", "g", "b", "m", "v"], {"epsilon": 1e-3}),
        ("Pad", ["x", "pads", "level"], {}),
        ("Conv", ["x", "w2", "b2"], {"group": 2, "dilations": [2, 2]}),
        ("Sigmoid", ["x"], {}),
        ("AveragePool", ["x"], {"kernel_shape": [7, 7], "strides": [7, 7]}),
        ("Transpose", ["x"], {"perm": [0, 2, 3, 1]}),
        ("Dropout", ["x"], {}),
        ("Reshape", ["x", "flat"], {}),
        ("MatMul", ["x", "w3"], {}),
        ("Add", ["x", "b3"], {}),
        ("Div", ["x", "temperature"], {}),
        ("Softmax", ["x"], {"axis": 1}),
    ]
    constants = {
        **{"mean": np.array(33.3, np.float32), "deviation": np.array(0.0131, np.float32)},
        **{"w1": weights(2, 1, 4, 4), "b1": weights(1, 2, 1, 1)},
        **{"g": weights(2), "b": weights(2), "m": weights(2), "v": weights(2) + 1},
        **{"pads": np.array([0, 0, 2, 2, 0, 0, 2, 2]), "level": np.array(0.25, np.float32)},
        **{"w2": weights(4, 1, 3, 3), "b2": weights(4), "flat": np.array([-1, 16])},
        **{"w3": weights(16, 26), "b3": weights(26), "temperature": np.array(0.7, np.float32)},
    }
    path = saved(graph(nodes, constants, ["n", 28, 28, 1], TensorProto.UINT8), tmp_path)
    imported = import_model(path)
    assert imported.input_range == (0, 255)
    expected = asked(path, IMAGES[..., None])
    np.testing.assert_allclose(answers(imported.model), expected, rtol=0, atol=TOLERANCE)


def test_a_shape_taken_from_the_image(tmp_path: Path) -> None:
    """As PyTorch writes x.view(x.size(0), -1)."""
    nodes, constants = simple(zero=np.array(0), axis=np.array([0]), rest=np.array([-1]))
    model = graph(nodes, constants, ["n", 1, 28, 28])
    flat = model.graph.node[3]
    flat.op_type = "Reshape"
    flat.input.append("shape")
    for k, (name, inputs, output) in enumerate(
        [
            ("Shape", ["x2"], "sizes"),
            ("Gather", ["sizes", "zero"], "count"),
            ("Unsqueeze", ["count", "axis"], "counts"),
            ("Concat", ["counts", "rest"], "shape"),
        ]
    ):
        more: dict[str, Any] = {"axis": 0} if name == "Concat" else {}
        model.graph.node.insert(3 + k, helper.make_node(name, inputs, [output], **more))
    path = saved(model, tmp_path)
    np.testing.assert_allclose(answers(import_model(path).model), asked(path, FLOATS), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("form", [[1, 28, 28], [28, 28], [784], [28, 28, 1]])
def test_an_image_may_come_in_any_shape(tmp_path: Path, form: list[int]) -> None:
    nodes, constants = simple(image_shape=np.array([-1, 1, 28, 28]))
    first: Nodes = [("Reshape", ["x", "image_shape"], {})]
    path = saved(graph([*first, *nodes], constants, ["n", *form]), tmp_path)
    expected = asked(path, FLOATS.reshape(-1, *form))
    np.testing.assert_allclose(answers(import_model(path).model), expected, rtol=0, atol=TOLERANCE)


def test_turned_weights_are_for_turned_images(tmp_path: Path) -> None:
    path = saved(graph(*simple(), ["n", 1, 28, 28]), tmp_path)
    turned = import_model(path, ImportOptions(orientation=Orientation.TRANSPOSED)).model
    np.testing.assert_allclose(
        answers(turned), asked(path, FLOATS.transpose(0, 1, 3, 2)), rtol=0, atol=TOLERANCE
    )


@st.composite
def chains(draw: st.DrawFn) -> tuple[Nodes, Constants]:
    nodes: Nodes = []
    constants: Constants = {}
    channels, sides, seed = 1, [28, 28], draw(st.integers(0, 99))

    def add(name: str, *arrays: np.ndarray, **settings: Any) -> None:
        names = [f"c{len(constants) + k}" for k in range(len(arrays))]
        constants.update(zip(names, arrays, strict=True))
        nodes.append((name, ["x", *names], settings))

    for _ in range(draw(st.integers(0, 3))):
        kernel = [draw(st.integers(1, min(5, side))) for side in sides]
        stride, out = draw(st.integers(1, 2)), draw(st.integers(1, 4))
        how = draw(st.sampled_from(["valid", "same", "odd"]))
        if how == "valid":
            kernel[1] = kernel[0]
            more: dict[str, Any] = {"auto_pad": "VALID"}
            sides = [(side - kernel[0]) // stride + 1 for side in sides]
        elif how == "same":
            more = {"auto_pad": "SAME_UPPER"}
            sides = [-(-side // stride) for side in sides]
        else:
            kernel = [side - 1 + side % 2 for side in kernel]
            half = [side // 2 for side in kernel]
            more = {"pads": [*half, *half]}
            sides = [-(-side // stride) for side in sides]
        add("Conv", weights(out, channels, *kernel, seed=seed), strides=[stride, stride], **more)
        channels = out
        if draw(st.booleans()):
            add("Mul", weights(channels, 1, 1, seed=seed))
        if draw(st.booleans()):
            add("Sub", weights(1, channels, 1, 1, seed=seed))
        add(draw(st.sampled_from(["Relu", "Tanh", "Sigmoid", "Identity"])))
        if draw(st.booleans()):
            arrays = [weights(channels, seed=seed + k) for k in range(3)]
            add("BatchNormalization", *arrays, arrays[0] ** 2 + 1)
        size = draw(st.integers(1, 3))
        if size <= min(sides) and sides[0] == sides[1] and draw(st.booleans()):
            name = draw(st.sampled_from(["MaxPool", "AveragePool"]))
            add(name, kernel_shape=[size, size], strides=[size, size])
            sides = [side // size for side in sides]
    if draw(st.booleans()):
        add("Transpose", perm=draw(st.sampled_from([[0, 2, 3, 1], [0, 3, 1, 2], [0, 2, 1, 3]])))
    add("Flatten")
    add("MatMul", weights(channels * sides[0] * sides[1], 10, seed=seed))
    add("Add", weights(10, seed=seed))
    add("Softmax")
    return nodes, constants


@MANY
@given(chains())
def test_any_chain_answers_as_in_onnx_runtime(tmp_path: Path, chain: tuple[Nodes, Constants]) -> None:
    path = saved(graph(*chain, ["n", 1, 28, 28]), tmp_path)
    model = import_model(path).model
    expected = asked(path, FLOATS)
    np.testing.assert_allclose(answers(model), expected, rtol=0, atol=TOLERANCE)
    exact = reference.predict(model.spec.engine_layers, model.parameters, IMAGES)
    np.testing.assert_allclose(exact, expected, rtol=0, atol=TOLERANCE)


def test_the_first_output_may_be_dropped(tmp_path: Path) -> None:
    nodes, constants = simple(w2=weights(27, 147), b2=weights(27))
    path = saved(graph(nodes[:-1], constants, ["n", 1, 28, 28]), tmp_path)
    assert "has 27 outputs; say with --labels" in (message := refusal(import_model, path))
    assert "--labels emnist:letters" in message
    model = import_model(path, ImportOptions(outputs=(1, None))).model
    assert model.labels == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    expected = softmax(asked(path, FLOATS)[:, 1:])
    np.testing.assert_allclose(answers(model), expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize(
    "constant",
    [
        weights(3, 28, 28),
        weights(1, 1, 28, 28),
        weights(1, 3, 28, 1),
        weights(1, 1, 1, 28),
        weights(1, 3, 1, 1),
        weights(1),
    ],
)
@pytest.mark.parametrize("after", ["Conv", "Relu", "MaxPool"])
def test_constants_for_each_place_of_a_map(tmp_path: Path, constant: np.ndarray, after: str) -> None:
    """After a convolution they are a bias for each unit; elsewhere only the dense layer can take
    them in."""
    nodes, constants = simple(more=constant)
    names = [name for name, _, _ in nodes]
    if after == "MaxPool" and constant.size > 3:
        constants["more"] = constant[..., :7, :7] if constant.shape[-2] > 1 else constant[..., :7]
        constants["more"] = constants["more"][..., : 7 if constant.shape[-1] > 1 else 1]
    nodes.insert(names.index(after) + 1, ("Add", ["x", "more"], {}))
    path = saved(graph(nodes, constants, ["n", 1, 28, 28]), tmp_path)
    if after == "Relu" and constant.size > 3:  # a maximum lies between
        assert "cannot be folded into a layer" in refusal(import_model, path)
        return
    model = import_model(path).model
    np.testing.assert_allclose(answers(model), asked(path, FLOATS), rtol=0, atol=TOLERANCE)


def test_padding_is_scaled_with_the_map(tmp_path: Path) -> None:
    """Padding before an affine step is scaled by that step."""
    nodes, constants = simple(pads=np.array([0, 0, 2, 2, 0, 0, 2, 2]), v=np.array(0.5, np.float32))
    nodes[0] = ("Conv", ["x", "w1", "b1"], {})
    nodes[:0] = [("Pad", ["x", "pads", "v"], {}), ("Mul", ["x", "v"], {}), ("Add", ["x", "v"], {})]
    path = saved(graph(nodes, constants, ["n", 1, 28, 28]), tmp_path)
    model = import_model(path, ImportOptions(input_range=(0, 1))).model
    first = model.spec.layers[0]
    assert isinstance(first, Conv)
    assert first.pad_value == 0.5
    np.testing.assert_allclose(answers(model), asked(path, FLOATS), rtol=0, atol=TOLERANCE)


def test_a_map_may_be_the_answer(tmp_path: Path) -> None:
    """Without a dense layer: a mean over maps, or their units in the file's own order."""
    conv: Nodes = [("Conv", ["x", "w"], {"strides": [8, 8]})]
    for channels, more in (
        (10, [("GlobalAveragePool", ["x"], {}), ("Flatten", ["x"], {})]),
        (2, [("Transpose", ["x"], {"perm": [0, 2, 3, 1]}), ("Flatten", ["x"], {})]),
    ):
        constants = {"w": weights(channels, 1, 12, 12)}
        nodes = [*conv, *more, ("Softmax", ["x"], {})]
        path = saved(graph(nodes, constants, ["n", 1, 28, 28]), tmp_path)
        outputs = channels if channels == 10 else 2 * 3 * 3
        options = ImportOptions(labels="ABCDEFGHIJKLMNOPQR"[:outputs])
        model = import_model(path, options).model
        np.testing.assert_allclose(answers(model), asked(path, FLOATS), rtol=0, atol=TOLERANCE)
    assert "only softmax can be" in refusal(
        import_model,
        saved(graph([*conv, ("Relu", ["x"], {})], constants, [1, 1, 28, 28]), tmp_path),
    )
