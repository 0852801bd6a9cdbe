"""TensorFlow.js's layers format with weights of 16 bits, half the size: tfjs-float16/."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lenet.exporters.ir import Graph
from lenet.exporters.tfjs import run, runtime, write_as

__all__ = ["run", "runtime", "write"]


def write(graph: Graph, folder: Path) -> list[Path]:
    """Write tfjs-float16/model.json and its weights; TensorFlow.js converts them to 32 bits."""
    return write_as(graph, folder / "tfjs-float16", np.dtype("<f2"))
