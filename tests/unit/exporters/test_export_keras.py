"""Keras's files: what is in them, and what Keras answers."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from lenet import exporters
from lenet.datasets import train_test_split
from lenet.exporters.keras import file as keras_file
from lenet.models import DEFAULT_MODEL, Model, load_model
from made import REPRESENTATIVES, blots, letters, real_letters, refusal, untrained, without

pytestmark = pytest.mark.runtime

# Each NAME.keras of a folder, asked about NAME.npy.
ASK = """
import sys
from pathlib import Path
import keras
import numpy as np
for path in Path(sys.argv[1]).glob("*.keras"):
    model = keras.models.load_model(path)
    images = np.load(path.with_suffix(".npy"))
    answers = model.predict(images[..., None].astype(np.float32), verbose=0)
    np.save(path.with_suffix(".answers.npy"), np.asarray(answers))
"""


@pytest.fixture(autouse=True)
def _settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's settings that must not matter, and the backend that is there soonest."""
    home = tmp_path_factory.mktemp("keras")
    settings = {"floatx": "float64", "image_data_format": "channels_first"}
    (home / "keras.json").write_text(json.dumps(settings))
    monkeypatch.setenv("KERAS_HOME", str(home))
    monkeypatch.setenv("KERAS_BACKEND", "numpy")


def lower(model: Model) -> exporters.Graph:
    return exporters.lower(model, blots(model))


def test_keras_answers_as_the_engine(tmp_path: Path) -> None:
    graphs = {name: lower(untrained(name)) for name in REPRESENTATIVES}
    graphs["shipped"] = exporters.lower(load_model(DEFAULT_MODEL), real_letters(100).images)
    for name, graph in graphs.items():
        [path] = keras_file.write(graph, tmp_path)
        path.rename(tmp_path / f"{name}.keras")
        np.save(tmp_path / f"{name}.npy", graph.sample)
    subprocess.run([sys.executable, "-c", ASK, str(tmp_path)], check=True)
    for name, graph in graphs.items():
        answers = np.load(tmp_path / f"{name}.answers.npy")
        meant = graph.probabilities(graph.sample)
        assert answers.dtype == np.float32
        np.testing.assert_allclose(answers, meant, rtol=0, atol=1e-5, err_msg=name)
    np.testing.assert_array_equal(answers.argmax(axis=1), meant.argmax(axis=1))


def test_keras_proves_what_is_exported(tmp_path: Path) -> None:
    [one] = exporters.export(untrained("lenet1"), ["keras"], tmp_path, train_test_split(letters(40)))
    assert one.files == (tmp_path / "model.keras",)
    assert one.verification is not None
    assert one.verification.runtime.startswith("Keras 3.")
    assert one.verification.runtime.endswith(" on numpy")


def test_the_file_is_laid_out_as_keras_does(tmp_path: Path) -> None:
    shipped = load_model(DEFAULT_MODEL)
    [path] = keras_file.write(lower(shipped), tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["metadata.json", "config.json", "model.weights.h5"]
        about = json.loads(archive.read("metadata.json"))
        config = json.loads(archive.read("config.json"))
        weights = h5py.File(io.BytesIO(archive.read("model.weights.h5")))
    assert about["keras_version"] == "3.3.0"
    assert about["lenet"]["labels"] == shipped.labels
    assert config["class_name"] == "Sequential"
    first, *others = config["config"]["layers"]
    assert first["config"]["batch_shape"] == [None, 28, 28, 1]
    assert len(weights["layers"]) == len(others)
    count = sum(weights["layers"][name]["vars"][k].size
                for name in weights["layers"] for k in weights["layers"][name]["vars"])  # fmt: skip
    assert count == len(shipped.parameters)
    assert weights["layers/conv2d_1/vars"].attrs["name"] == "conv2"


def test_the_same_model_is_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = lower(untrained("lecun1989"))
    first = keras_file.write(graph, tmp_path)[0].read_bytes()
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert keras_file.write(graph, tmp_path)[0].read_bytes() == first


def test_without_its_packages_it_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = (untrained("lenet1"), ["keras"], tmp_path, train_test_split(letters(30)))
    monkeypatch.delenv("KERAS_BACKEND")
    for lacking, remedy in (
        (["tensorflow", "jax", "torch"], "Keras has no backend to run on; pip install jax"),
        (["keras"], 'keras is not installed; pip install "lenet[keras]"'),
    ):
        with monkeypatch.context() as patch:
            for package in lacking:
                without(patch, package)
            [one] = exporters.export(*arguments)
        assert one.verification is None
        assert one.install_hint == remedy
    without(monkeypatch, "h5py")
    assert refusal(exporters.export, *arguments) == ('h5py is not installed; pip install "lenet[keras]"')
