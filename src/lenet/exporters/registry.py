"""Export formats, and the interface of a format's module.

A format is a module with these functions:

    write(graph, folder) -> list[Path]   write the files; return them, the one that a user opens
                                         first; UnsupportedError if the format lacks an operation
    run(paths, images) -> probabilities  run the format's own runtime: uint8 (n, rows, columns) to
                                         float32 (n, classes); MissingDependencyError without it
    runtime() -> str                     name and version of that runtime

A format that is not exact may also have

    record_accuracy(paths, verification, letters)  write the measured accuracies into the files

A module imports optional packages within these functions, so that a format costs nothing unless it
is used.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast, runtime_checkable

import numpy as np
import numpy.typing as npt

from lenet.exporters.ir import Graph

if TYPE_CHECKING:
    from lenet.datasets import Dataset
    from lenet.exporters.exporter import Verification


class Writer(Protocol):
    """Interface of a format's module; see above."""

    def write(self, graph: Graph, folder: Path) -> list[Path]:
        """Write the files."""

    def run(self, paths: Sequence[Path], images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the runtime's probabilities."""

    def runtime(self) -> str:
        """Return the runtime's name and version."""


@runtime_checkable
class AccuracyRecorder(Protocol):
    """Interface of a format whose files state the measured accuracies."""

    def record_accuracy(self, paths: Sequence[Path], verification: Verification, letters: Dataset) -> None:
        """Write the accuracies on the letters into the files."""


class Format(NamedTuple):
    """A format: its description, and the module of this package that writes it.

    exact  True: the runtime must reproduce the engine's probabilities. False, for numbers of 8 or
           16 bits: it must keep the engine's accuracy.
    """

    about: str
    module: str
    exact: bool = True

    @property
    def writer(self) -> Writer:
        """Import the module."""
        return cast(Writer, importlib.import_module(f"lenet.exporters.{self.module}"))


FORMATS = {
    "safetensors": Format("this project's own: model.safetensors", "safetensors"),
    "onnx": Format("ONNX Runtime and most other programs: model.onnx", "onnx_file"),
    "tfjs": Format("TensorFlow.js: tfjs/model.json and its weights", "tfjs"),
    "tfjs-float16": Format("the same with weights of 16 bits", "tfjs_float16", exact=False),
    "keras": Format("Keras 3: model.keras", "keras.file"),
    "litert": Format("LiteRT (TensorFlow Lite), float32: model.tflite", "litert.float32"),
    "litert-int8": Format(
        "the same in 8-bit integers, for microcontrollers: model-int8.tflite", "litert.int8", False
    ),
    "torch": Format("PyTorch: torch/model.py, a module to read, and its weights", "torch.module"),
    "c": Format("one C99 header for any program: model.h", "c.float32"),
    "c-int8": Format("the same in int8, for microcontrollers: model-int8.h", "c.int8", False),
}
"""Formats by the names that `lenet export --to` takes."""


BATCH = 256  # images that a runtime gets at once


def batched(
    ask: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]], images: npt.NDArray[np.uint8]
) -> npt.NDArray[np.float32]:
    """Return the answers for many images, in bounded memory."""
    starts = range(0, len(images), BATCH)
    return np.concatenate([ask(images[start : start + BATCH]) for start in starts])
