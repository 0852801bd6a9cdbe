"""PyTorch: torch/model.py, a readable module, with its weights beside it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet._util.extras import require
from lenet.exporters.ir import Array, Convolution, Dense, Depthwise, Graph, UnitBias
from lenet.exporters.registry import batched
from lenet.exporters.torch.source import source
from lenet.models.safetensors import serialize


def write(graph: Graph, folder: Path) -> list[Path]:
    """Write torch/model.py and torch/model.safetensors; this does not need PyTorch."""
    paths = [folder / "torch" / name for name in ("model.py", "model.safetensors")]
    paths[0].parent.mkdir()
    paths[0].write_text(source(graph), encoding="utf-8", newline="\n")
    tensors = {name: values.astype(np.float32) for name, values in state_dict(graph)}
    paths[1].write_bytes(serialize(tensors, {"format": "pt", **graph.texts}))
    return paths


def state_dict(graph: Graph) -> Iterator[tuple[str, Array]]:
    """Yield names and arrays of the module's state dict."""
    units = {node.name for node in graph.nodes if isinstance(node.operation, UnitBias)}
    for node in graph.nodes:
        name = node.name
        match node.operation:
            case Convolution(weight, bias):
                yield f"{name}.weight", weight
                if f"{name}_bias" not in units:
                    yield f"{name}.bias", bias
            case UnitBias(bias):
                yield name, bias
            case Depthwise(weight, bias):
                yield f"{name}.weight", weight[:, 0, 0]
                yield f"{name}.bias", bias
            case Dense(weight) if name.startswith("rbf"):
                yield f"{name}.codes", np.sign(weight.T)
            case Dense(weight, bias):
                yield f"{name}.weight", weight.T
                yield f"{name}.bias", bias


def run(paths: Sequence[Path], images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Import the written module and run it."""
    for package in ("torch", "safetensors"):
        require(package, "torch")
    import torch

    spec = importlib.util.spec_from_file_location("lenet_exported_model", paths[0])
    if spec is None or spec.loader is None:
        raise ImportError(paths[0])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network = module.load()
    with torch.inference_mode():
        return batched(lambda some: network.probabilities(torch.from_numpy(some)).numpy(), images)


def runtime() -> str:
    """Return PyTorch's version."""
    import torch

    return f"PyTorch {torch.__version__}"
