"""The command line: its exit status tells the kinds of errors apart."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lenet import errors
from lenet.cli import predict
from lenet.cli.main import EPILOG, main
from lenet.datasets import Dataset
from lenet.datasets.readers import npz
from lenet.engine import library
from lenet.exporters import exporter
from lenet.inference.recognizer import Recognizer
from made import letters, without


def status(*arguments: object) -> int:
    """The exit status of a command."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as end:
        return int(str(end.code))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    npz.write_letters(tmp_path / "letters.npz", letters(60))
    return tmp_path / "letters.npz"


def test_4_is_an_engine_that_cannot_be_loaded() -> None:
    environment = {**os.environ, "LENET_ISA": "none"}
    command = [sys.executable, "-m", "lenet", "architectures"]
    process = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (process.returncode, process.stdout) == (4, "")
    assert re.fullmatch(r"lenet: LENET_ISA=none: not available here; choose one of .*\n", process.stderr)
    command = [sys.executable, "-c", "import lenet; lenet.load()"]
    process = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert process.stderr.splitlines()[-1].startswith("lenet.errors.EngineError: LENET_ISA=none: ")


@pytest.mark.parametrize("content", [None, b"not a library"])
def test_a_native_library_that_does_not_open_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    path = tmp_path / "core.so"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr(library, "_path", lambda variant: path)
    with pytest.raises(errors.EngineError, match="the native library is missing or damaged") as caught:
        library._open("baseline")
    assert "\n" not in str(caught.value)


def test_0_is_done(data: Path) -> None:
    assert status("evaluate", "--data", data) == 0


def test_1_is_a_file_that_cannot_be_used(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[type[errors.LenetError]] = []
    create = errors.LenetError.__init__

    def remember(self: errors.LenetError, *arguments: object) -> None:
        raised.append(type(self))
        create(self, *arguments)

    monkeypatch.setattr(errors.LenetError, "__init__", remember)
    out = tmp_path / "out.safetensors"
    damaged, pickle = tmp_path / "model.safetensors", tmp_path / "model.pt"
    damaged.write_bytes(b"\0" * 100)
    pickle.write_bytes(b"\x80\x04}.")
    layer = {"class_name": "LSTM", "config": {"name": "lstm"}}
    topology = {"class_name": "Sequential", "config": {"layers": [layer]}}
    unknown = {"modelTopology": {"model_config": topology}, "weightsManifest": []}
    (tmp_path / "model.json").write_text(json.dumps(unknown))
    for arguments, kind in (
        (["evaluate", "--data", tmp_path / "none.npz"], errors.DataError),
        (["evaluate", "--data", damaged], errors.DataError),
        (["evaluate", "--model", tmp_path / "none", "--data", data], errors.ModelFileError),
        (["evaluate", "--model", damaged, "--data", data], errors.ModelFileError),
        (["import", tmp_path / "none", "--out", out], errors.ModelFileError),
        (["import", pickle, "--out", out], errors.UnsupportedError),
        (["import", tmp_path, "--out", out], errors.UnsupportedError),
    ):
        assert status(*arguments) == 1, arguments
        assert raised[-1] is kind, arguments


def test_2_is_wrong_arguments() -> None:
    assert status("evaluate") == status("nonsense") == status("train", "--out", "x", "--lr", "-1") == 2


def test_3_is_a_package_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "onnx")
    assert status("export", "--to", "onnx", tmp_path) == 3
    (tmp_path / "model.onnx").write_bytes(b"\x08\x07")
    assert status("import", tmp_path / "model.onnx", "--out", tmp_path / "out.safetensors") == 3


@pytest.mark.slow
def test_export_writes_the_formats_whose_packages_are_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without(monkeypatch, "onnx")
    assert status("export", "--to", "onnx,c,safetensors", tmp_path / "some") == 3
    output = capsys.readouterr()
    assert output.err.startswith("lenet: onnx: not written: ")
    assert output.err.count("\n") == 1
    assert "model.h" in output.out
    names = sorted(path.name for path in (tmp_path / "some").iterdir())
    assert names == ["manifest.json", "model.h", "model.safetensors"]


def test_export_leaves_no_empty_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without(monkeypatch, "onnx")
    assert status("export", "--to", "onnx", tmp_path / "new") == 3
    assert not (tmp_path / "new").exists()
    assert capsys.readouterr().out == ""
    (tmp_path / "old").mkdir()
    assert status("export", "--to", "onnx", tmp_path / "old") == 3
    assert (tmp_path / "old").is_dir()


def test_export_writes_exact_formats_without_letters_to_measure_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digits = letters(60, 10)
    data = Dataset(digits.images, digits.labels, ("digits",), classes=tuple("0123456789"))
    npz.write_letters(tmp_path / "digits.npz", data)
    command = ["export", "--to", "c-int8,safetensors", "--data", tmp_path / "digits.npz", tmp_path / "out"]
    assert status(*command) == 1
    assert capsys.readouterr().err.startswith("lenet: c-int8: not written: digits: 10 classes, 0..9, but")
    assert (tmp_path / "out" / "model.safetensors").is_file()


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_predict_notes_a_file_without_drawings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    path = tmp_path / "none.jsonl"
    path.write_text(content)
    for file in (path, "-"):
        for options in ([], ["--json"]):
            stream = io.BufferedReader(io.BytesIO(content.encode()))
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
            assert status("predict", *options, file) == 0
            assert capsys.readouterr() == ("", f"lenet predict: {file}: no drawings in it\n")


def test_4_is_a_runtime_that_disagrees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporter, "TOLERANCE", -1.0)
    assert status("export", "--to", "safetensors", tmp_path) == 4


def test_predict_fails_with_1_whatever_the_kind(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Recognizer, images: list[np.ndarray]) -> None:
        raise errors.EngineError("the engine failed")

    monkeypatch.setattr(Recognizer, "recognize_images", fail)
    assert status("predict", data) == 1
    assert "0, 1 or 2 only" in EPILOG
    assert predict.EPILOG.count("status is 1") == 1
