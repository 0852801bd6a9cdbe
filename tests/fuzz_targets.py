"""Every reader of files from outside, each as a function of a path: it reads or raises LenetError.

`tools/fuzz.py` feeds them with made bytes; test_fuzz.py with those that are kept in tests/fuzz.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from lenet import architectures, ink, model_file
from lenet.datasets import emnist, idx, kaggle, matlab, npz, unipen
from lenet.errors import LenetError
from lenet.importing import Wishes, import_model

KEPT = Path(__file__).parent / "fuzz"
"""A folder for each target: files to begin with, and those that once found something."""


class Target(NamedTuple):
    """name: the file's, as its format wants it."""

    name: str
    read: Callable[[Path], object]


def _idx(path: Path) -> None:
    """As images beside good labels, and as labels beside good images."""
    good = KEPT / "idx"
    for images, labels in ((path, good / "labels"), (good / "images", path)):
        try:
            idx.read(images, labels)
        except LenetError:
            if labels == path:
                raise


def _tfjs(path: Path) -> None:
    (path.parent / "shard.bin").write_bytes(bytes(64) + b"\x00\x3c" * 2000)
    import_model(path, kind="tfjs")


def _importing(kind: str) -> Callable[[Path], object]:
    return lambda path: import_model(path, kind=kind)


def _state_dict(path: Path) -> None:
    import_model(path, Wishes(architecture=architectures.named("holzweber2021")), "state_dict")


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
    "matlab": Target(
        "emnist.mat", lambda path: matlab.read(path, emnist.named("letters"), "train")
    ),
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
