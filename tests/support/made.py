"""Letters and networks made on the spot, with asymmetric glyphs, and files of the real formats."""

from __future__ import annotations

import gzip
import importlib.util
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from lenet import models
from lenet.datasets import Dataset, load
from lenet.errors import LenetError
from lenet.ink import Drawing
from lenet.labels import LETTERS
from lenet.models import Dense, Model, Resize, Scale, Spec
from lenet.models.metadata import FIELDS, ModelMetadata, TrainingRecord

FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

F = np.zeros((28, 28), np.uint8)  # upright: stem on the left, arms above
F[4:24, 8:11] = F[4:7, 8:20] = F[12:15, 8:16] = 255
L = np.zeros((28, 28), np.uint8)
L[4:24, 8:11] = L[21:24, 8:20] = 200
F_PICTURE = np.full((40, 30), 255, np.uint8)  # dark on light
F_PICTURE[5:35, 6:10] = F_PICTURE[5:9, 6:24] = F_PICTURE[18:22, 6:18] = 20


def letters(count: int = 40, classes: int = 26) -> Dataset:
    """Images that all differ, labels in a cycle."""
    images = np.stack([F if row % 2 else L for row in range(count)])
    images[:, 0, :4] = np.array([list(struct.pack(">I", row)) for row in range(count)])
    return Dataset(images, (np.arange(count) % classes).astype(np.uint8), ("made",))


def refusal(call: Callable[..., object], *arguments: object, **options: object) -> str:
    with pytest.raises(LenetError) as caught:
        call(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def idx_images(images: np.ndarray) -> bytes:
    """As NIST stores them: transposed."""
    header = struct.pack(">IIII", 0x803, len(images), 28, 28)
    return header + b"".join(bytes(image.T.ravel().tolist()) for image in images)


def idx_labels(labels: np.ndarray) -> bytes:
    return struct.pack(">II", 0x801, len(labels)) + bytes(labels.tolist())


def write_idx(folder: Path, images: bytes, labels: bytes, packed: bool = False) -> Path:
    ending = ".gz" if packed else ""
    path = folder / f"emnist-letters-train-images-idx3-ubyte{ending}"
    path.write_bytes(gzip.compress(images) if packed else images)
    other = folder / f"emnist-letters-train-labels-idx1-ubyte{ending}"
    other.write_bytes(gzip.compress(labels) if packed else labels)
    return path


GOOD_IMAGES, GOOD_LABELS = idx_images(np.stack([F, L])), idx_labels(np.array([6, 12]))


def drawing(label: str | None = "F", writer: str | None = "d", tilt: float = 0.0) -> Drawing:
    strokes = ([[tilt, 0], [0, 10]], [[0, 0], [6, 0]], [[0, 4], [4, 4]])
    return Drawing(tuple(np.array(s, np.float64) for s in strokes), label, writer, "f.jsonl:7")


# Properties that no named network has: sides that differ, windows with a remainder, even kernels.
UNUSUAL = {
    "resized": Spec((30, 23), (Scale(2, -1), Resize(9), Dense(4))),
    "uneven": Spec.from_json(
        {
            "input": [30, 23],
            "layers": [
                {"conv": 4, "kernel": 5, "stride": 3, "padding": "same", "pad_value": 0.5},
                {"tanh": {}},  # (4, 10, 8)
                {"subsample": 3},  # (4, 3, 2)
                {"conv": 3, "kernel": 2, "bias": "unit", "table": ["X.X", ".XX", "XX.", "..X"]},
                {"conv": 5, "kernel": 3, "stride": 2, "padding": "same"},  # (5, 1, 1)
                {"relu": {}},
                {"dense": 3},
            ],
        }
    ),
}


def metadata(**values: object) -> ModelMetadata:
    """Metadata with these values; keys that are not its own are of the training record."""
    own: dict[str, Any] = {key: value for key, value in values.items() if key in FIELDS}
    record = {key: value for key, value in values.items() if key not in FIELDS}
    return ModelMetadata(**own, training=TrainingRecord.from_json(record))


def untrained(name: str, temperature: float = 1.7) -> Model:
    """A network of the family or UNUSUAL that was never trained; its answers differ from image to
    image, and no bias is zero."""
    spec = UNUSUAL.get(name) or models.get_spec(name)
    network = spec.network()
    weights = network.initialise(3)
    weights += np.random.default_rng(5).normal(0, 0.1, len(weights)).astype(np.float32)
    labels = LETTERS[: network.classes]
    model_metadata = metadata(name=name, temperature=temperature, labels=labels)
    return Model(spec, weights, model_metadata)


NETWORKS = [*models.ARCHITECTURES, *UNUSUAL]
REPRESENTATIVES = ["lenet5", "modern-s", *UNUSUAL]
"""Networks with every kind of layer and every option of NETWORKS, for what takes long for each."""


def blots(model: Model, count: int = 9) -> np.ndarray:
    """Images for a network, uint8 (n, rows, columns), the first blank and the last all ink."""
    rows, columns = model.spec.input
    coarse = np.random.default_rng(7).integers(-128, 256, (count, rows // 4 + 1, columns // 4 + 1))
    images = coarse.clip(0).repeat(4, axis=1).repeat(4, axis=2)[:, :rows, :columns]
    images[0], images[-1] = 0, 255
    return images.astype(np.uint8)


def real_letters(count: int = 300) -> Dataset:
    """Letters of handwriting fonts."""
    data = load("font-letters")
    return data.take(np.linspace(0, len(data) - 1, count).astype(int))


def without(patch: pytest.MonkeyPatch, package: str) -> None:
    """As if a package were not installed."""
    find = importlib.util.find_spec
    patch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *more: None if name == package else find(name, *more),
    )
