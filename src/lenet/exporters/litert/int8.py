"""LiteRT in 8-bit integers only, for microcontrollers: model-int8.tflite."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet.exporters.ir import Graph
from lenet.exporters.litert import network as litert_network
from lenet.exporters.litert import runtime as litert_runtime

runtime = litert_runtime.runtime


def write(graph: Graph, folder: Path) -> list[Path]:
    """Write model-int8.tflite.

    It maps int8 (n, rows, columns), pixel - 128, to int8 (n, classes), 256 * probability - 128.
    """
    path = folder / "model-int8.tflite"
    path.write_bytes(litert_network.file_bytes(graph, in_8_bits=True))
    return [path]


def run(paths: Sequence[Path], images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Run LiteRT's interpreter."""
    codes = litert_runtime.answers(paths[0], (images.astype(np.int16) - 128).astype(np.int8))
    return np.asarray((codes.astype(np.float32) + 128) / 256, np.float32)
