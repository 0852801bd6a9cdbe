"""HDF5 as Keras writes it: groups, plain arrays of float, and one text.

The bytes are parsed here, after the HDF5 File Format Specification, version 3.0. By default, h5py
writes its oldest layout: superblock 0, symbol tables, object headers of version 1. The HDF5 library
trusts its files: a few wrong bytes send it into an endless loop (docs/decisions/0004). Links, data
in other files, virtual, chunked, compressed and shared data are refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lenet._util.bounded import MAX_JSON, finite, shape_of, shown
from lenet.errors import ModelFileError, UnsupportedError
from lenet.importers.ir import Array

MAX_OBJECTS = 4000
"""Limit of groups, arrays and parts of their tables together."""

MAX_DEPTH = 10
READINGS = 4
"""Limit of bytes read, in lengths of the file; parts of an intact file do not overlap."""

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_SPACE, _TYPE, _EXTERNAL, _LAYOUT, _FILTERS, _ATTRIBUTE = 0x1, 0x3, 0x7, 0x8, 0xB, 0xC
_CONTINUED, _TABLE = 0x10, 0x11
_NEWER = (0x2, 0x6)  # groups in the layout of HDF5 1.8
_FLOATS = {  # bit offset, precision; exponent's place and size; fraction's place and size; bias
    2: ((0, 16), (10, 5), (0, 10), 15),
    4: ((0, 32), (23, 8), (0, 23), 127),
    8: ((0, 64), (52, 11), (0, 52), 1023),
}


class _Message(NamedTuple):
    kind: int
    shared: bool
    data: bytes


def contents(data: bytes, groups: tuple[str, ...], text: str = "") -> tuple[bytes, dict[str, Array]]:
    """Return the file's attribute `text`, b"" without it, and the arrays of a group.

    The arrays are float64 and finite, by their paths within the first of `groups` that has any.
    Raise LenetError for a damaged file and for data that are refused, see above.
    """
    file = _File(data)
    members = dict(file.members(file.root))
    present = [name for name in groups if name in members]
    if not present:
        raise ModelFileError(
            f"has no group {' or '.join(groups)}: weights without layers; save the whole model"
        )
    arrays = (dict(file.arrays(file.messages(members[name]))) for name in present)
    return file.attribute(text), next(filter(None, arrays), {})


class _File:
    def __init__(self, data: bytes) -> None:
        self.data, self.seen = data, 0
        self.room = READINGS * len(data)
        self.visited: set[int] = set()
        head = self.part(0, 96)
        if head[:8] != SIGNATURE or head[8] != 0 or head[13:15] != b"\x08\x08":
            raise ModelFileError("HDF5 of a layout that h5py does not write by default; save it again")
        if _integer(head[24:32]):
            raise ModelFileError("HDF5 that does not begin with the file; save it again")
        self.root = self.messages(_integer(head[64:72]))

    def part(self, start: int, size: int) -> bytes:
        """Return bytes of the file; raise ModelFileError beyond its end or the limit of readings."""
        if start < 0 or size < 0 or start + size > len(self.data):
            raise ModelFileError("HDF5 that is cut short or damaged; copy the file again")
        self.room -= size
        if self.room < 0:
            raise ModelFileError("HDF5 whose parts overlap; save the model again")
        return self.data[start : start + size]

    def count(self, place: int) -> None:
        """Count a part of the file's structure; raise UnsupportedError at a second visit or too many."""
        self.seen += 1
        if place in self.visited or self.seen > MAX_OBJECTS:
            raise UnsupportedError("HDF5 whose groups go in circles, or too many of them")
        self.visited.add(place)

    # ---- Objects ----------------------------------------------------------------------------

    def messages(self, header: int) -> list[_Message]:
        """Return the messages of the object header at an address."""
        version, _, number, _, size = _integers(self.part(header, 12), 1, 1, 2, 4, 4)
        if version != 1:
            raise ModelFileError("HDF5 of a newer layout than h5py writes by default; save it again")
        blocks, messages = [(header + 16, size)], list[_Message]()
        while blocks and len(messages) < number:
            start, size = blocks.pop(0)
            self.count(start)
            end = start + size
            while start + 8 <= end and len(messages) < number:
                kind, size, flags = _integers(self.part(start, 8), 2, 2, 1)
                message = _Message(kind, bool(flags & 2), self.part(start + 8, size))
                start += 8 + size
                messages.append(message)
                if kind == _CONTINUED:
                    blocks.append(_pair(message.data))
        return messages

    def members(self, messages: list[_Message]) -> Iterator[tuple[str, int]]:
        """Yield names of a group's members and the addresses of their headers."""
        if any(message.kind in _NEWER for message in messages):
            raise ModelFileError("HDF5 of a newer layout than h5py writes by default; save it again")
        tables = [message.data for message in messages if message.kind == _TABLE]
        if len(tables) != 1:
            raise ModelFileError("HDF5 with a group without a table; copy the file again")
        tree, heap = _pair(tables[0])
        if self.part(heap, 4) != b"HEAP":
            raise ModelFileError("HDF5 with a damaged group; copy the file again")
        size, _, names = _integers(self.part(heap + 8, 24), 8, 8, 8)
        yield from self._entries(tree, self.part(names, size), 0)

    def _entries(self, node: int, names: bytes, depth: int) -> Iterator[tuple[str, int]]:
        self.count(node)
        head = self.part(node, 8)
        if head[:4] == b"TREE" and head[4] == 0 and depth < MAX_DEPTH:
            used = _integer(head[6:8])
            keys = self.part(node + 24, 16 * used + 8)
            for number in range(used):
                child = _integer(keys[16 * number + 8 : 16 * number + 16])
                yield from self._entries(child, names, depth + 1)
        elif head[:5] == b"SNOD\x01":
            used = _integer(head[6:8])
            entries = self.part(node + 8, 40 * used)
            for number in range(used):
                name, header, cached = _integers(entries[40 * number :][:20], 8, 8, 4)
                if cached == 2:
                    raise ModelFileError("HDF5 with a link in it; save the model again")
                yield _name(names, name), header
        else:
            raise ModelFileError("HDF5 with a damaged group; copy the file again")

    def arrays(self, group: list[_Message], path: str = "", depth: int = 0) -> Iterator[tuple[str, Array]]:
        """Yield paths and values of all arrays in a group and its subgroups."""
        if depth > MAX_DEPTH:
            raise UnsupportedError("HDF5 with groups nested too deeply")
        for name, place in self.members(group):
            if name == "seed_generator":  # the state of dropout's random numbers
                continue
            inner = f"{path}/{name}" if path else name
            messages = self.messages(place)
            if any(message.kind in (_TABLE, *_NEWER) for message in messages):
                yield from self.arrays(messages, inner, depth + 1)
            else:
                yield inner, finite(self._array(messages, shown(inner)), shown(inner))

    def _array(self, messages: list[_Message], place: str) -> npt.NDArray[Any]:
        if any(message.kind in (_EXTERNAL, _FILTERS) for message in messages):
            raise ModelFileError(f"{place}: lies in another file, or compressed; save the model again")
        kinds = (_SPACE, _TYPE, _LAYOUT)
        headers = [[m for m in messages if m.kind == kind and not m.shared] for kind in kinds]
        if any(len(each) != 1 for each in headers):
            raise ModelFileError(f"{place}: is not a plain array; save the model again")
        space, dtype, layout = (each[0].data for each in headers)
        shape, kind = _shape(space, place), _number(dtype, place)
        size = math.prod(shape) * kind.itemsize
        if layout[:2] == b"\x03\x01":  # contiguous
            start, length = _pair(layout[2:])
            data = self.part(start, length)
        elif layout[:2] == b"\x03\x00":  # within the header
            length = _integer(layout[2:4])
            data = layout[4 : 4 + length]
        else:
            raise ModelFileError(f"{place}: lies in chunks, or elsewhere; save the model again")
        if len(data) != size:
            raise ModelFileError(f"{place}: its size differs from its header; copy the file again")
        return np.frombuffer(data, kind).reshape(shape)

    # ---- Attributes -------------------------------------------------------------------------

    def attribute(self, name: str) -> bytes:
        """Return the text of an attribute of the root; b"" without it."""
        for message in self.root:
            if message.kind != _ATTRIBUTE or message.shared or len(message.data) < 8:
                continue
            version, _, *sizes = _integers(message.data[:8], 1, 1, 2, 2, 2)
            start, parts = (9 if version == 3 else 8), []
            for size in sizes:
                parts.append(message.data[start : start + size])
                start += size if version > 1 else -(-size // 8) * 8
            if name and parts[0].rstrip(b"\0") == name.encode():
                return self._text(parts[1], message.data[start:], name)
        return b""

    def _text(self, dtype: bytes, value: bytes, name: str) -> bytes:
        if len(dtype) >= 8 and dtype[0] & 15 == 3:  # of fixed length
            return value[: _integer(dtype[4:8])].rstrip(b"\0")
        if len(dtype) < 8 or dtype[0] & 15 != 9 or dtype[1] & 15 != 1 or len(value) < 16:
            raise ModelFileError(f"its attribute {name} is not a text; save the model again")
        length, heap, number = _integers(value[:16], 4, 8, 4)
        if length > MAX_JSON:
            raise ModelFileError(f"its attribute {name} is too large; this is not a model")
        if self.part(heap, 4) != b"GCOL":
            raise ModelFileError("HDF5 with a damaged heap; copy the file again")
        end = heap + _integer(self.part(heap + 8, 8))
        place = heap + 16
        while place + 16 <= end:
            self.count(place)
            index, _, _, size = _integers(self.part(place, 16), 2, 2, 4, 8)
            if index == number and number:
                return self.part(place + 16, min(size, length))
            place += 16 + -(-size // 8) * 8
        raise ModelFileError("HDF5 with a damaged heap; copy the file again")


def _integer(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _integers(data: bytes, *sizes: int) -> tuple[int, ...]:
    """Return consecutive unsigned integers of these sizes in bytes."""
    numbers, start = [], 0
    for size in sizes:
        numbers.append(_integer(data[start : start + size]))
        start += size
    return tuple(numbers)


def _pair(data: bytes) -> tuple[int, int]:
    """Return two integers of 8 bytes: an address and a size, or two addresses."""
    if len(data) < 16:
        raise ModelFileError("HDF5 that is damaged; copy the file again")
    return _integer(data[:8]), _integer(data[8:16])


def _name(names: bytes, start: int) -> str:
    end = names.find(b"\0", start)
    try:
        name = names[start:end].decode() if 0 <= start < end else ""
    except UnicodeDecodeError:
        name = ""
    if not name or "/" in name or len(name) > 200:
        raise ModelFileError("HDF5 with a member without a proper name; save the model again")
    return name


def _shape(space: bytes, place: str) -> tuple[int, ...]:
    version, axes, _, kind = _integers(space, 1, 1, 1, 1)
    start = {1: 8, 2: 4}.get(version, len(space))
    if start + 8 * axes > len(space) or (version == 2 and kind > 1):
        raise ModelFileError(f"{place}: has no shape; copy the file again")
    return shape_of([_integer(space[start + 8 * k :][:8]) for k in range(axes)], place)


def _number(dtype: bytes, place: str) -> np.dtype[Any]:
    """Return the dtype of whole integers, or of an IEEE format of 2, 4 or 8 bytes, in either order."""
    kind, order, _, _, size = _integers(dtype, 1, 1, 1, 1, 4)
    if kind & 15 == 0 and size in (1, 2, 4, 8) and _integers(dtype[8:], 2, 2) == (0, 8 * size):
        return np.dtype(f"{'>' if order & 1 else '<'}{'i' if order & 8 else 'u'}{size}")
    known = _FLOATS.get(size)
    fields = _integers(dtype[8:], 2, 2, 1, 1, 1, 1, 4)
    if kind & 15 != 1 or known is None or fields != (*known[0], *known[1], *known[2], known[3]):
        raise UnsupportedError(
            f"{place}: its numbers are neither integers nor floats of 16, 32 or 64 bits; convert it"
        )
    if order & 0x40:
        raise UnsupportedError(f"{place}: its numbers are in VAX order; convert it")
    return np.dtype(f"{'>' if order & 1 else '<'}f{size}")
