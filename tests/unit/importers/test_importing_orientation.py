"""Networks that were trained on turned images answer for upright ones, in all eight orientations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lenet.importers import ImportOptions, import_model
from lenet.ink import Orientation
from made import refusal
from made_models import IMAGES, answers, keras, keras_model, saved
from made_onnx import Constants, Nodes, asked, graph, weights
from made_onnx import saved as saved_graph

pytestmark = [
    pytest.mark.runtime,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

MANY = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
TOLERANCE = 1e-5
TURNED = [orientation for orientation in Orientation if orientation is not Orientation.UPRIGHT]


def turned(orientation: Orientation) -> np.ndarray:
    """The pixels as a network sees them that was trained on images in this orientation."""
    return (orientation.apply(IMAGES)[:, None] / np.float32(255)).astype(np.float32)


@st.composite
def chains(draw: st.DrawFn) -> tuple[Nodes, Constants]:
    """Convolutions and poolings that often leave rows out at the end of a map."""
    nodes: Nodes = []
    constants: Constants = {}
    channels, side, seed = 1, 28, draw(st.integers(0, 99))

    def add(name: str, *arrays: np.ndarray, **attributes: object) -> None:
        names = [f"c{len(constants) + k}" for k in range(len(arrays))]
        constants.update(zip(names, arrays, strict=True))
        nodes.append((name, ["x", *names], attributes))

    for _ in range(draw(st.integers(1, 3))):
        kernel, stride, out = (draw(st.integers(*ends)) for ends in ((1, 4), (1, 2), (1, 4)))
        kernel = min(kernel, side)
        if draw(st.booleans()):
            add("Conv", weights(out, channels, kernel, kernel, seed=seed), strides=[stride] * 2)
            side = (side - kernel) // stride + 1
        else:
            array = weights(out, channels, kernel, kernel, seed=seed)
            add("Conv", array, strides=[stride] * 2, auto_pad="SAME_UPPER")
            side = -(-side // stride)
        channels = out
        if draw(st.booleans()):
            add("Add", weights(1, channels, 1, 1, seed=seed))
        add(draw(st.sampled_from(["Relu", "Tanh"])))
        size = draw(st.integers(1, 3))
        if size <= side and draw(st.booleans()):
            pooling = draw(st.sampled_from(["MaxPool", "AveragePool"]))
            add(pooling, kernel_shape=[size, size], strides=[size, size])
            side //= size
    if draw(st.booleans()):
        add("Transpose", perm=draw(st.sampled_from([[0, 2, 3, 1], [0, 3, 1, 2]])))
    add("Flatten")
    add("MatMul", weights(channels * side**2, 10, seed=seed))
    add("Softmax")
    return nodes, constants


@MANY
@given(chains(), st.sampled_from(TURNED))
def test_any_network_answers_for_upright_images(
    tmp_path: Path, chain: tuple[Nodes, Constants], orientation: Orientation
) -> None:
    path = saved_graph(graph(*chain, ["n", 1, 28, 28]), tmp_path)
    model = import_model(path, ImportOptions(orientation=orientation)).model
    expected = asked(path, turned(orientation))
    np.testing.assert_allclose(answers(model), expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("orientation", TURNED)
def test_each_orientation_of_a_row_of_pixels_and_of_an_image(
    tmp_path: Path, orientation: Orientation
) -> None:
    layers = keras().layers
    networks = {
        (784,): [layers.Dense(7, "relu"), layers.Dense(26)],
        (28, 28): [
            layers.Reshape((28, 28, 1)),
            layers.Conv2D(3, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(4, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(),  # of 13 x 13
            layers.Flatten(),
            layers.Dense(26),
        ],
    }
    for shape, chosen in networks.items():
        model = keras_model(chosen, shape=shape)
        path = saved(model, tmp_path, "keras")
        logits = np.asarray(model(turned(orientation).reshape(-1, *shape)))
        expected = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        imported = import_model(path, ImportOptions(orientation=orientation))
        np.testing.assert_allclose(answers(imported.model), expected, rtol=0, atol=TOLERANCE)
        assert imported.model.training.imported["orientation"] == orientation.value


def test_what_cannot_be_turned_is_refused(tmp_path: Path) -> None:
    """A pooling of the image itself leaves its last rows out."""
    nodes: Nodes = [("MaxPool", ["x"], {"kernel_shape": [5, 5], "strides": [5, 5]}), ("Flatten", ["x"], {})]
    nodes.append(("MatMul", ["x", "w"], {}))
    path = saved_graph(graph(nodes, {"w": weights(25, 26)}, ["n", 1, 28, 28]), tmp_path)
    message = refusal(import_model, path, ImportOptions(orientation=Orientation.ROT90))
    assert "node 1 (MaxPool ): leaves out the last rows of 28 x 28" in message
    import_model(path, ImportOptions(orientation=Orientation.TRANSPOSED))
