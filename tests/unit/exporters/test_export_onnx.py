"""ONNX files: what is in them, and what ONNX Runtime and ONNX Runtime Web answer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from javascript import Run
from lenet import __version__, exporters
from lenet.datasets import train_test_split
from lenet.exporters import onnx_file
from lenet.models import DEFAULT_MODEL, Model, load_model
from made import NETWORKS, REPRESENTATIVES, blots, letters, real_letters, refusal, untrained, without

pytestmark = pytest.mark.runtime

ASK = """
import * as ort from "onnxruntime-web/wasm";
ort.env.wasm.numThreads = 1;
const shapes = await (await fetch("shapes.json")).json();
const answers = {};
for (const [name, shape] of Object.entries(shapes)) {
  const pixels = new Uint8Array(await (await fetch(`${name}.bin`)).arrayBuffer());
  const session = await ort.InferenceSession.create(`${name}.onnx`);
  const { probabilities } = await session.run({ image: new ort.Tensor("uint8", pixels, shape) });
  answers[name] = [...probabilities.data];
}
console.log(JSON.stringify(answers));
"""


def lower(model: Model) -> exporters.Graph:
    return exporters.lower(model, blots(model))


@pytest.mark.parametrize("name", NETWORKS)
def test_onnx_runtime_answers_as_the_engine(tmp_path: Path, name: str) -> None:
    graph = lower(untrained(name))
    answers = onnx_file.run(onnx_file.write(graph, tmp_path), graph.sample)
    assert answers.dtype == np.float32
    np.testing.assert_allclose(answers, graph.probabilities(graph.sample), rtol=0, atol=1e-5)


def test_onnx_runtime_web_answers_as_the_engine(tmp_path: Path, in_chromium: Run) -> None:
    graphs = {name: lower(untrained(name)) for name in REPRESENTATIVES}
    graphs["shipped"] = exporters.lower(load_model(DEFAULT_MODEL), real_letters().images)
    files = {"shapes.json": json.dumps({k: g.sample.shape for k, g in graphs.items()}).encode()}
    for name, graph in graphs.items():
        [path] = onnx_file.write(graph, tmp_path)
        files |= {f"{name}.onnx": path.read_bytes(), f"{name}.bin": graph.sample.tobytes()}
    record = json.loads(in_chromium(ASK, files))
    for name, graph in graphs.items():
        meant = graph.probabilities(graph.sample)
        answers = np.reshape(record[name], meant.shape)
        np.testing.assert_allclose(answers, meant, rtol=0, atol=1e-5, err_msg=name)
    np.testing.assert_array_equal(answers.argmax(axis=1), meant.argmax(axis=1))


def test_the_shipped_model_reads_the_same_letters(tmp_path: Path) -> None:
    letters = real_letters()
    graph = exporters.lower(load_model(DEFAULT_MODEL), letters.images)
    answers = onnx_file.run(onnx_file.write(graph, tmp_path), letters.images)
    meant = graph.probabilities(letters.images)
    np.testing.assert_allclose(answers, meant, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(answers.argmax(axis=1), meant.argmax(axis=1))
    assert (answers.argmax(axis=1) == letters.labels).mean() > 0.8


def test_one_old_and_plain_file_says_all(tmp_path: Path) -> None:
    shipped = load_model(DEFAULT_MODEL)
    [path] = onnx_file.write(lower(shipped), tmp_path)
    assert list(tmp_path.iterdir()) == [path]
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert [(one.domain, one.version) for one in model.opset_import] == [("", 11)]
    assert (model.ir_version, model.producer_name) == (6, "lenet")
    assert model.producer_version == __version__
    [image], [probabilities] = model.graph.input, model.graph.output
    for value, name, kind, sides in (
        (image, "image", TensorProto.UINT8, [28, 28]),
        (probabilities, "probabilities", TensorProto.FLOAT, [26]),
    ):
        assert (value.name, value.type.tensor_type.elem_type) == (name, kind)
        first, *others = value.type.tensor_type.shape.dim
        assert first.dim_param == "n"
        assert [one.dim_value for one in others] == sides
    metadata = {prop.key: prop.value for prop in model.metadata_props}
    assert metadata["labels"] == shipped.labels
    for key in ("rasterizer_version", "pen_width", "temperature", "max_entropy", "min_probability"):
        assert json.loads(metadata[key]) == getattr(shipped.metadata, key)
    assert json.loads(metadata["attributions"]) == list(shipped.training.attributions)
    assert metadata["name"] == "modern-s"
    parameters = sum(
        onnx.numpy_helper.to_array(one).size
        for one in model.graph.initializer
        if one.name.endswith((".weight", ".bias"))
    )
    assert parameters == len(shipped.parameters)


def test_the_same_model_is_the_same_bytes(tmp_path: Path) -> None:
    first, second = (
        onnx_file.write(lower(untrained("lecun1989")), tmp_path)[0].read_bytes() for _ in range(2)
    )
    assert first == second


def test_without_its_packages_it_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = (untrained("lenet1"), ["onnx"], tmp_path, train_test_split(letters(30)))
    with monkeypatch.context() as patch:
        without(patch, "onnxruntime")
        [one] = exporters.export(*arguments)
    assert one.verification is None
    assert one.install_hint == 'onnxruntime is not installed; pip install "lenet[onnx]"'
    without(monkeypatch, "onnx")
    assert refusal(exporters.export, *arguments) == ('onnx is not installed; pip install "lenet[onnx]"')
