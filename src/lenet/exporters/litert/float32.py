"""LiteRT (formerly TensorFlow Lite) in float32: model.tflite."""

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
    """Write model.tflite: uint8 (n, rows, columns), 0..255, to float32 (n, classes)."""
    path = folder / "model.tflite"
    path.write_bytes(litert_network.file_bytes(graph, in_8_bits=False))
    return [path]


def run(paths: Sequence[Path], images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Run LiteRT's interpreter."""
    return litert_runtime.answers(paths[0], images).astype(np.float32)
