"""Layers of Keras that have an exact meaning in our terms, nested models, and how files name weights."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from lenet.importers import import_model
from lenet.importers.readers.keras_layers import _LEFT_OUT
from made import refusal
from made_models import IMAGES, answers, keras, keras_model, saved, softmax

pytestmark = [
    pytest.mark.runtime,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:overflow encountered in exp:RuntimeWarning"),
]

TOLERANCE = 1e-5
PIXELS = IMAGES.astype(np.float32) / 255


def probabilities(model: Any, shape: tuple[int, ...] = (28, 28, 1)) -> np.ndarray:
    """Keras' answers, a probability each, for images in the shape that the model takes."""
    outputs = np.asarray(model(PIXELS.reshape(-1, *shape), training=False))
    if (outputs >= 0).all() and np.allclose(outputs.sum(1), 1, atol=1e-4):
        return outputs
    return softmax(outputs)


def head(units: int = 26) -> list[Any]:
    layers = keras().layers
    return [
        layers.Conv2D(2, 3, activation="relu"),
        layers.MaxPooling2D(4),
        layers.Flatten(),
        layers.Dense(units),
    ]


NETWORKS: dict[str, tuple[tuple[int, ...], Callable[[Any], list[Any]]]] = {
    "normalization by numbers": (
        (28, 28, 1),
        lambda layers: [layers.Normalization(mean=0.17, variance=0.11), *head()],
    ),
    "normalization inverted": (
        (28, 28, 1),
        lambda layers: [layers.Normalization(mean=0.17, variance=0.11, invert=True), *head()],
    ),
    "normalization adapted": ((28, 28, 1), lambda layers: [layers.Normalization(), *head()]),
    "normalization of all": ((28, 28, 1), lambda layers: [layers.Normalization(axis=None), *head()]),
    "normalization by column": (
        (28, 28),
        lambda layers: [layers.Normalization(), layers.Flatten(), layers.Dense(26)],
    ),
    "normalization by pixel": (
        (28, 28, 1),
        lambda layers: [layers.Normalization(axis=(1, 2)), layers.Flatten(), layers.Dense(26)],
    ),
    "normalization of a row of pixels": (
        (784,),
        lambda layers: [layers.Normalization(), layers.Dense(26)],
    ),
    "a row of pixels, with dropout": (
        (784,),
        lambda layers: [layers.Dropout(0.1), layers.Dense(9, "relu"), layers.Dense(26)],
    ),
    "separable": (
        (28, 28, 1),
        lambda layers: [
            layers.Conv2D(3, 3, activation="relu"),
            layers.SeparableConv2D(4, 3, depth_multiplier=2, padding="same", activation="tanh"),
            layers.MaxPooling2D(2),
            layers.SeparableConv2D(5, 2, strides=2, use_bias=False),
            layers.Flatten(),
            layers.Dense(26),
        ],
    ),
    "log_softmax": ((28, 28, 1), lambda layers: [*head()[:-1], layers.Dense(26, "log_softmax")]),
    "log_softmax as a layer": ((28, 28, 1), lambda layers: [*head(), layers.Activation("log_softmax")]),
    "an activation that is a layer": (
        (28, 28, 1),
        lambda layers: [
            layers.Conv2D(2, 5, strides=3, activation=layers.ReLU()),
            layers.Flatten(),
            layers.Dense(26),
        ],
    ),
    "dense on a map": (
        (28, 28, 1),
        lambda layers: [
            layers.Dense(2),
            layers.MaxPooling2D(2),
            layers.Dense(3, "relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(26),
        ],
    ),
    "transposed by Permute": (
        (28, 28, 1),
        lambda layers: [layers.Permute((2, 1, 3)), layers.Conv2D(3, (2, 2), strides=2), *head()[1:]],
    ),
    "transposed at its end": (
        (28, 28, 1),
        lambda layers: [*head()[:2], layers.Permute((3, 2, 1)), layers.Flatten(), layers.Dense(26)],
    ),
    "transposed and made an image": (
        (28, 28),
        lambda layers: [layers.Permute((2, 1)), layers.Reshape((28, -1, 1)), *head()],
    ),
    "channels first at its end": (
        (28, 28, 1),
        lambda layers: [
            *head()[:2],
            layers.Permute((3, 1, 2)),
            layers.Flatten(data_format="channels_first"),
            layers.Dense(26),
        ],
    ),
    "batch normalization of rows": (
        (28, 28, 1),
        lambda layers: [layers.BatchNormalization(axis=1), layers.Flatten(), layers.Dense(26)],
    ),
    "1 x 1 convolutions at its end": (
        (28, 28, 1),
        lambda layers: [
            layers.Conv2D(3, 5, strides=2, activation="relu"),
            layers.GlobalAveragePooling2D(keepdims=True),
            layers.Conv2D(26, 1),
            layers.Reshape((26,)),
            layers.Softmax(),
        ],
    ),
    "crops and sizes that change nothing": (
        (28, 28, 1),
        lambda layers: [
            layers.Resizing(28, 28),
            layers.CenterCrop(28, 28),
            layers.RandomCrop(28, 28),
            *head(),
        ],
    ),
    "a block of augmentation": (
        (28, 28, 1),
        lambda layers: [
            keras().Sequential(
                [layers.RandomRotation(0.1), layers.RandomZoom(0.1), layers.RandomTranslation(0.1, 0.1)]
            ),
            *head(),
        ],
    ),
    "a model within the model": (
        (28, 28),
        lambda layers: [
            keras().Sequential(
                [layers.Flatten(), layers.Dense(9, "relu"), layers.Dropout(0.2), layers.Dense(26)]
            ),
            layers.Softmax(),
        ],
    ),
    "models within models": (
        (28, 28, 1),
        lambda layers: [
            keras().Sequential([layers.RandomFlip("horizontal"), layers.Rescaling(2.0)]),
            keras().Sequential(
                [
                    layers.Conv2D(2, 3, name="same"),
                    keras().Sequential([layers.Conv2D(3, 3, name="same"), layers.ReLU()], name="inner"),
                ],
                name="outer",
            ),
            layers.Conv2D(3, 4, name="same"),
            *head()[1:],
        ],
    ),
}


STORED = ("normalization adapted", "separable", "a model within the model", "models within models")
"""Networks whose weights each format names in its own way."""


@pytest.mark.parametrize(
    ("name", "form"),
    [*((name, "keras") for name in NETWORKS), *((name, form) for name in STORED for form in ("h5", "tfjs"))],
)
def test_it_answers_as_in_keras(tmp_path: Path, name: str, form: str) -> None:
    shape, make = NETWORKS[name]
    chosen = make(keras().layers)
    model = keras_model(chosen, shape=shape)
    if name.startswith("normalization"):
        chosen[0].finalize_state()  # takes the weights that were drawn
    imported = import_model(saved(model, tmp_path, form))
    np.testing.assert_allclose(answers(imported.model), probabilities(model, shape), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("form", ["keras", "h5"])
def test_a_functional_model_within_another(tmp_path: Path, form: str) -> None:
    layers = keras().layers
    image = keras().Input((28, 28, 1))
    inner = keras().Model(image, layers.Flatten()(layers.Conv2D(2, 5, strides=3)(image)), name="features")
    model = keras_model([inner, layers.Dense(26)], functional=True)
    imported = import_model(saved(model, tmp_path, form))
    np.testing.assert_allclose(answers(imported.model), probabilities(model), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("form", ["keras", "h5"])
def test_channels_may_come_first(tmp_path: Path, form: str) -> None:
    """Answers as the same layers with their channels last; NumPy convolves no others."""
    layers = keras().layers
    last = keras_model(
        [
            layers.Conv2D(2, 5, activation="relu"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(26),
        ]
    )
    first = keras().Sequential(
        [
            keras().Input((1, 28, 28)),
            layers.Conv2D(2, 5, activation="relu", data_format="channels_first"),
            layers.BatchNormalization(axis=1),
            layers.Flatten(data_format="channels_first"),
            layers.Dense(26),
        ]
    )
    first.set_weights(last.get_weights())
    imported = import_model(saved(first, tmp_path, form))
    np.testing.assert_allclose(answers(imported.model), probabilities(last), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", sorted(set(_LEFT_OUT) - {"RandomHeight", "RandomWidth"}))  # of Keras 2
def test_what_is_left_out_does_nothing_at_inference(name: str) -> None:
    layer = getattr(keras().layers, name)
    factors = {
        **dict.fromkeys(
            ("Dropout", "SpatialDropout2D", "GaussianDropout", "GaussianNoise", "AlphaDropout"), (0.5,)
        ),
        **{"RandomTranslation": (0.5, 0.5), "RandomPosterization": (3,), "RandomGrayscale": (1.0,)},
        **dict.fromkeys(
            (
                "RandomBrightness",
                "RandomColorDegeneration",
                "RandomContrast",
                "RandomHue",
                "RandomInvert",
                "RandomRotation",
                "RandomSaturation",
                "RandomSharpness",
                "RandomZoom",
            ),
            (0.5,),
        ),
    }
    images = PIXELS[..., None]
    np.testing.assert_array_equal(np.asarray(layer(*factors.get(name, ()))(images, training=False)), images)


# ---- Names of weights ------------------------------------------------------------------------------


def as_tensorflow_2_13(path: Path, group: str = "_layer_checkpoint_dependencies") -> None:
    """Rewrite a .keras file as TensorFlow 2.12 and 2.13 write it: layers of a class are counted by two."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    data = io.BytesIO(members["model.weights.h5"])
    with h5py.File(data, "r+") as file:
        renamed = file.create_group(group)
        for name in list(file["layers"]):
            kind, _, number = name.rpartition("_")
            doubled = f"{kind}_{2 * int(number)}" if number.isdigit() else name
            file.move(f"layers/{name}", f"{renamed.name}/{doubled}")
        del file["layers"]
    members["model.weights.h5"] = data.getvalue()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_layers_may_be_counted_by_two(tmp_path: Path) -> None:
    layers = keras().layers
    convolutions = [layers.Conv2D(2, 3, activation="relu") for _ in range(12)]  # conv2d_10 after conv2d_9
    model = keras_model([*convolutions, layers.BatchNormalization(), layers.Flatten(), layers.Dense(26)])
    path = saved(model, tmp_path, "keras")
    before = answers(import_model(path).model)
    np.testing.assert_allclose(before, probabilities(model), rtol=0, atol=TOLERANCE)
    as_tensorflow_2_13(path)
    np.testing.assert_array_equal(answers(import_model(path).model), before)


def test_weights_of_a_nested_model_as_keras_2_names_them(tmp_path: Path) -> None:
    """In the group of the nested model, without its name; scopes in a layer's group are ignored."""
    random = np.random.default_rng(3)
    arrays = {
        "inner/same/kernel:0": random.normal(0, 0.1, (784, 9)),
        "inner/same/bias:0": random.normal(0, 0.1, 9),
        "same/scope_1/kernel:0": random.normal(0, 0.4, (9, 26)),
        "same/scope_1/bias:0": random.normal(0, 0.4, 26),
    }

    def dense(units: int, activation: str) -> dict[str, Any]:
        config = {"name": "same", "units": units, "activation": activation}
        return {"class_name": "Dense", "config": config}

    flatten = {"class_name": "Flatten", "config": {"name": "f", "batch_input_shape": [None, 28, 28, 1]}}
    inner = {"name": "inner", "layers": [flatten, dense(9, "tanh")]}
    layers = [{"class_name": "Sequential", "config": inner}, dense(26, "log_softmax_v2")]
    path = tmp_path / "model.h5"
    with h5py.File(path, "w") as file:
        config = {"class_name": "Sequential", "config": {"name": "outer", "layers": layers}}
        file.attrs["model_config"] = json.dumps(config)
        for name, array in arrays.items():
            file[f"model_weights/{name}"] = array
    first, bias, last, shift = arrays.values()
    expected = softmax(np.tanh(PIXELS.reshape(-1, 784) @ first + bias) @ last + shift)
    np.testing.assert_allclose(answers(import_model(path).model), expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize(
    ("form", "nested"), [("keras", False), ("h5", False), ("tfjs", True), ("keras", True)]
)
def test_an_unknown_layer_is_named_with_its_kind(tmp_path: Path, form: str, nested: bool) -> None:
    layers = keras().layers
    unknown = layers.PReLU(name="bent")
    chosen = [layers.Conv2D(2, 3), keras().Sequential([unknown]) if nested else unknown, *head()[1:]]
    message = refusal(import_model, saved(keras_model(chosen), tmp_path, form))
    assert "(PReLU bent): layers of this kind are not known; known are Conv2D" in message


def test_a_number_of_a_functional_model_is_named(tmp_path: Path) -> None:
    """x / 255 is a layer of its own in Keras 3."""
    image = keras().Input((28, 28, 1))
    outputs = keras().layers.Dense(26)(keras().layers.Flatten()(image / 255.0))
    path = saved(keras().Model(image, outputs), tmp_path, "keras")
    assert "(TrueDivide true_divide): layers of this kind are not known" in refusal(import_model, path)


def test_refuses_what_has_another_meaning(tmp_path: Path) -> None:
    layers = keras().layers
    for chosen, shape, expected in (
        (
            [layers.Dense(3), layers.Flatten(), layers.Dense(26)],
            (28, 28),
            "sees each row of the image by itself",
        ),
        ([layers.Resizing(32, 32), *head()], (28, 28, 1), "makes an image of 32 x 32"),
        ([layers.Conv2D(26, 3, activation="softmax")], (28, 28, 1), "must be over the classes"),
    ):
        path = saved(keras_model(chosen, shape=shape), tmp_path, "keras")
        assert expected in refusal(import_model, path)
