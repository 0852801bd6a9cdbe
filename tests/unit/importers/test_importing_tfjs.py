"""Models of TensorFlow.js: every way to store weights; what is hostile or no chain is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lenet.importers import import_model
from made import refusal
from made_models import (
    dense_topology,
    dense_weights,
    write_tfjs,
)

pytestmark = [
    pytest.mark.runtime,
    # Keras's own, of NumPy 2 and of numbers that are large before a sigmoid.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:overflow encountered in exp:RuntimeWarning"),
]


@pytest.mark.parametrize(
    ("stored", "tolerance"), [("float32", 0), ("float16", 1e-4), ("uint16", 1e-5), ("uint8", 2e-3)]
)
def test_every_way_to_store_weights(tmp_path: Path, stored: str, tolerance: float) -> None:
    write_tfjs(tmp_path, dense_topology(), dense_weights(), stored, shards=3)
    parameters = import_model(tmp_path).model.parameters
    expected = np.concatenate([array.ravel() for _, array in dense_weights()])
    np.testing.assert_allclose(parameters, expected, rtol=0, atol=tolerance)
    if stored != "float32":
        assert (parameters != expected).any()


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
    first: dict[str, Any] = model["weightsManifest"][0]
    return first


def layer(model: dict[str, Any], number: int) -> dict[str, Any]:
    layers: list[dict[str, Any]] = model["modelTopology"]["config"]["layers"]
    return layers[number]


def named_shard(name: object) -> Callable[[Path], None]:
    return changed(lambda model: group(model).update(paths=[name]))


def link(path: Path) -> None:
    shard = path.with_name("group1-shard1of1.bin")
    shard.rename(path.with_name("elsewhere"))
    shard.symlink_to(path.with_name("elsewhere"))


def repeated(path: Path) -> None:
    path.write_text(path.read_text()[:-1] + ', "format": "layers-model"}')


BAD_TFJS: dict[str, tuple[Callable[[Path], object], str]] = {
    **{
        f"shard {name}": (
            named_shard(name),
            "is not a plain file name",
        )
        for name in (
            "/etc/passwd",
            "../model.json",
            "a/b.bin",
            "..",
            ".hidden",
            "C:x",
            "a\\b",
            "http://a/b.bin",
            "",
            "\0",
            5,
            None,
            ["x"],
        )
    },
    "shard is a link": (link, "is a link"),
    "no shard": (named_shard("none.bin"), "no such file"),
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
        "is not a shape",
    ),
    "shape of truths": (changed(lambda m: group(m)["weights"][1].update(shape=[True])), "is not a shape"),
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
            lambda m: group(m)["weights"][0].update(quantization={"dtype": "uint8", "scale": 1e300, "min": 0})
        ),
        "beyond all weights",
    ),
    "twice": (
        changed(lambda m: group(m)["weights"][0].update(name="a/d/bias")),
        "occur twice",
    ),
    "of no layer": (
        changed(lambda m: group(m)["weights"][1].update(name="x/bias")),
        "weights of x, a layer that the model lacks",
    ),
    "unknown kind": (
        changed(lambda m: group(m)["weights"][1].update(name="d/recurrent")),
        "has no weights bias",
    ),
    "no manifest": (changed(lambda m: m.pop("weightsManifest")), '"weightsManifest"'),
    "no topology": (changed(lambda m: m.pop("modelTopology")), "not a TensorFlow.js model"),
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
    "units": (changed(lambda m: layer(m, 1)["config"].update(units=25)), "an output for each unit"),
    "input of 64": (
        changed(lambda m: layer(m, 0)["config"].update(batch_input_shape=[None, 64, 27, 1])),
        "networks here see 28 x 28",
    ),
    "colours": (
        changed(lambda m: layer(m, 0)["config"].update(batch_input_shape=[None, 28, 28, 3])),
        "one channel",
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
        'f: "layers" is missing',
    ),
    "repeated key": (repeated, "a key occurs twice"),
    "NaN": (lambda path: path.write_text('{"a": NaN}'), "NaN is not a number"),
    "deep": (lambda path: path.write_text('{"a":' * 100_000), "nested too deeply"),
    "not UTF-8": (lambda path: path.write_bytes(b'{"\xff": 1}'), "not JSON"),
    "large": (lambda path: path.write_text("{" + " " * 2**22), "too large"),
}


@pytest.mark.parametrize(("damage", "expected"), BAD_TFJS.values(), ids=BAD_TFJS)
def test_refuses_a_tfjs_model(tmp_path: Path, damage: Callable[[Path], object], expected: str) -> None:
    path = write_tfjs(tmp_path, dense_topology(), dense_weights())
    damage(path)
    assert expected in refusal(import_model, path)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_refuses_weights_that_are_no_numbers(tmp_path: Path, value: float) -> None:
    weights = dense_weights()
    weights[0][1][3, 4] = value
    message = refusal(import_model, write_tfjs(tmp_path, dense_topology(), weights))
    assert "the weights d/kernel: a weight is NaN or infinite" in message


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
def test_refuses_what_is_no_chain(tmp_path: Path, edges: dict[str, list[str]], expected: str) -> None:
    path = write_tfjs(tmp_path, {}, [])
    changed(lambda model: branching(model, edges))(path)
    assert expected in refusal(import_model, path)
