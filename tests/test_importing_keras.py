"""Models of Keras, as .keras, .h5 and TensorFlow.js, answer as in Keras; what is hostile is not."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import reference
from lenet.architectures import parse
from lenet.importing import Imported, Wishes, import_model
from made import refusal
from made_models import (
    IMAGES,
    answers,
    asked,
    dense_topology,
    dense_weights,
    keras,
    keras_model,
    tfjs_of,
    write_tfjs,
)
from seed_weights import seed_parameters

# Keras's own, of NumPy 2 and of numbers that are large before a sigmoid.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:overflow encountered in exp:RuntimeWarning"),
]

FEW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
TOLERANCE = 1e-5  # float32 on both sides


def saved(model: Any, folder: Path, form: str) -> Path:
    if form == "tfjs":
        return write_tfjs(folder, **tfjs_of(model))
    path = folder / f"model.{form}"
    model.save(path)
    return path


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
    assert imported.pixels == (0, 255)  # its first layer says so
    expected = asked(model, IMAGES, 0, 255)
    np.testing.assert_allclose(answers(imported.model), expected, rtol=0, atol=TOLERANCE)
    assert any("BatchNormalization" in note and "folded" in note for note in imported.notes)


Recipe = list[tuple[str, dict[str, Any]]]


@st.composite
def networks(draw: st.DrawFn) -> Recipe:
    """Names and settings of layers that fit together, at random."""
    activation = st.fixed_dictionaries(
        {"activation": st.sampled_from(["relu", "tanh", "sigmoid", "linear"])}
    )
    chosen: Recipe = []
    side = 28
    for _ in range(draw(st.integers(0, 3))):
        kernel, stride = draw(st.integers(1, 5)), draw(st.integers(1, 2))
        padding = "same" if kernel > side else draw(st.sampled_from(["same", "valid"]))
        settings = {"filters": draw(st.integers(1, 4)), "use_bias": draw(st.booleans())}
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
    wishes = Wishes(pixels=pixels)
    # Pixels of 255 make sums of 10^5, of which float32 keeps seven digits.
    tolerance = 1e-5 if max(pixels) < 2 else 2e-3
    parameters = []
    for form in ("keras", "h5", "tfjs"):
        given_model = import_model(saved(model, tmp_path, form), wishes).model
        parameters.append(given_model.parameters)
        np.testing.assert_allclose(answers(given_model), expected, rtol=0, atol=tolerance)
    np.testing.assert_array_equal(parameters[0], parameters[1])
    np.testing.assert_array_equal(parameters[0], parameters[2])
    exact = reference.predict(parse(given_model.architecture), given_model.parameters, IMAGES)
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
    imported = import_model(saved(model, tmp_path, "keras"), Wishes(pixels=(-1, 1)))
    framed = np.pad(IMAGES, ((0, 0), (2, 2), (2, 2)))
    np.testing.assert_allclose(
        answers(imported.model), asked(model, framed, -1, 1), rtol=0, atol=TOLERANCE
    )
    assert any("background" in note for note in imported.notes)


# ---- The published model -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "model.json", "LeNet.h5"])
def test_the_published_model_comes_in_bit_by_bit(shared: Path, name: str) -> None:
    imported = import_model(shared / "seed" / name)
    np.testing.assert_array_equal(imported.model.parameters, seed_parameters(shared / "seed"))
    origin = imported.model.metadata["imported"]
    assert origin["file"] == (name or "model.json")
    assert len(origin["sha256"]) == 64
    assert str(shared) not in json.dumps(imported.model.metadata)


def test_turned_weights_are_for_turned_images(shared: Path) -> None:
    upright = import_model(shared / "seed").model
    turned = import_model(shared / "seed", Wishes(transposed=True)).model
    np.testing.assert_allclose(
        answers(turned), answers(upright, IMAGES.transpose(0, 2, 1)), rtol=0, atol=TOLERANCE
    )


# ---- TensorFlow.js -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "tolerance"), [("float32", 0), ("float16", 1e-4), ("uint16", 1e-5), ("uint8", 2e-3)]
)
def test_every_way_to_store_weights(tmp_path: Path, stored: str, tolerance: float) -> None:
    write_tfjs(tmp_path, dense_topology(), dense_weights(), stored, shards=3)
    found = import_model(tmp_path).model.parameters
    expected = np.concatenate([array.ravel() for _, array in dense_weights()])
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)
    if stored != "float32":
        assert (found != expected).any()


@pytest.mark.parametrize("prefix", ["", "sequential/", "model_1/inner/"])
def test_names_of_weights_may_have_more_before_them(tmp_path: Path, prefix: str) -> None:
    weights = [(prefix + name, array) for name, array in dense_weights()]
    plain = import_model(write_tfjs(tmp_path, dense_topology(), weights)).model
    assert len(plain.parameters) == 784 * 26 + 26


def changed(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def apply(path: Path) -> None:
        model = json.loads(path.read_text())
        change(model)
        path.write_text(json.dumps(model))

    return apply


def group(model: dict[str, Any]) -> dict[str, Any]:
    return model["weightsManifest"][0]


def layer(model: dict[str, Any], number: int) -> dict[str, Any]:
    return model["modelTopology"]["config"]["layers"][number]


def link(path: Path) -> None:
    shard = path.with_name("group1-shard1of1.bin")
    shard.rename(path.with_name("elsewhere"))
    shard.symlink_to(path.with_name("elsewhere"))


def repeated(path: Path) -> None:
    path.write_text(path.read_text()[:-1] + ', "format": "layers-model"}')


BAD_TFJS: dict[str, tuple[Callable[[Path], object], str]] = {
    **{
        f"shard {name}": (
            changed(lambda m, name=name: group(m).update(paths=[name])),
            "is no plain file name",
        )
        for name in (
            *("/etc/passwd", "../model.json", "a/b.bin", "..", ".hidden", "C:x", "a\\b"),
            *("http://a/b.bin", "", "\0", 5, None, ["x"]),
        )
    },
    "shard is a link": (link, "is a link"),
    "no shard": (changed(lambda m: group(m).update(paths=["none.bin"])), "No such file"),
    "the same shard often": (
        changed(lambda m: group(m).update(paths=["group1-shard1of1.bin"] * 999)),
        "too large",
    ),
    "many shards": (changed(lambda m: group(m).update(paths=["x"] * 1001)), "shards"),
    "huge shape": (
        changed(lambda m: group(m)["weights"][0].update(shape=[10**9, 10**9])),
        "too large for any model",
    ),
    "negative shape": (
        changed(lambda m: group(m)["weights"][0].update(shape=[-784, -26])),
        "no shape",
    ),
    "shape of truths": (changed(lambda m: group(m)["weights"][1].update(shape=[True])), "no shape"),
    "beyond the end": (
        changed(lambda m: group(m)["weights"][1].update(shape=[27])),
        "beyond the end",
    ),
    "left over": (changed(lambda m: group(m)["weights"].pop()), "of which"),
    "integers": (changed(lambda m: group(m)["weights"][1].update(dtype="int32")), "int32"),
    "quantised strangely": (
        changed(lambda m: group(m)["weights"][1].update(quantization={"dtype": "uint4"})),
        "stored as 'uint4'",
    ),
    "quantised without scale": (
        changed(lambda m: group(m)["weights"][1].update(quantization={"dtype": "uint8"})),
        '"scale" is missing',
    ),
    "scale 1e300": (
        changed(
            lambda m: group(m)["weights"][0].update(
                quantization={"dtype": "uint8", "scale": 1e300, "min": 0}
            )
        ),
        "beyond all weights",
    ),
    "twice": (
        changed(lambda m: group(m)["weights"][0].update(name="a/d/bias")),
        "come twice",
    ),
    "of no layer": (
        changed(lambda m: group(m)["weights"][1].update(name="x/bias")),
        "weights of x, a layer that it has not",
    ),
    "unknown kind": (
        changed(lambda m: group(m)["weights"][1].update(name="d/recurrent")),
        "has no weights bias",
    ),
    "no manifest": (changed(lambda m: m.pop("weightsManifest")), '"weightsManifest"'),
    "no topology": (changed(lambda m: m.pop("modelTopology")), "no TensorFlow.js model"),
    "graph model": (changed(lambda m: m.update(format="graph-model")), "graph model"),
    "lambda": (
        changed(lambda m: layer(m, 0).update(class_name="Lambda")),
        "layer 1 (Lambda f): layers of this kind are not known; known are Conv2D",
    ),
    "lines in a name": (
        changed(lambda m: layer(m, 0).update(class_name="a\nb")),
        "layer 1 (a\\nb f)",
    ),
    "activation": (
        changed(lambda m: layer(m, 1)["config"].update(activation="swish")),
        "the activation 'swish' is not known",
    ),
    "softmax within": (
        changed(
            lambda m: m["modelTopology"]["config"]["layers"].append(
                {"class_name": "ReLU", "config": {"name": "r"}}
            )
        ),
        "layer 3 (ReLU r): follows the softmax of layer 2 (Dense d)",
    ),
    "units": (changed(lambda m: layer(m, 1)["config"].update(units=25)), "as many outputs"),
    "input of 64": (
        changed(lambda m: layer(m, 0)["config"].update(batch_input_shape=[None, 64, 27, 1])),
        "networks here see 28 x 28",
    ),
    "colours": (
        changed(lambda m: layer(m, 0)["config"].update(batch_input_shape=[None, 28, 28, 3])),
        "one channel last",
    ),
    "too many layers": (
        changed(lambda m: m["modelTopology"]["config"].update(layers=[layer(m, 0)] * 101)),
        "101 layers",
    ),
    "one name": (
        changed(lambda m: m["modelTopology"]["config"].update(layers=[layer(m, 0)] * 2)),
        "two layers have one name",
    ),
    "a model within": (
        changed(lambda m: layer(m, 0).update(class_name="Sequential")),
        "is a model within the model",
    ),
    "repeated key": (repeated, "a key comes twice"),
    "NaN": (lambda path: path.write_text('{"a": NaN}'), "NaN is no number"),
    "deep": (lambda path: path.write_text('{"a":' * 100_000), "nested too deeply"),
    "not UTF-8": (lambda path: path.write_bytes(b'{"\xff": 1}'), "not JSON"),
    "large": (lambda path: path.write_text("{" + " " * 2**22), "too large"),
}


@pytest.mark.parametrize(("damage", "expected"), BAD_TFJS.values(), ids=BAD_TFJS)
def test_refuses_a_tfjs_model(
    tmp_path: Path, damage: Callable[[Path], object], expected: str
) -> None:
    path = write_tfjs(tmp_path, dense_topology(), dense_weights())
    damage(path)
    assert expected in refusal(import_model, path)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_refuses_weights_that_are_no_numbers(tmp_path: Path, value: float) -> None:
    weights = dense_weights()
    weights[0][1][3, 4] = value
    said = refusal(import_model, write_tfjs(tmp_path, dense_topology(), weights))
    assert "the weights d/kernel: a weight is NaN or infinite" in said


def branching(model: dict[str, Any], edges: dict[str, list[str]]) -> None:
    """A functional model of layers that do nothing, with these edges."""
    layers = []
    for name, sources in edges.items():
        config = {"name": name, "batch_input_shape": [None, 28, 28, 1]}
        layers.append(
            {
                "class_name": "Dropout" if sources else "InputLayer",
                "config": config,
                "inbound_nodes": [[[source, 0, 0, {}] for source in sources]] if sources else [],
            }
        )
    model["modelTopology"] = {"class_name": "Functional", "config": {"layers": layers}}
    model["weightsManifest"] = []


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ({"i": [], "a": ["i"], "b": ["i"]}, "no branches"),
        ({"i": [], "a": ["i"], "b": ["a", "i"]}, "no branches"),
        ({"i": [], "a": ["b"], "b": ["a"]}, "do not make one chain"),
        ({"i": [], "a": ["a"]}, "do not make one chain"),
        ({"i": [], "j": [], "a": ["i"]}, "a second input"),
        ({"a": ["b"]}, "no input layer"),
    ],
)
def test_refuses_what_is_no_chain(
    tmp_path: Path, edges: dict[str, list[str]], expected: str
) -> None:
    path = write_tfjs(tmp_path, {}, [])
    changed(lambda model: branching(model, edges))(path)
    assert expected in refusal(import_model, path)


# ---- HDF5 --------------------------------------------------------------------------------------


def write_h5(path: Path, change: Callable[[h5py.Group], object] = lambda group: None) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(dense_topology())
        inner = file.create_group("model_weights").create_group("d").create_group("d")
        for name, array in dense_weights():
            inner[name.split("/")[1] + ":0"] = array
        change(inner)
    return path


def replaced(name: str, make: Callable[[h5py.Group], object]) -> Callable[[h5py.Group], object]:
    def apply(inner: h5py.Group) -> None:
        del inner[name]
        make(inner)

    return apply


def virtual(inner: h5py.Group) -> None:
    layout = h5py.VirtualLayout((26,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (26,))
    inner.create_virtual_dataset("bias:0", layout)


def newer(path: Path) -> Path:
    with h5py.File(path, "w", libver="latest") as file:
        file.create_group("model_weights")
    return path


BAD_H5: dict[str, tuple[Callable[[h5py.Group], object], str]] = {
    "soft link": (
        replaced("bias:0", lambda g: g.update({"bias:0": h5py.SoftLink("/model_weights")})),
        "with a link in it",
    ),
    "external link": (
        replaced("bias:0", lambda g: g.update({"bias:0": h5py.ExternalLink("/etc/x.h5", "/")})),
        "newer layout",
    ),
    "cycle": (lambda g: g.update({"again": g.parent}), "go in circles"),
    "twice": (lambda g: g.update({"again": g["bias:0"]}), "go in circles"),
    "external data": (
        replaced(
            "bias:0",
            lambda g: g.create_dataset("bias:0", (26,), "f4", external=[("/etc/passwd", 0, 104)]),
        ),
        "lies in another file",
    ),
    "virtual": (replaced("bias:0", virtual), "lies in chunks, or elsewhere"),
    "chunked": (
        replaced("bias:0", lambda g: g.create_dataset("bias:0", (26,), "f4", chunks=(26,))),
        "lies in chunks",
    ),
    "huge chunks": (
        replaced(
            "bias:0",
            lambda g: g.create_dataset("bias:0", (2**40,), "f4", chunks=(2**20,)),
        ),
        "too large for any model",
    ),
    "compressed": (
        replaced(
            "bias:0", lambda g: g.create_dataset("bias:0", data=np.ones(26, "f4"), compression=9)
        ),
        "compressed",
    ),
    "huge": (
        replaced("bias:0", lambda g: g.create_dataset("bias:0", (10**7,), "f8")),
        "cut short or damaged",
    ),
    "integers": (
        replaced("bias:0", lambda g: g.create_dataset("bias:0", data=np.ones(26, "i4"))),
        "no float",
    ),
    "text": (
        replaced("bias:0", lambda g: g.create_dataset("bias:0", data="words")),
        "no float",
    ),
    "a type of its own": (
        replaced("bias:0", lambda g: g.create_dataset("bias:0", data=np.ones(26, "f4,f4"))),
        "no float",
    ),
    "NaN": (
        replaced("bias:0", lambda g: g.create_dataset("bias:0", data=np.full(26, np.nan, "f4"))),
        "NaN",
    ),
    "missing": (replaced("bias:0", lambda g: None), "has no weights bias"),
}


def test_refuses_arrays_that_overlap(tmp_path: Path) -> None:
    """A thousand headers for one megabyte are a gigabyte."""
    path, size = tmp_path / "model.h5", 2**20

    def many(inner: h5py.Group) -> None:
        inner["large"] = np.ones(size // 8)
        for k in range(9):
            inner.create_dataset(f"none{k}", (size // 8,), "f8")  # lies nowhere

    write_h5(path, many)
    with h5py.File(path) as file:
        large = file["model_weights/d/d/large"].id.get_offset()
    nowhere, there = (struct.pack("<QQ", place, size) for place in (2**64 - 1, large))
    whole = path.read_bytes()
    assert whole.count(nowhere) == 9
    path.write_bytes(whole.replace(nowhere, there))
    assert "parts overlap" in refusal(import_model, path)


@pytest.mark.parametrize(("change", "expected"), BAD_H5.values(), ids=BAD_H5)
def test_refuses_an_hdf5_file(
    tmp_path: Path, change: Callable[[h5py.Group], object], expected: str
) -> None:
    path = tmp_path / "model.h5"
    assert len(import_model(write_h5(path)).model.parameters) == 785 * 26
    assert expected in refusal(import_model, write_h5(path, change))


def test_numbers_of_16_and_64_bits_in_either_order(tmp_path: Path) -> None:
    for kind in ("<f2", ">f4", ">f8", "<f8"):
        path = write_h5(
            tmp_path / "model.h5",
            replaced("bias:0", lambda g, kind=kind: g.update({"bias:0": np.ones(26, kind)})),
        )
        assert (import_model(path).model.parameters[-26:] == 1).all()


def test_refuses_hdf5_of_a_newer_layout_and_weights_alone(tmp_path: Path) -> None:
    assert "save it again" in refusal(import_model, newer(tmp_path / "newer.h5"))
    path = write_h5(tmp_path / "weights.h5")
    with h5py.File(path, "a") as file:
        del file.attrs["model_config"]
    assert "holds weights alone" in refusal(import_model, path)
    with h5py.File(path, "w") as file:
        file["x"] = 1
    assert "no group model_weights" in refusal(import_model, path)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_damage_to_hdf5_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "model.h5"
    if not path.exists():
        write_h5(path)
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, 8000))
        whole[place] = data.draw(st.integers(0, 255))
    other = tmp_path / "other.h5"
    other.write_bytes(whole)
    accepted_or_refused(other)


def accepted_or_refused(path: Path) -> Imported | None:
    from lenet.errors import LenetError

    try:
        return import_model(path)
    except LenetError as error:
        assert "\n" not in str(error)  # noqa: PT017
        return None


# ---- .keras ------------------------------------------------------------------------------------


def packed(members: list[tuple[str, bytes]], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


def test_refuses_odd_zips(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    layers = keras().layers

    good = saved(keras_model([layers.Flatten(), layers.Dense(26)]), tmp_path, "keras")
    with zipfile.ZipFile(good) as archive:
        config, weights = archive.read("config.json"), archive.read("model.weights.h5")
    both = [("config.json", config), ("model.weights.h5", weights)]
    path = tmp_path / "odd.keras"
    path.write_bytes(packed(both))
    assert import_model(path).model.labels[0] == "A"
    lying = bytearray(packed(both, zipfile.ZIP_STORED))
    place = lying.index(b"PK\x01\x02")
    lying[place + 24 : place + 28] = struct.pack("<I", 5)  # its size unpacked
    encrypted = bytearray(packed(both))
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = packed([*both, both[0]])
    for data, expected in {
        packed(both[:1]): "0 members model.weights.h5",
        packed(both[1:]): "0 members config.json",
        twice: "2 members config.json",
        packed([("config.json", bytes(2**27)), both[1]]): "too large",
        packed(both, zipfile.ZIP_BZIP2): "unusual way",
        bytes(encrypted): "encrypted",
        bytes(lying): "config.json",
        packed([(f"{k}", b"") for k in range(1001)]): "more than 1000 members",
        packed(both)[:-30]: "damaged zip",
        packed([("config.json", config), ("model.weights.h5", bytes(99))]): "HDF5 of a layout",
    }.items():
        path.write_bytes(data)
        assert expected in refusal(import_model, path)


def test_the_groups_of_tensorflow_2_12(tmp_path: Path) -> None:
    """Which called them otherwise."""
    layers = keras().layers
    new = saved(keras_model([layers.Flatten(), layers.Dense(26)]), tmp_path, "keras")
    with zipfile.ZipFile(new) as archive:
        config, weights = archive.read("config.json"), archive.read("model.weights.h5")
    (tmp_path / "weights.h5").write_bytes(weights)
    with h5py.File(tmp_path / "weights.h5", "a") as file:
        file.move("layers", "_layer_checkpoint_dependencies")
    older = [("config.json", config), ("model.weights.h5", (tmp_path / "weights.h5").read_bytes())]
    old = tmp_path / "old.keras"
    old.write_bytes(packed(older))
    np.testing.assert_array_equal(
        import_model(old).model.parameters, import_model(new).model.parameters
    )
