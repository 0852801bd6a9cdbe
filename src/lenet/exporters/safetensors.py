"""This project's own format, docs/reference/model-file.md; the engine is its runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet import __version__
from lenet.exporters.ir import Graph
from lenet.models import load_model, save_model


def write(graph: Graph, folder: Path) -> list[Path]:
    """Write model.safetensors."""
    path = folder / "model.safetensors"
    save_model(path, graph.model)
    return [path]


def run(paths: Sequence[Path], images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Read the file and run the engine."""
    model = load_model(paths[0])
    network = model.spec.network()
    return network.predict(model.parameters, images, model.temperature)


def runtime() -> str:
    """Return this package's version."""
    return f"lenet {__version__}"
