"""Models of Keras, as .keras, .h5 and TensorFlow.js, answer as in Keras; what is hostile is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import reference
from lenet.importers import ImportOptions, import_model
from lenet.ink import Orientation
from made_models import (
    IMAGES,
    answers,
    asked,
    keras,
    keras_model,
    saved,
)
from seed_weights import seed_parameters

pytestmark = [
    pytest.mark.runtime,
    # Keras's own, of NumPy 2 and of numbers that are large before a sigmoid.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:overflow encountered in exp:RuntimeWarning"),
]

FEW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
TOLERANCE = 1e-5  # float32 on both sides


def everything() -> list[Any]:
    layers = keras().layers

    return [
        layers.Rescaling(1 / 127.5, -1),
        layers.RandomRotation(0.1),
        layers.Conv2D(4, 5, strides=2, padding="same", activation="tanh"),
        layers.BatchNormalization(),
        layers.MaxPooling2D(),
        layers.Conv2D(6, 4, padding="same", activation="sigmoid"),
        layers.AveragePooling2D(2),
        layers.BatchNormalization(scale=False),
        layers.SpatialDropout2D(0.2),
        layers.ZeroPadding2D(1),
        layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False),
        layers.ReLU(),
        layers.Flatten(),
        layers.Dropout(0.3),
        layers.Dense(20),
        layers.Activation("tanh"),
        layers.BatchNormalization(center=False),
        layers.Dense(26),
        layers.Softmax(),
    ]


@pytest.mark.parametrize("form", ["keras", "h5", "tfjs"])
@pytest.mark.parametrize("functional", [False, True])
def test_every_layer_that_is_known(tmp_path: Path, form: str, functional: bool) -> None:
    model = keras_model(everything(), functional)
    imported = import_model(saved(model, tmp_path, form))
    assert imported.input_range == (0, 255)  # its first layer says so
    expected = asked(model, IMAGES, 0, 255)
    np.testing.assert_allclose(answers(imported.model), expected, rtol=0, atol=TOLERANCE)
    assert any("BatchNormalization" in note and "folded" in note for note in imported.notes)


Recipe = list[tuple[str, dict[str, Any]]]


@st.composite
def networks(draw: st.DrawFn) -> Recipe:
    """Names and settings of layers that fit together, at random."""
    activation = st.fixed_dictionaries({"activation": st.sampled_from(["relu", "tanh", "sigmoid", "linear"])})
    chosen: Recipe = []
    side = 28
    for _ in range(draw(st.integers(0, 3))):
        kernel, stride = draw(st.integers(1, 5)), draw(st.integers(1, 2))
        padding = "same" if kernel > side else draw(st.sampled_from(["same", "valid"]))
        settings: dict[str, Any] = {"filters": draw(st.integers(1, 4)), "use_bias": draw(st.booleans())}
        settings |= {"kernel_size": kernel, "strides": stride, "padding": padding}
        chosen.append(("Conv2D", settings | draw(activation)))
        side = -(-(side if padding == "same" else side - kernel + 1) // stride)
        if draw(st.booleans()):
            chosen.append(("BatchNormalization", {}))
        if draw(st.booleans()) and side > 3:
            pools = st.sampled_from(["MaxPooling2D", "AveragePooling2D"])
            chosen.append((draw(pools), {"pool_size": 2}))
            side //= 2
        if draw(st.booleans()):
            chosen.append(("Activation", draw(activation)))
    ends = ["Flatten", "GlobalAveragePooling2D"] if chosen else ["Flatten"]
    chosen.append((draw(st.sampled_from(ends)), {}))
    if draw(st.booleans()):
        chosen.append(("BatchNormalization", {}))
    for _ in range(draw(st.integers(0, 1))):
        chosen.append(("Dense", {"units": draw(st.integers(1, 9))} | draw(activation)))
    return [*chosen, ("Dense", {"units": 10, "activation": "softmax"})]


@FEW
@given(networks(), st.sampled_from([(0, 1), (-1, 1), (0, 255), (1, 0)]), st.booleans())
def test_any_network_answers_as_in_keras(
    tmp_path: Path, recipe: Recipe, pixels: tuple[float, float], functional: bool
) -> None:
    layers = keras().layers

    made = [getattr(layers, name)(**settings) for name, settings in recipe]
    model = keras_model(made, functional)
    expected = asked(model, IMAGES, *pixels)
    options = ImportOptions(input_range=pixels)
    # Pixels of 255 make sums of 10^5, of which float32 keeps seven digits.
    tolerance = 1e-5 if max(pixels) < 2 else 2e-3
    parameters = []
    for form in ("keras", "h5", "tfjs"):
        given_model = import_model(saved(model, tmp_path, form), options).model
        parameters.append(given_model.parameters)
        np.testing.assert_allclose(answers(given_model), expected, rtol=0, atol=tolerance)
    np.testing.assert_array_equal(parameters[0], parameters[1])
    np.testing.assert_array_equal(parameters[0], parameters[2])
    exact = reference.predict(given_model.spec.engine_layers, given_model.parameters, IMAGES)
    np.testing.assert_allclose(exact, expected, rtol=0, atol=tolerance)


def test_an_image_may_come_flat_or_without_a_channel(tmp_path: Path) -> None:
    layers = keras().layers

    for shape in ((784,), (28, 28)):
        first = [layers.Reshape((28, 28, 1)), layers.Conv2D(2, 3, activation="relu")]
        model = keras_model([*first, layers.Flatten(), layers.Dense(26)], shape=shape)
        imported = import_model(saved(model, tmp_path, "keras"))
        pixels = IMAGES.reshape(-1, *shape).astype(np.float32) / 255
        expected = np.asarray(model(pixels))
        expected = np.exp(expected) / np.exp(expected).sum(1, keepdims=True)
        np.testing.assert_allclose(answers(imported.model), expected, rtol=0, atol=TOLERANCE)


def test_an_image_of_32_is_the_same_with_background_around(tmp_path: Path) -> None:
    """LeNet-5's input: 28 x 28 in a frame of two pixels, here of -1."""
    layers = keras().layers

    chosen = [layers.Conv2D(3, 5, activation="tanh"), layers.MaxPooling2D(), layers.Flatten()]
    model = keras_model([*chosen, layers.Dense(26, activation="softmax")], shape=(32, 32, 1))
    imported = import_model(saved(model, tmp_path, "keras"), ImportOptions(input_range=(-1, 1)))
    framed = np.pad(IMAGES, ((0, 0), (2, 2), (2, 2)))
    np.testing.assert_allclose(answers(imported.model), asked(model, framed, -1, 1), rtol=0, atol=TOLERANCE)
    assert any("background" in note for note in imported.notes)


# ---- The published model -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "model.json", "LeNet.h5"])
def test_the_published_model_comes_in_bit_by_bit(shared: Path, name: str) -> None:
    imported = import_model(shared / "seed" / name)
    np.testing.assert_array_equal(imported.model.parameters, seed_parameters(shared / "seed"))
    origin = imported.model.training.imported
    assert origin["file"] == (name or "model.json")
    assert len(origin["sha256"]) == 64
    assert str(shared) not in repr(imported.model.metadata)


def test_turned_weights_are_for_turned_images(shared: Path) -> None:
    upright = import_model(shared / "seed").model
    turned = import_model(shared / "seed", ImportOptions(orientation=Orientation.TRANSPOSED)).model
    np.testing.assert_allclose(
        answers(turned), answers(upright, IMAGES.transpose(0, 2, 1)), rtol=0, atol=TOLERANCE
    )
