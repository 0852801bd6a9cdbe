"""Small model files, read and written by hand or by the safetensors package."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from safetensors import safe_open

from lenet import engine
from lenet.errors import LenetError
from lenet.models import Conv, Dense, Spec
from lenet.models.file import Model, load_model, save_model
from made import metadata

SMALL = Spec((28, 28), (Conv(2, 9, 4), Dense(26)))


def model(spec: Spec = SMALL, **values: object) -> Model:
    count = engine.Network(spec.engine_layers).parameters
    weights = np.random.default_rng(7).standard_normal(count).astype(np.float32)
    return Model(spec, weights, metadata(**values))


def saved(path: Path) -> tuple[dict[str, Any], bytes]:
    """Header and data of a small model file, read by hand."""
    save_model(path, model(name="small"))
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + size]), data[8 + size :]


def packed(header: object, data: bytes) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


ArrayChange = Callable[[dict[str, np.ndarray]], object]


def rewrite(path: Path, change: ArrayChange) -> None:
    """Write a file again with other tensors, by the safetensors package."""
    arrays = safetensors.numpy.load_file(path)
    with safe_open(path, "np") as file:
        metadata = file.metadata()
    change(arrays)
    safetensors.numpy.save_file(arrays, path, metadata)


def refusal(path: Path) -> str:
    with pytest.raises(LenetError) as caught:
        load_model(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert len(message) < len(str(path)) + 250
    return message
