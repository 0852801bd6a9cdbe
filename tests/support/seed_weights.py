"""The published Keras model of `shared/seed`, as the engine's parameters: a peer to compare with.

Reads the TensorFlow.js export (model.json and one shard of float32). Keras puts the channels last:
its kernels are (row, column, in, out) and its flattened activation counts row, column, channel; the
engine's are (in, row, column, out) and channel, row, column.

The model wants letters upright, as everything here is, so its makers turned EMNIST's stored images
back: of the upright SD19 letters it recognizes 90 %, of the same transposed 22 %.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

SHARD = "group1-shard1of1.bin"
SHAPES = {
    "conv2d/kernel": (5, 5, 1, 8),
    "conv2d/bias": (8,),
    "conv2d_1/kernel": (5, 5, 8, 16),
    "conv2d_1/bias": (16,),
    "dense/kernel": (400, 84),  # 5 rows x 5 columns x 16 channels
    "dense/bias": (84,),
    "dense_1/kernel": (84, 26),
    "dense_1/bias": (26,),
}


def keras_weights(folder: Path) -> dict[str, np.ndarray]:
    """Return the arrays as Keras has them, float32; ValueError if the files are not that model."""
    groups = json.loads((folder / "model.json").read_text())["weightsManifest"]
    if [group["paths"] for group in groups] != [[SHARD]]:
        raise ValueError(f"{folder}: expected the one shard {SHARD}")
    entries = groups[0]["weights"]
    shapes = {entry["name"]: tuple(entry["shape"]) for entry in entries}
    if shapes != SHAPES or len(entries) != len(SHAPES):
        raise ValueError(f"{folder}: expected the arrays {SHAPES}, found {shapes}")
    for entry in entries:
        if entry["dtype"] != "float32" or "quantization" in entry:
            raise ValueError(f"{folder}: {entry['name']} is not plain float32")
    shard = (folder / SHARD).read_bytes()
    if len(shard) != 4 * sum(map(math.prod, SHAPES.values())):
        raise ValueError(f"{folder}: {SHARD} has {len(shard)} bytes")
    weights, start = {}, 0
    for name, shape in shapes.items():
        weights[name] = np.frombuffer(shard, "<f4", math.prod(shape), start).reshape(shape)
        start += weights[name].nbytes
    return weights


def seed_parameters(folder: Path) -> np.ndarray:
    """Return the model as the flat parameters of `holzweber2021`, float32 (39318,)."""
    weights = keras_weights(folder)
    first_dense = weights["dense/kernel"].reshape(5, 5, 16, 84).transpose(2, 0, 1, 3)
    parts = [
        weights["conv2d/kernel"].transpose(2, 0, 1, 3),
        weights["conv2d/bias"],
        weights["conv2d_1/kernel"].transpose(2, 0, 1, 3),
        weights["conv2d_1/bias"],
        first_dense,
        weights["dense/bias"],
        weights["dense_1/kernel"],
        weights["dense_1/bias"],
    ]
    return np.concatenate([part.ravel() for part in parts])
