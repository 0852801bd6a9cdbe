"""TensorFlow.js's files: what is in them, and what it answers in Chromium and in Node."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from javascript import Run
from lenet import exporters
from lenet.datasets import train_test_split
from lenet.exporters import tfjs, tfjs_float16
from lenet.models import DEFAULT_MODEL, Model, load_model
from made import REPRESENTATIVES, blots, letters, real_letters, refusal, untrained
from needs import missing

pytestmark = pytest.mark.runtime

ASK = """
import * as tf from "@tensorflow/tfjs";
await tf.setBackend("cpu");
const shapes = await (await fetch("shapes.json")).json();
const answers = {};
for (const [name, shape] of Object.entries(shapes)) {
  const model = await tf.loadLayersModel(`${name}/model.json`);
  const pixels = new Uint8Array(await (await fetch(`${name}.bin`)).arrayBuffer());
  const { labels } = model.getUserDefinedMetadata();
  answers[name] = { labels, data: [...model.predict(tf.tensor(pixels, shape)).dataSync()] };
}
console.log(JSON.stringify(answers));
"""


def lower(model: Model) -> exporters.Graph:
    return exporters.lower(model, blots(model))


@pytest.fixture
def with_node(node_modules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not shutil.which("node"):
        missing("no Node on the PATH")
    monkeypatch.setenv("NODE_PATH", str(node_modules))


def test_tensorflow_js_answers_as_the_engine_in_chromium(tmp_path: Path, in_chromium: Run) -> None:
    graphs = {name: lower(untrained(name)) for name in REPRESENTATIVES}
    shipped = load_model(DEFAULT_MODEL)
    graphs["shipped"] = exporters.lower(shipped, real_letters(100).images)
    graphs["halved"] = graphs["shipped"]
    shapes = {name: [*graph.sample.shape, 1] for name, graph in graphs.items()}
    files = {"shapes.json": json.dumps(shapes).encode()}
    for name, graph in graphs.items():
        stored = np.dtype("<f2" if name == "halved" else "<f4")
        for path in tfjs.write_as(graph, tmp_path / name, stored):
            files[f"{name}/{path.name}"] = path.read_bytes()
        files[f"{name}.bin"] = graph.sample.tobytes()
    record = json.loads(in_chromium(ASK, files))
    for name, graph in graphs.items():
        meant = graph.probabilities(graph.sample)
        answers = np.reshape(record[name]["data"], meant.shape)
        off = 5e-3 if name == "halved" else 1e-5
        np.testing.assert_allclose(answers, meant, rtol=0, atol=off, err_msg=name)
        assert record[name]["labels"] == graph.model.labels
        if len(answers) == 100:
            np.testing.assert_array_equal(answers.argmax(axis=1), meant.argmax(axis=1))


@pytest.mark.usefixtures("with_node")
def test_node_proves_what_is_exported(tmp_path: Path) -> None:
    both = exporters.export(
        untrained("lecun1989"), ["tfjs", "tfjs-float16"], tmp_path, train_test_split(letters(40))
    )
    assert [one.files[0].relative_to(tmp_path).as_posix() for one in both] == [
        "tfjs/model.json",
        "tfjs-float16/model.json",
    ]
    whole, halved = (one.verification for one in both)
    assert whole is not None
    assert halved is not None
    assert whole.runtime == halved.runtime == "TensorFlow.js 4.22.0"
    assert whole.difference < 1e-5 < halved.difference < 1e-2


@pytest.mark.usefixtures("with_node")
def test_a_damaged_file_is_told_in_one_line(tmp_path: Path) -> None:
    graph = lower(untrained("lenet1"))
    paths = tfjs.write(graph, tmp_path)
    paths[0].write_text("{}")
    assert refusal(tfjs.run, paths, graph.sample).startswith("Node failed: ")


def test_the_files_are_of_the_layers_format(tmp_path: Path) -> None:
    shipped = load_model(DEFAULT_MODEL)
    topology, weights = tfjs.write(lower(shipped), tmp_path)
    assert sorted(tmp_path.rglob("*.*")) == sorted([topology, weights])
    whole = json.loads(topology.read_text(encoding="utf-8"))
    assert whole["format"] == "layers-model"
    assert whole["userDefinedMetadata"]["labels"] == shipped.labels
    assert whole["userDefinedMetadata"]["attributions"] == list(shipped.training.attributions)
    [group] = whole["weightsManifest"]
    assert group["paths"] == [weights.name]
    assert sum(math.prod(one["shape"]) for one in group["weights"]) * 4 == weights.stat().st_size
    first, *others = whole["modelTopology"]["model_config"]["config"]["layers"]
    assert first["config"]["batch_input_shape"] == [None, 28, 28, 1]
    assert {"conv1", "relu1", "maxpool1", "dense2", "softmax"} <= {one["config"]["name"] for one in others}


def test_weights_of_16_bits_are_half_as_long(tmp_path: Path) -> None:
    graph = lower(untrained("lenet5"))
    whole, halved = (form.write(graph, tmp_path)[1] for form in (tfjs, tfjs_float16))
    assert halved.stat().st_size * 2 == whole.stat().st_size
    stored = np.fromfile(halved, "<f2").astype(np.float32)
    np.testing.assert_allclose(stored, np.fromfile(whole, "<f4"), rtol=2**-11, atol=1e-7)


def test_the_same_model_is_the_same_bytes(tmp_path: Path) -> None:
    graph = lower(untrained("lecun1989"))
    first, second = (
        [path.read_bytes() for path in tfjs.write_as(graph, tmp_path / name, np.dtype("<f4"))]
        for name in ("first", "second")
    )
    assert first == second


@pytest.mark.parametrize(
    ("lacking", "remedy"),
    [("PATH", "Node is not installed"), ("NODE_PATH", "npm install @tensorflow/tfjs@4.22.0")],
)
def test_without_the_runtime_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking: str, remedy: str
) -> None:
    if lacking == "NODE_PATH" and not shutil.which("node"):
        missing("no Node on the PATH")
    monkeypatch.setenv(lacking, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    [one] = exporters.export(untrained("lenet1"), ["tfjs"], tmp_path / "out", train_test_split(letters(30)))
    assert one.verification is None
    assert remedy in one.install_hint
    assert one.files[0].is_file()
