"""The formats that a model can be written in, and what a format must bring.

Each is a module with

    write(graph, folder) -> list[Path]   writes its files and returns them, that which a user opens
                                         first; LenetError where the network cannot be said in it
    run(paths, images) -> probabilities  asks the format's own runtime: float32 (n, classes) for
                                         uint8 (n, rows, columns); `MissingDependencyError` without one
    runtime() -> str                     that runtime and its version

and may have, where fewer letters may be read,

    state(paths, before, after, letters) writes into the files what share of the letters, a Dataset,
                                         the engine reads and what share the runtime

and imports what it needs within these, so that a format costs nothing until it is asked for.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, cast

import numpy as np
import numpy.typing as npt

from lenet.errors import MissingDependencyError
from lenet.exporters.ir import Graph


class Writer(Protocol):
    """A format's module, as this module's docstring has it."""

    def write(self, graph: Graph, folder: Path) -> list[Path]:
        """Writes the files."""

    def run(self, paths: Sequence[Path], images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Asks the runtime."""

    def runtime(self) -> str:
        """Names the runtime."""


class Format(NamedTuple):
    """A format: what it is, and the module of this package that writes it.

    exact  whether the runtime must give the engine's probabilities; else, its numbers being of 8 or
           16 bits, as many letters must be read
    """

    about: str
    module: str
    exact: bool = True

    @property
    def writer(self) -> Writer:
        """The module, imported."""
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
"""By the names that `lenet export --to` takes."""


def require(package: str, extra: str) -> None:
    """Raises MissingDependencyError, with the line that installs it, where a package is missing."""
    if importlib.util.find_spec(package) is None:
        raise MissingDependencyError(f'{package} is not installed; pip install "lenet[{extra}]"')


BATCH = 256  # images that a runtime is asked about at once


def batched(
    ask: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]], images: npt.NDArray[np.uint8]
) -> npt.NDArray[np.float32]:
    """The answers for many images, in bounded memory."""
    starts = range(0, len(images), BATCH)
    return np.concatenate([ask(images[start : start + BATCH]) for start in starts])
