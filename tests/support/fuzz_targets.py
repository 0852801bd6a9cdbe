"""Every reader of files from outside, each as a function of a path: it reads or raises LenetError.

`tools/fuzz.py` feeds them with made bytes; test_fuzz.py with those that are kept in tests/data/fuzz.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from lenet import ink
from lenet.datasets.readers import idx, kaggle, npz, unipen
from lenet.errors import LenetError
from lenet.importers import ImportOptions, import_model
from lenet.models import file as model_file
from repository import DATA

KEPT = DATA / "fuzz"
"""A folder for each target: files to begin with, and those that once found something."""


class Target(NamedTuple):
    """name: the file's, as its format wants it."""

    name: str
    read: Callable[[Path], object]


def _idx(path: Path) -> None:
    """As images beside good labels, or else as labels beside good images."""
    try:
        idx.read(path, KEPT / "idx" / "labels")
    except LenetError:
        idx.read(KEPT / "idx" / "images", path)


def _tfjs(path: Path) -> None:
    for name, size in (("shard.bin", 157), ("other.bin", 30)):  # as the kept files want them
        (path.parent / name).write_bytes(b"\x00\x3c" * size)  # 1 in float16
    import_model(path, kind="tfjs")


def _importing(kind: str) -> Callable[[Path], object]:
    return lambda path: import_model(path, kind=kind)


def _state_dict(path: Path) -> None:
    convolution = {"conv": 2, "kernel": 3, "stride": 2}
    layers = [convolution, {"batchnorm": {}}, {"relu": {}}, {"maxpool": 4}, {"dense": 10}]
    import_model(path, ImportOptions(architecture={"input": [28, 28], "layers": layers}), "state_dict")


TARGETS = {
    "model_file": Target("model.safetensors", model_file.load),
    "tfjs": Target("model.json", _tfjs),
    "keras_hdf5": Target("model.h5", _importing("keras_hdf5")),
    "keras_zip": Target("model.keras", _importing("keras_zip")),
    "state_dict": Target("weights.safetensors", _state_dict),
    "onnx_graph": Target("model.onnx", _importing("onnx_graph")),
    "npz": Target("letters.npz", npz.read_letters),
    "strokes": Target("drawings.jsonl", lambda path: list(ink.read_drawings(path))),
    "idx": Target("images-idx3-ubyte", _idx),
    "kaggle": Target("emnist.csv", kaggle.read),
    "unipen": Target("letters.dat", lambda path: list(unipen.read(path))),
}


def answer(target: Target, path: Path) -> str:
    """What a reader says: "" where it reads the file, else its error, of one line."""
    try:
        target.read(path)
    except LenetError as error:
        said = str(error)
        if "\n" in said:
            raise AssertionError(f"an error of several lines: {said!r}") from error
        return said
    return ""
