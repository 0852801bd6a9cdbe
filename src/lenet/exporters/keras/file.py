"""Keras 3's own format: model.keras, for `keras.models.load_model` of 3.3 and later.

It is a zip of config.json, metadata.json and model.weights.h5 (keras/src/saving/saving_lib.py). The
weights of a layer are in layers/CLASS/vars/0, 1, ...; CLASS is in snake case and numbered from its
second layer on. Files are verified with Keras and one of its backends (KERAS_BACKEND).
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import io
import json
import os
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet import __version__
from lenet._util.extras import require
from lenet._util.subprocesses import ask
from lenet.errors import MissingDependencyError
from lenet.exporters.ir import Graph
from lenet.exporters.keras.layers import Layer, layers

OLDEST = "3.3.0"  # the Keras version in the file
DATE = (1980, 1, 1, 0, 0, 0)  # a fixed date: the same model gives the same bytes

# Runs in its own process, because a backend keeps the device and settings of its first import.
ASK = """
import sys
import keras
import numpy as np
model = keras.models.load_model(sys.argv[1], compile=False)
rows, columns = model.input_shape[1:3]
pixels = np.frombuffer(sys.stdin.buffer.read(), np.uint8).reshape(-1, rows, columns, 1)
answers = model.predict(pixels.astype(np.float32), batch_size=256, verbose=0)
sys.stdout.buffer.write(np.asarray(answers, "<f4").tobytes())
"""
BACKENDS = ("tensorflow", "jax", "torch")


def write(graph: Graph, folder: Path) -> list[Path]:
    """Write model.keras: float32 (n, rows, columns, 1), 0..255, to probabilities (n, classes)."""
    require("h5py", "keras")
    keras_layers = list(layers(graph))
    about = {"keras_version": OLDEST, "generated_by": f"lenet {__version__}", "lenet": graph.about}
    parts = {
        "metadata.json": json.dumps(about, ensure_ascii=False).encode(),
        "config.json": json.dumps(_config(graph, keras_layers)).encode(),
        "model.weights.h5": _weights(keras_layers),
    }
    path = folder / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name, DATE), part)
    return [path]


def run(paths: Sequence[Path], images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Run Keras on the CPU."""
    environment = {"KERAS_BACKEND": _backend(), "CUDA_VISIBLE_DEVICES": "-1"}
    command = [sys.executable, "-c", ASK, str(paths[0])]
    answers = ask("Keras", command, images.tobytes(), environment)
    return np.frombuffer(answers, "<f4").reshape(len(images), -1)


def runtime() -> str:
    """Return the versions of Keras and its backend."""
    return f"Keras {importlib.metadata.version('keras')} on {_backend()}"


def _config(graph: Graph, keras_layers: Sequence[Layer]) -> dict[str, Any]:
    """Return config.json."""
    image = {"name": "image", "batch_shape": [None, *graph.sides, 1], "dtype": "float32"}
    named = [("InputLayer", image)]
    named += [
        (layer.kind, {"name": layer.name, "dtype": "float32", **layer.config}) for layer in keras_layers
    ]
    listed = [_entry("keras.layers", kind, config) for kind, config in named]
    return _entry("keras", "Sequential", {"name": "lenet", "layers": listed})


def _entry(module: str, kind: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"module": module, "class_name": kind, "config": config, "registered_name": None}


def _weights(keras_layers: Sequence[Layer]) -> bytes:
    """Return model.weights.h5."""
    import h5py

    data, seen = io.BytesIO(), Counter[str]()
    with h5py.File(data, "w") as file:
        file.create_group("vars")  # the model's own weights: it has none
        for layer in keras_layers:
            kind = re.sub("(?<=[a-z])(?=[A-Z])", "_", layer.kind).lower()
            number = f"_{seen[kind]}" if seen[kind] else ""
            seen[kind] += 1
            group = file.create_group(f"layers/{kind}{number}/vars")
            group.attrs["name"] = layer.name
            for k, values in enumerate(layer.weights.values()):
                group.create_dataset(str(k), data=values, track_times=False)
    return data.getvalue()


def _backend() -> str:
    """Return the user's backend, or else the first that is installed."""
    require("keras", "keras")
    if chosen := os.environ.get("KERAS_BACKEND"):
        return chosen
    for name in BACKENDS:
        if importlib.util.find_spec(name):
            return name
    raise MissingDependencyError("Keras has no backend to run on; pip install jax")
