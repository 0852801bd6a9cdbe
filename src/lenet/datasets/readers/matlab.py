"""EMNIST's MATLAB files (level 5): one for both parts of a split.

Read here byte by byte, after MathWorks' "MAT-File Format": an array is a header, 128 bytes, and
elements of a type, a size and data, in 8 bytes and multiples of them; packed ones hold another.
SciPy's reader of it is made for files that one trusts: one more byte in one ends the process.
"""

from __future__ import annotations

import math
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lenet._util.files import read_error
from lenet.datasets.dataset import MAX_ROWS, SIDE
from lenet.datasets.emnist import splits as emnist
from lenet.errors import LenetError

MAX_BYTES = 2**30
MAX_DEPTH = 4  # dataset, its part, its images
MAX_FIELDS = 100  # of a structure

_MATRIX, _PACKED, _INT8, _INT32, _UINT32 = 14, 15, 1, 5, 6
_TYPES = {1: "i1", 2: "u1", 3: "<i2", 4: "<u2", 5: "<i4", 6: "<u4", 7: "<f4", 9: "<f8"}
_TYPES |= {12: "<i8", 13: "<u8"}
_STRUCTURE, _NUMBERS = 2, range(6, 16)  # classes of arrays: 6 double ... 9 uint8 ... 15 uint64
_CLASSES = ("f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8")

_Array = npt.NDArray[Any]


def read(path: str | Path, split: emnist.Split, part: emnist.Part) -> emnist.Raw:
    """Reads one part: images uint8 (n, 784) and labels uint8 (n,), as they are there.

    `dataset.train` and `dataset.test` hold `images` and `labels`; `dataset.mapping` is checked.
    Raises LenetError, naming the file, for a file beyond 1 GiB, packed or not, for one that is
    damaged and for one that holds something else.
    """
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise read_error(path, error) from None
    if len(data) > MAX_BYTES:
        raise LenetError(f"{path}: larger than 1 GiB; no file of EMNIST is")
    try:
        found = _variable(memoryview(data), "dataset")
    except LenetError as error:
        raise LenetError(f"{path}: {error}") from None
    mapping = _field(found, ("mapping",), path)
    emnist.check_mapping(mapping.astype(np.int64).tolist(), split, str(path))
    images = _field(found, (part, "images"), path)
    labels = _field(found, (part, "labels"), path)
    if images.dtype != np.uint8 or images.shape[1] != SIDE * SIDE:
        raise LenetError(f"{path}: images are {images.dtype} {images.shape}, not uint8 (n, 784)")
    fit = labels.size == max(labels.shape) <= MAX_ROWS and ((labels >= 0) & (labels < 256)).all()
    if len(images) > MAX_ROWS or not fit or not (labels == labels.astype(np.uint8)).all():
        raise LenetError(f"{path}: labels are not one integer an image; take EMNIST's file")
    return np.ascontiguousarray(images), labels.ravel().astype(np.uint8)


def _field(found: Any, names: tuple[str, ...], path: str | Path) -> _Array:
    """A numeric array inside nested structures."""
    for name in names:
        if not isinstance(found, dict) or name not in found:
            raise LenetError(f"{path}: no dataset.{'.'.join(names)} in it; take EMNIST's file")
        found = found[name]
    array = found if isinstance(found, np.ndarray) else np.empty(())
    if array.ndim != 2 or not array.size or not np.isfinite(array).all():
        raise LenetError(f"{path}: dataset.{'.'.join(names)} is no array of numbers")
    return array


# ---- The format --------------------------------------------------------------------------------


class _Element(NamedTuple):
    kind: int
    data: memoryview
    next: memoryview
    """What follows it."""


def _variable(data: memoryview, name: str) -> Any:
    """The array of that name; None where there is none."""
    if bytes(data[124:128]) != b"\x00\x01IM":
        raise LenetError("no MATLAB 5 file, or of another byte order; take EMNIST's file")
    data = data[128:]
    while len(data):
        element = _element(data)
        data = element.next
        inner = element
        if element.kind == _PACKED:
            inner = _element(memoryview(_unpacked(element.data)))
        if inner.kind == _MATRIX:
            found, value = _matrix(inner.data, name, 0)
            if found == name:
                return value
    return None


def _unpacked(data: memoryview) -> bytes:
    machine = zlib.decompressobj()
    try:
        unpacked = machine.decompress(data, MAX_BYTES)
    except zlib.error:
        raise LenetError("damaged; copy it again") from None
    if machine.unconsumed_tail or not machine.eof:
        raise LenetError("damaged, or larger than 1 GiB unpacked; copy it again")
    return unpacked


def _element(data: memoryview) -> _Element:
    """The first element; small ones have type and size in 4 bytes and their data in 4 more."""
    kind, size = (int.from_bytes(data[k : k + 4], "little") for k in (0, 4))
    if kind >> 16:
        kind, size, start = kind & 0xFFFF, kind >> 16, 4
        end = 8
    else:
        start = 8
        end = start + (size if kind == _PACKED else -(-size // 8) * 8)
    if len(data) < 8 or start + size > len(data) or (start == 4 and size > 4):
        raise LenetError("cut short or damaged; copy it again")
    return _Element(kind, data[start : start + size], data[end:])


def _matrix(data: memoryview, wanted: str, depth: int) -> tuple[str, Any]:
    """Name and value of an array: numbers, a structure as a dict, None for what is neither, and
    for another than the one wanted ("": any)."""
    flags = _element(data)
    sizes = _element(flags.next)
    name = _element(sizes.next)
    if flags.kind != _UINT32 or len(flags.data) != 8 or sizes.kind != _INT32 or len(sizes.data) < 8:
        raise LenetError("damaged; copy it again")
    kind, is_complex = flags.data[0], bool(flags.data[1] & 8)
    shape = tuple(np.frombuffer(sizes.data[: len(sizes.data) // 4 * 4], "<i4").tolist())
    called = bytes(name.data).decode("latin-1")
    if (wanted and called != wanted) or is_complex:
        return called, None
    if min(shape) < 0 or len(shape) > 8:
        raise LenetError("an array with a size below 0; copy the file again")
    if kind == _STRUCTURE and math.prod(shape) == 1 and depth < MAX_DEPTH:
        return called, _structure(name.next, depth)
    if kind in _NUMBERS:
        return called, _numbers(_element(name.next), _CLASSES[kind - 6], shape)
    return called, None


def _structure(data: memoryview, depth: int) -> dict[str, Any]:
    """The fields of a structure: the length of a name, the names, the arrays."""
    length = _element(data)
    names = _element(length.next)
    size = int.from_bytes(length.data, "little")
    if length.kind != _INT32 or names.kind != _INT8 or not 1 <= size <= 64:
        raise LenetError("damaged; copy it again")
    if len(names.data) > size * MAX_FIELDS:
        raise LenetError(f"a structure of more than {MAX_FIELDS} fields; take EMNIST's file")
    fields, data = {}, names.next
    for start in range(0, len(names.data) // size * size, size):
        element = _element(data)
        if element.kind != _MATRIX:
            raise LenetError("damaged; copy it again")
        called = bytes(names.data[start : start + size]).split(b"\0")[0].decode("latin-1")
        fields[called] = _matrix(element.data, "", depth + 1)[1] if len(element.data) else None
        data = element.next
    return fields


def _numbers(element: _Element, kind: str, shape: tuple[int, ...]) -> _Array:
    """Numbers column by column, in whatever type the file keeps them."""
    if element.kind not in _TYPES:
        raise LenetError("damaged; copy it again")
    stored = np.dtype(_TYPES[element.kind])
    if len(element.data) != math.prod(shape) * stored.itemsize:
        raise LenetError("an array without the size that it announces; copy the file again")
    values = np.frombuffer(element.data, stored).reshape(shape, order="F")
    with np.errstate(all="ignore"):
        return values.astype(kind, copy=False)
