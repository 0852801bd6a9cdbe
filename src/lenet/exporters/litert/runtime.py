"""Run LiteRT's interpreter on images."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path
from typing import Any

import numpy.typing as npt

from lenet._util.extras import require
from lenet.exporters.registry import batched


def answers(path: Path, images: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a .tflite file's answers, (n, classes); MissingDependencyError without the runtime."""
    require("ai_edge_litert", "litert")
    from ai_edge_litert.interpreter import Interpreter

    ask = Interpreter(model_content=path.read_bytes()).get_signature_runner()
    return batched(lambda some: ask(image=some)["probabilities"], images)


def runtime() -> str:
    """Return LiteRT's version."""
    return f"LiteRT {importlib.metadata.version('ai-edge-litert')}"
