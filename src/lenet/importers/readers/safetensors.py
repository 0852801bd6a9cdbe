"""Safetensors of any program: tensors by their names.

The format is that of docs/reference/model-file.md, with more types and any names.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lenet._util.bounded import field, finite, from_json, shape_of, shown
from lenet.errors import LenetError
from lenet.importers.ir import Array

MAX_HEADER = 2**20  # bytes
MAX_TENSORS = 1000
_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}


def tensors_of(data: bytes) -> dict[str, Array]:
    """The tensors of a file, float64, finite; integers, such as the number of batches that batch
    normalisation has seen, are left out.

    Raises LenetError for headers beyond 1 MiB, tensors that overlap, leave gaps or lie elsewhere,
    and types of 8 bits or less.
    """
    size = int.from_bytes(data[:8], "little")
    if size > MAX_HEADER or 8 + size > len(data):
        raise LenetError("its header is larger than 1 MiB, or cut short; copy the file again")
    header = from_json(data[8 : 8 + size], "its header")
    if not isinstance(header, dict) or len(header) > MAX_TENSORS:
        raise LenetError(f"its header is no object, or of more than {MAX_TENSORS} tensors")
    header.pop("__metadata__", None)
    body = memoryview(data)[8 + size :]
    tensors, end = {}, 0
    for start, stop, name, entry in sorted(_span(name, header[name]) for name in header):
        if start != end:
            raise LenetError("its tensors overlap or leave gaps; copy the file again")
        end = stop
        if end > len(body):
            raise LenetError("its tensors are cut short; copy the file again")
        if entry is not None:
            tensors[name] = finite(_values(body[start:stop], *entry), shown(name))
    if end != len(body):
        raise LenetError("it is longer than its tensors; copy the file again")
    return tensors


def _span(name: str, entry: Any) -> tuple[int, int, str, tuple[str, tuple[int, ...]] | None]:
    """Where a tensor lies, and its type and shape, None for integers."""
    place = f"tensor {shown(name)}"
    offsets = field(entry, "data_offsets", list, place)
    if len(offsets) != 2 or not all(type(offset) is int for offset in offsets):
        raise LenetError(f"{place} has no data_offsets; copy the file again")
    start, stop = offsets
    kind = field(entry, "dtype", str, place)
    if kind in ("I64", "I32") and 0 <= start <= stop:
        return start, stop, name, None
    if kind not in _TYPES:
        raise LenetError(f"{place} is {shown(kind)}; known are {', '.join(_TYPES)}")
    shape = shape_of(entry.get("shape"), place)
    if start < 0 or stop - start != math.prod(shape) * np.dtype(_TYPES[kind]).itemsize:
        raise LenetError(f"{place} has wrong data_offsets; copy the file again")
    return start, stop, name, (kind, shape)


def _values(data: memoryview, kind: str, shape: tuple[int, ...]) -> Any:
    values = np.frombuffer(data, _TYPES[kind]).reshape(shape)
    if kind == "BF16":  # the upper half of a float32
        return (values.astype(np.uint32) << 16).view(np.float32)
    return values
