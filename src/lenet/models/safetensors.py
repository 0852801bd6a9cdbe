"""Safetensors: a header of JSON and the numbers of named tensors.

The one reader and writer of the format, for model files and for other programs' weights. It is
written here, since the format is short: so every limit is checked before memory is spent.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lenet._util.bounded import MAX_BYTES, field, from_json, shape_of, shown
from lenet.errors import ModelFileError

MAX_HEADER = 2**20  # bytes
MAX_TENSORS = 1000

DTYPES = {
    **{"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"},
    **{"I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1", "BOOL": "?"},
}
"""The types of numbers that are known, and NumPy's names of how they lie in a file."""

_WRITTEN = {np.dtype(np.float32): "F32", np.dtype(np.int8): "I8"}


class Entry(NamedTuple):
    """Type and shape of a tensor, and which bytes of the data are its numbers."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


@dataclass(frozen=True, eq=False)
class Contents:
    """A file that was parsed.

    Args:
        metadata: Texts by their names.
        entries: Tensors by their names; together they are all of the data, without gaps.
        data: The bytes behind the header.
    """

    metadata: dict[str, str]
    entries: dict[str, Entry]
    data: memoryview

    def array(self, name: str) -> npt.NDArray[Any]:
        """Return a tensor, a view of the data; BF16 becomes float32."""
        dtype, shape, start, stop = self.entries[name]
        values = np.frombuffer(self.data[start:stop], DTYPES[dtype]).reshape(shape)
        if dtype == "BF16":  # the upper half of a float32
            return (values.astype(np.uint32) << 16).view(np.float32)
        return values


def parse(data: bytes) -> Contents:
    """Return the contents of a file.

    Raises:
        LenetError: The header is larger than 1 MiB or is not one, a type is not known, a shape is
            larger than any model, or tensors overlap, leave gaps or are not all of the data.
    """
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or data[8:9] != b"{":
        raise ModelFileError("not a safetensors file; give one")
    if size > MAX_HEADER:
        raise ModelFileError("its header is larger than 1 MiB; this is not a model")
    if 8 + size > len(data):
        raise ModelFileError("cut short within the header; copy the file again")
    header = from_json(data[8 : 8 + size], "its header")
    if not isinstance(header, dict) or len(header) > MAX_TENSORS:
        raise ModelFileError(f"its header is not an object, or has more than {MAX_TENSORS} tensors")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        raise ModelFileError("its __metadata__ is not an object of strings; copy the file again")
    entries = {name: _entry(entry, f"tensor {shown(name)}") for name, entry in header.items()}
    body = memoryview(data)[8 + size :]
    _check_spans(entries, len(body))
    return Contents(metadata, entries, body)


def _entry(entry: Any, place: str) -> Entry:
    dtype = field(entry, "dtype", str, place)
    if dtype not in DTYPES:
        raise ModelFileError(f"{place} is {shown(dtype)}; known are {', '.join(DTYPES)}")
    shape = shape_of(entry.get("shape"), place)
    offsets = entry.get("data_offsets")
    if not isinstance(offsets, list) or [type(offset) for offset in offsets] != [int, int]:
        raise ModelFileError(f"{place} has no data_offsets; copy the file again")
    start, stop = offsets
    if start < 0 or stop - start != math.prod(shape) * np.dtype(DTYPES[dtype]).itemsize:
        raise ModelFileError(f"{place} has wrong data_offsets; copy the file again")
    return Entry(dtype, shape, start, stop)


def _check_spans(entries: Mapping[str, Entry], size: int) -> None:
    """Raise LenetError unless the tensors follow one another from 0 to `size`."""
    end = 0
    for start, stop in sorted((entry.start, entry.stop) for entry in entries.values()):
        if start != end:
            raise ModelFileError("its tensors overlap or leave gaps; copy the file again")
        end = stop
    if end != size:
        relation = "cut short" if end > size else "longer than its tensors"
        raise ModelFileError(f"{relation}: {size} bytes instead of {end}; copy the file again")


def serialize(tensors: Mapping[str, npt.NDArray[Any]], metadata: Mapping[str, str]) -> bytes:
    """Return the bytes of a file with these tensors, in their order; the same give the same bytes.

    Args:
        tensors: float32 or int8.
        metadata: Texts by their names.

    Raises:
        ValueError: A text is not Unicode.
        LenetError: The header is larger than 1 MiB, or the file than 64 MiB.
    """
    header: dict[str, Any] = {"__metadata__": metadata}
    parts, end = [], 0
    for name, array in tensors.items():
        dtype = _WRITTEN[array.dtype]
        parts.append(array.astype(DTYPES[dtype]).tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": dtype, "shape": array.shape, "data_offsets": [start, end]}
    text = json.dumps(header, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # so that the numbers are aligned
    if len(text) > MAX_HEADER or 8 + len(text) + end > MAX_BYTES:
        raise ModelFileError("metadata beyond 1 MiB or a file beyond 64 MiB; make it smaller")
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])
