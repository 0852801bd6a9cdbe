"""TensorFlow.js Layers models: model.json and the shards of weights beside it.

The format is that of TensorFlow.js 4: `modelTopology` as Keras writes it, `weightsManifest` with
groups of weights. A group is a list of shards, which are joined, and its weights, in order: float32,
or float16, uint8 or uint16 that stand for float32.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from lenet._util.bounded import (
    MAX_BYTES,
    MAX_JSON,
    field,
    finite,
    from_json,
    read_beside,
    read_bytes,
    shape_of,
    shown,
)
from lenet.errors import ModelFileError, UnsupportedError
from lenet.importers.ir import Array, Chain
from lenet.importers.readers import keras_layers
from lenet.importers.readers.keras_graph import by_layer, leaves

FORMAT = "TensorFlow.js Layers"
MAX_SHARDS = 1000
_STORED = {"float32": "<f4", "float16": "<f2", "uint8": "u1", "uint16": "<u2"}


def read(path: Path) -> tuple[Chain, list[bytes]]:
    """Return the chain of a model.json, and the bytes of all its files.

    Raise LenetError for shards in another folder, missing weights, unused bytes, types other than
    those above, and like `keras_layers.chain`.
    """
    data = read_bytes(path, limit=MAX_JSON)
    model = from_json(data, path.name)
    topology = model.get("modelTopology") if isinstance(model, dict) else None
    if isinstance(model, dict) and {"class_name", "config"} <= set(model):
        raise ModelFileError("a Keras model's layers without weights; save the whole model as .keras or .h5")
    if not isinstance(topology, dict):
        raise ModelFileError('no "modelTopology": this is not a TensorFlow.js model; give its model.json')
    if model.get("format") == "graph-model":
        raise UnsupportedError("a graph model, which has no layers; convert it with layers_model")
    inner = topology.get("model_config", topology)
    groups = field(model, "weightsManifest", list, path.name)
    files = [data]
    arrays: dict[str, Array] = {}
    for group in groups:
        shards = _shards(path.parent, group, MAX_BYTES - sum(map(len, files)))
        files += shards
        for name, array in _group(b"".join(shards), field(group, "weights", list, "the manifest")):
            if name in arrays:
                raise ModelFileError(f"the weights {shown(name)} occur twice; save the model again")
            arrays[name] = array
    shape, entries = keras_layers.listed(inner)
    layers = list(leaves(entries))
    return keras_layers.chain(shape, layers, by_layer(layers, arrays), FORMAT), files


def _shards(folder: Path, group: Any, room: int) -> list[bytes]:
    """Return the files of a group, which must be directly in the folder."""
    names = field(group, "paths", list, "the manifest")
    if len(names) > MAX_SHARDS:
        raise UnsupportedError(f"{len(names)} shards; at most {MAX_SHARDS}")
    shards = []
    for name in names:
        shards.append(read_beside(folder, name, limit=max(room, 0)))
        room -= len(shards[-1])
    return shards


def _group(data: bytes, entries: list[Any]) -> list[tuple[str, Array]]:
    """Return names and arrays of the weights in a group's bytes."""
    weights, start = [], 0
    for entry in entries:
        name = field(entry, "name", str, "the manifest")
        place = f"the weights {shown(name)}"
        shape = shape_of(entry.get("shape"), place)
        stored, scale, shift = _stored(entry, place)
        count = math.prod(shape)
        end = start + count * np.dtype(_STORED[stored]).itemsize
        if end > len(data):
            raise ModelFileError(f"{place} lie beyond the end of their shards; copy the files again")
        array = finite(np.frombuffer(data[start:end], _STORED[stored]).reshape(shape), place)
        weights.append((name, finite(array * scale + shift, place)))
        start = end
    if start != len(data):
        raise ModelFileError(f"its shards hold {len(data)} bytes, of which {start} are weights")
    return weights


def _stored(entry: dict[str, Any], place: str) -> tuple[str, float, float]:
    """Return type, scale and shift of stored numbers: weight = stored * scale + shift."""
    dtype = field(entry, "dtype", str, place)
    if dtype != "float32":
        raise UnsupportedError(f"{place} are {dtype[:20]!r}; only float32 is known")
    if "quantization" not in entry:
        return "float32", 1.0, 0.0
    how = field(entry, "quantization", dict, place)
    stored = field(how, "dtype", str, place)
    if stored == "float16":
        return stored, 1.0, 0.0
    if stored not in ("uint8", "uint16"):
        raise UnsupportedError(f"{place} are stored as {stored[:20]!r}; known: float16, uint8, uint16")
    scale, shift = (field(how, key, (int, float), place) for key in ("scale", "min"))
    if not max(abs(scale), abs(shift)) < 1e30:
        raise UnsupportedError(f"{place} have a scale or a minimum beyond all weights")
    return stored, float(scale), float(shift)
