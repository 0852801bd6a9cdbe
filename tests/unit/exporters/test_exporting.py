"""The graph that every export format is written from, and the verification of each file."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from lenet import exporters
from lenet.cli import main as cli
from lenet.datasets import train_test_split
from lenet.errors import MissingDependencyError
from lenet.exporters import FORMATS, exporter, interpreter
from lenet.exporters.registry import Format
from lenet.models import DEFAULT_MODEL, Model, load_model
from made import NETWORKS, REPRESENTATIVES, blots, letters, real_letters, refusal, untrained

pytestmark = pytest.mark.runtime


@pytest.mark.parametrize("name", NETWORKS)
def test_the_operations_answer_as_the_engine(name: str) -> None:
    model = untrained(name)
    images = blots(model)
    graph = exporters.lower(model, images)
    shapes = {}
    for node, values in interpreter.activations(graph, images):
        assert values.shape == (len(images), *node.output)
        assert node.name not in shapes
        shapes[node.name] = node.output
    assert np.abs(values - graph.probabilities(images)).max() < 1e-5
    stages = graph.model.spec.stages
    assert {s.name: s.output for s in stages}.items() <= shapes.items()


def test_the_representatives_have_every_layer_and_option() -> None:
    def options(names: list[str]) -> set[tuple[str, str, str | None]]:
        layers = [layer for name in names for layer in untrained(name).spec.to_json()["layers"]]
        return {
            (next(iter(layer)), key, value if isinstance(value, str) else None)
            for layer in layers
            for key, value in layer.items()
        }

    assert options(REPRESENTATIVES) == options(NETWORKS)


def test_probes_are_letters_noise_and_plain_images() -> None:
    graph = exporters.lower(untrained("holzweber2021"), letters(20).images)
    images = exporter.probes(graph)
    assert images.dtype == np.uint8
    assert len(images) == 20 + exporter.NOISE + 2
    assert {0, 255 * 784} <= set(images.reshape(len(images), -1).sum(axis=1, dtype=int))
    assert images.mean(axis=(1, 2)).std() > 20


def export(model: Model, names: list[str], folder: Path) -> list[exporters.Exported]:
    return exporters.export(model, names, folder, train_test_split(letters(30)))


def test_manifest_lists_files_and_verification(tmp_path: Path) -> None:
    [one] = export(load_model(DEFAULT_MODEL), ["safetensors"], tmp_path)
    assert one.files == (tmp_path / "model.safetensors",)
    assert one.verification is not None
    assert one.verification.difference == 0
    entry = json.loads((tmp_path / "manifest.json").read_text())["formats"]["safetensors"]
    data = one.files[0].read_bytes()
    assert entry["files"] == [
        {
            "file": "model.safetensors",
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
    ]
    assert entry["verification"]["runtime"] == one.verification.runtime
    assert entry["verification"]["images"] == one.verification.images
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "manifest.json",
        "model.safetensors",
    ]


class Liar:
    """A format whose runtime answers something else."""

    def __init__(self, error: float) -> None:
        self.error = error

    def write(self, graph: exporters.Graph, folder: Path) -> list[Path]:
        self.graph = graph
        path = folder / "deep" / "lie.bin"
        path.parent.mkdir()
        path.write_bytes(b"?")
        return [path]

    def run(self, paths: list[Path], images: np.ndarray) -> np.ndarray:
        answers = self.graph.probabilities(images)
        answers[: len(answers) // 4] = np.roll(answers[: len(answers) // 4], 1, axis=1)
        return answers if self.error else np.full_like(answers, np.nan)

    def runtime(self) -> str:
        return "liar 1"


@pytest.mark.parametrize(
    ("exact", "error", "expected"),
    [(True, 1.0, "differs from the engine"), (False, 1.0, "instead of"), (True, 0.0, "not finite")],
)
def test_a_file_that_its_runtime_does_not_reproduce_is_not_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exact: bool, error: float, expected: str
) -> None:
    liar = Liar(error)
    monkeypatch.setattr(Format, "writer", property(lambda self: liar))
    monkeypatch.setitem(FORMATS, "lie", Format("", "lie", exact))
    good = load_model(DEFAULT_MODEL)
    message = refusal(exporters.export, good, ["lie"], tmp_path, train_test_split(real_letters()))
    assert expected in message
    assert "not written" in message
    assert list(tmp_path.iterdir()) == []


def test_formats_of_other_runs_stay_in_the_manifest(tmp_path: Path) -> None:
    export(load_model(DEFAULT_MODEL), ["safetensors"], tmp_path)
    manifest = tmp_path / "manifest.json"
    whole = json.loads(manifest.read_text())
    whole["format"] = "lenet-exports/1"
    whole["formats"]["other"] = {"files": [], "proof": {"runtime": "other 1"}}
    manifest.write_text(json.dumps(whole))
    export(untrained("holzweber2021"), ["safetensors"], tmp_path)
    formats = json.loads(manifest.read_text())["formats"]
    assert set(formats) == {"other", "safetensors"}
    assert formats["other"]["verification"] == {"runtime": "other 1"}
    assert formats["safetensors"]["model"]["name"] == "holzweber2021"


@pytest.mark.parametrize("text", ["", "[]", '{"format": 3}', "[" * 100_000, '{"formats": []}'])
def test_a_manifest_of_something_else_is_written_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    export(untrained("holzweber2021"), ["safetensors"], tmp_path)
    assert set(json.loads((tmp_path / "manifest.json").read_text())["formats"]) == {"safetensors"}


def test_without_letters_nothing_can_be_verified(tmp_path: Path) -> None:
    none = letters(30).take(np.arange(0))
    message = refusal(
        exporters.export, untrained("lenet1"), ["safetensors"], tmp_path, train_test_split(none)
    )
    assert "no letters" in message


def test_the_command_prints_the_verification_of_each_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["export", "--to", "safetensors", str(tmp_path / "out")]) == 0
    output = capsys.readouterr().out
    assert "model.safetensors" in output
    assert "verified with lenet" in output
    assert cli.main(["predict", "--model", str(tmp_path / "out/model.safetensors"), "x.png"]) == 1


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode on Windows")
def test_a_folder_whose_name_is_not_utf_8_is_exported_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = os.fsencode(tmp_path) + b"/\xff"
    assert cli.main(["export", "--to", "onnx,litert", os.fsdecode(folder)]) == 0
    assert capsys.readouterr().out.count("verified with") == 2


def test_of_all_formats_those_are_left_out_that_take_a_missing_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Missing(Liar):
        def write(self, graph: exporters.Graph, folder: Path) -> list[Path]:
            raise MissingDependencyError("nothing is here; pip install it")

    monkeypatch.setattr(Format, "writer", property(lambda self: Missing(0)))
    assert cli.main(["export", "--to", "all", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.count("not written: nothing is here") == len(FORMATS)
    assert cli.main(["export", "--to", "onnx", str(tmp_path / "out")]) == 3
    assert "pip install it" in capsys.readouterr().err


def test_an_unknown_format_is_told_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["export", "--to", "onnx2", "out"])
    assert end.value.code == 2
    assert "known: " in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert cli.main(["export", "--to", "safetensors", str(tmp_path / "file")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
