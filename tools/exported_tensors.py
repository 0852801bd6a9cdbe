"""Hashes of the numbers in exported files, read without the package: names do not enter."""

from __future__ import annotations

import hashlib
import json
import re
import struct
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


def digest(*arrays: npt.ArrayLike | None) -> str:
    """SHA-256 of arrays: the type, shape and numbers of each."""
    sha256 = hashlib.sha256()
    for array in arrays:
        values = np.ascontiguousarray([] if array is None else array)
        sha256.update(f"{values.dtype.newbyteorder('<').str}{values.shape}".encode())
        sha256.update(values.astype(values.dtype.newbyteorder("<")).tobytes())
    return sha256.hexdigest()


def safetensors(path: Path) -> str:
    """SHA-256 of the tensors in the order of their bytes."""
    data = path.read_bytes()
    (size,) = struct.unpack_from("<Q", data)
    entries = json.loads(data[8 : 8 + size])
    entries.pop("__metadata__", None)
    facts = sorted((e["data_offsets"], e["dtype"], e["shape"]) for e in entries.values())
    return hashlib.sha256(json.dumps(facts).encode() + data[8 + size :]).hexdigest()


def _onnx(path: Path) -> str:
    import onnx

    tensors = onnx.load(str(path)).graph.initializer
    return digest(*(onnx.numpy_helper.to_array(tensor) for tensor in tensors))


def _tfjs(path: Path) -> str:
    facts, data = [], b""
    for group in json.loads(path.read_bytes())["weightsManifest"]:
        facts += [(w["dtype"], w["shape"], w.get("quantization")) for w in group["weights"]]
        data += b"".join((path.parent / name).read_bytes() for name in group["paths"])
    return hashlib.sha256(json.dumps(facts).encode() + data).hexdigest()


def _keras(path: Path) -> str:
    import h5py

    arrays: list[Any] = []
    with zipfile.ZipFile(path) as archive:
        weights = BytesIO(archive.read("model.weights.h5"))

    def collect(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            arrays.append(item[()])

    with h5py.File(weights) as file:
        file.visititems(collect)
    return digest(*arrays)


def _tflite(path: Path) -> str:
    from ai_edge_litert import schema_py_generated as schema

    data = path.read_bytes()
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
    parts: list[Any] = []
    for tensor in model.subgraphs[0].tensors:
        quantization = tensor.quantization
        parts += [[tensor.type], tensor.shape, model.buffers[tensor.buffer].data]
        if quantization is not None:
            parts += [quantization.scale, quantization.zeroPoint]
    return digest(*parts)


def _c_header(path: Path) -> str:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    constants = re.findall(r"static const \w+ \w+(?:\[[^=]*\])? = \{(.*?)\};", text, re.DOTALL)
    words = [word for body in constants for word in re.split(r"[\s,{}]+", body)]
    numbers = [word for word in words if re.match(r"-?\.?\d", word)]
    return hashlib.sha256(" ".join(numbers).encode()).hexdigest()


READERS: dict[str, Callable[[Path], str]] = {
    ".safetensors": safetensors,
    ".onnx": _onnx,
    ".json": _tfjs,
    ".keras": _keras,
    ".tflite": _tflite,
    ".h": _c_header,
}
"""By the ending of the file that is read."""
