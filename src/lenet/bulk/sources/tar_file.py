"""Read the pictures in a tar archive, such as those of webdataset; gzipped ones from the beginning.

A piece is a range of bytes of the unpacked archive, from the header of a picture to another one.
Formats: POSIX.1-1988 ustar, its extended headers (pax, POSIX.1-2001), and GNU's long names.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

from lenet.bulk.sources.members import is_picture_member
from lenet.bulk.sources.pictures import MAX_PICTURE_BYTES, Encoded, decode_all
from lenet.bulk.sources.reader import ReadPiece, SourceReader
from lenet.bulk.sources.streams import DAMAGES, describe, is_gzip, open_source, printable, unpacked
from lenet.bulk.types import Part, Piece, ReadOptions, Source
from lenet.errors import DataError

BLOCK = 512  # bytes
_ZEROS = bytes(BLOCK)
_FILES = b"0\0007"  # types of regular files; 7 is a contiguous one
_WITHOUT_DATA = b"123456"  # links, devices, folders, pipes
_LONG_NAME, _PAX = ord("L"), b"xX"
_MAX_EXTENDED = 2**20  # bytes of an extended header
_MAX_SIZE = 2**43  # bytes of a member; ext4 cannot seek beyond 2**44
_CHECKSUM = slice(148, 156)


class Member(NamedTuple):
    """A picture in an archive, or a damage in its place.

    Attributes:
        start: offset of its first header.
        name: its path; "" for a damage.
        size: bytes of its file; 0 for a damage.
        damage: the reason, if something is damaged there.
    """

    start: int
    name: str
    size: int
    damage: str = ""


class _Header(NamedTuple):
    name: str
    size: int
    type: int

    @property
    def blocks(self) -> int:
        """Bytes of the data that follow, in whole blocks."""
        return 0 if self.type in _WITHOUT_DATA else -(-self.size // BLOCK) * BLOCK


def members(stream: BinaryIO, start: int, stop: int | None = None) -> Iterator[Member]:
    """Yield the pictures of an archive, and its damages; after a damage the next header is searched.

    When a picture is yielded, its bytes are read next from the stream.

    Args:
        stream: the unpacked archive.
        start: offset of a header.
        stop: offset before which members begin; None for the end of the archive.
    """
    position = start
    is_at_end = False  # where zeros are; garbage after them is not a damage
    while stop is None or position < stop:
        item = position
        try:
            stream.seek(position)
            block = stream.read(BLOCK)
            if block == _ZEROS:
                position, is_at_end = position + BLOCK, True
                continue
            if not block:
                if not is_at_end:
                    yield Member(item, "", 0, "the archive has no end: it is cut short")
                return
            header = _parse(block)
            if header is not None and header.type in _EXTENDED:
                header, position = _extended(stream, header, position)
        except DAMAGES as error:
            yield Member(item, "", 0, describe(error))
            return
        if header is None:
            if is_at_end:
                return
            yield Member(item, "", 0, "the header of a member is damaged")
            position = _next_header(stream, position + BLOCK)
            continue
        is_at_end = False
        if header.type in _FILES and is_picture_member(header.name):
            yield Member(item, header.name, header.size)
        position += BLOCK + header.blocks


_EXTENDED = b"LKxXg"
_STRUCT = struct.Struct("100s24x12s12x8ss100s8s80x155s12x")


def _parse(block: bytes) -> _Header | None:
    """Parse a header; None if it is damaged."""
    if len(block) < BLOCK:
        return None
    name, size, checksum, kind, _, magic, prefix = _STRUCT.unpack(block)
    try:
        # The lower half of Adler-32 is 1 and the sum of the bytes, modulo 65,521.
        expected = int(checksum.rstrip(b" \0"), 8) - 256 + sum(checksum)
        if (expected + 1) % 65_521 != zlib.adler32(block) & 0xFFFF:
            return None
        number = int(size.strip(b" \0") or b"0", 8) if size[0] < 128 else _base256(size)
    except ValueError:
        return None
    name = name.partition(b"\0")[0]
    if magic == b"ustar\00000" and prefix[0]:
        name = prefix.partition(b"\0")[0] + b"/" + name
    is_size = 0 <= number < _MAX_SIZE
    return _Header(name.decode(errors="surrogateescape"), number, kind[0]) if is_size else None


def _base256(field: bytes) -> int:
    """Return a number in GNU's binary form."""
    return int.from_bytes(field[1:], "big") if field[0] == 0x80 else -1


def _extended(stream: BinaryIO, header: _Header, position: int) -> tuple[_Header | None, int]:
    """Read extended headers and the header that they extend; return it, and its position."""
    name: str | None = None
    size: int | None = None
    while header.type in _EXTENDED:
        if header.size > _MAX_EXTENDED:
            return None, position
        data = stream.read(header.blocks)[: header.size]
        if header.type == _LONG_NAME:
            name = data.partition(b"\0")[0].decode(errors="surrogateescape")
        elif header.type in _PAX:
            name, size = _pax(data, name, size)
        position += BLOCK + header.blocks
        block = stream.read(BLOCK)
        parsed = _parse(block)
        if parsed is None:
            return None, position
        header = parsed
    size = header.size if size is None else size
    return header._replace(name=name or header.name, size=size) if size < _MAX_SIZE else None, position


def _pax(data: bytes, name: str | None, size: int | None) -> tuple[str | None, int | None]:
    """Return the path and the size in the records "LENGTH KEY=VALUE\\n" of a pax header."""
    while data:
        length, _, record = data.partition(b" ")
        if not length.isdigit() or not len(length) + 1 < int(length) <= len(data):
            break
        key, _, value = record[: int(length) - len(length) - 2].partition(b"=")
        if key == b"path":
            name = value.decode(errors="surrogateescape")
        elif key == b"size" and value.isdigit() and len(value) < 20:
            size = int(value)
        data = data[int(length) :]
    return name, size


def _next_header(stream: BinaryIO, position: int) -> int:
    """Return the offset of the next header behind a damage, or of the end."""
    try:
        stream.seek(position)
        while len(block := stream.read(BLOCK)) == BLOCK:
            if block.startswith(b"ustar", 257) and _parse(block):
                break
            position += BLOCK
    except DAMAGES:
        pass  # the next read fails, too
    return position


class TarReader(SourceReader):
    """Reads the pictures of a tar archive."""

    def plan(self, source: Source, size: int) -> Iterator[Part]:
        """Yield ranges of bytes, by reading the headers."""
        start = last = count = 0
        with _open(source) as stream:
            for member in members(stream, 0):
                if count == size:
                    yield Part(start, member.start, 0, count)
                    count = 0
                if not count:
                    start = member.start
                count, last = count + 1, member.start
        if count:
            yield Part(start, last + 1, 0, count)

    @contextmanager
    def open(self, source: Source) -> Iterator[ReadPiece]:
        """Open an archive."""
        with _open(source) as stream:
            yield lambda piece: decode_all(_encoded(stream, source.uri, piece), self.options)


@contextmanager
def _open(source: Source) -> Iterator[BinaryIO]:
    with open_source(source) as stream:
        yield unpacked(stream) if is_gzip(stream) else stream


def _encoded(stream: BinaryIO, uri: str, piece: Piece) -> Iterator[Encoded]:
    for start, name, size, damage in members(stream, piece.start, piece.stop):
        if damage:
            yield Encoded(printable(uri), start, DataError(f"{damage}; copy the archive again"))
            continue
        yield Encoded(printable(f"{uri}:{name}"), start, _content(stream, size))


def _content(stream: BinaryIO, size: int) -> bytes | DataError:
    if size > MAX_PICTURE_BYTES:
        return DataError(f"more than {MAX_PICTURE_BYTES // 2**20} MiB; save it as 8-bit PNG")
    try:
        data = stream.read(size)
    except DAMAGES as error:
        return DataError(f"the archive is damaged ({describe(error)}); copy it again")
    return data if len(data) == size else DataError("the archive is cut short; copy it again")


def has_pictures(stream: BinaryIO) -> bool:
    """Tell whether a picture is in an archive, gzipped or not."""
    stream = unpacked(stream) if is_gzip(stream) else stream
    return any(not member.damage for member in members(stream, 0))


def reader(kind: str, options: ReadOptions) -> TarReader:
    """Return the reader of tar archives."""
    return TarReader(options)
