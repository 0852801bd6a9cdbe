"""Read the pictures in a zip file with any number of members, in constant memory.

A piece is a range of bytes of the central directory, which lists the members at the end of the file.
Format: APPNOTE.TXT 6.3 of PKWARE, with zip64; members that are stored or deflated.
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
from lenet.bulk.sources.streams import open_source, printable, state
from lenet.bulk.types import Part, Piece, ReadOptions, Source
from lenet.errors import DataError

_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _UTF8 = 1, 1 << 11  # flags
_END = struct.Struct("<4s4H2IH")  # end of central directory
_LOCATOR = struct.Struct("<4sIQI")
_END64 = struct.Struct("<4sQ2H2I4Q")
_ENTRY = struct.Struct("<4s4x2H4x3I3H8xI")
_LOCAL = struct.Struct("<4s22x2H")
_MAX_COMMENT = 65_535
_IN_ZIP64 = 0xFFFFFFFF  # in the place of a number that the extra field has


class Directory(NamedTuple):
    """Where the central directory is.

    Attributes:
        start: offset of its first entry.
        stop: of its end.
        shift: bytes before the archive, such as a program that unpacks it.
    """

    start: int
    stop: int
    shift: int


class Member(NamedTuple):
    """A picture in an archive.

    Attributes:
        start: offset of its entry in the central directory.
        name: its path; "" for a damage.
        flags: bit 0 tells that it is encrypted.
        method: of compression.
        checksum: CRC-32 of its file.
        packed: bytes in the archive.
        size: bytes of its file.
        header: offset of its local header.
        damage: the reason, if the directory is damaged there.
    """

    start: int
    name: str = ""
    flags: int = 0
    method: int = _STORED
    checksum: int = 0
    packed: int = 0
    size: int = 0
    header: int = 0
    damage: str = ""


def find_directory(stream: BinaryIO, uri: str) -> Directory:
    """Find the central directory. Raise DataError if there is none."""
    size = state(stream).size
    start = max(0, size - _MAX_COMMENT - _END.size)
    stream.seek(start)
    tail = stream.read(size - start)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < _END.size:
        raise DataError(f"{uri}: the zip file has no end; copy it again")
    _, _, _, _, _, length, offset, _ = _END.unpack_from(tail, at)
    end = start + at
    if at >= _LOCATOR.size and tail.startswith(b"PK\6\7", at - _LOCATOR.size):
        end -= _LOCATOR.size + _END64.size
        stream.seek(max(0, end))
        data = stream.read(_END64.size)
        if data[:4] == b"PK\6\6" and len(data) == _END64.size:
            *_, length, offset = _END64.unpack(data)
        else:
            raise DataError(f"{uri}: the directory of the zip file is damaged; copy it again")
    shift = end - length - offset
    if shift < 0:
        raise DataError(f"{uri}: the zip file is cut short; copy it again")
    return Directory(end - length, end, shift)


def members(stream: BinaryIO, directory: Directory, start: int, stop: int) -> Iterator[Member]:
    """Yield the pictures whose entries begin in `[start, stop)`, up to a damage of the directory."""
    position = start
    stream.seek(start)
    while position < stop:
        data = stream.read(_ENTRY.size)
        if len(data) < _ENTRY.size or data[:4] != b"PK\1\2":
            yield Member(position, damage="the directory of the zip file is damaged here")
            return
        _, flags, method, checksum, packed, size, *lengths, header = _ENTRY.unpack(data)
        rest = stream.read(sum(lengths))
        name = rest[: lengths[0]].decode("utf-8" if flags & _UTF8 else "cp437", "surrogateescape")
        end = position + _ENTRY.size + sum(lengths)
        if end > directory.stop:
            yield Member(position, damage="the directory of the zip file is damaged here")
            return
        if is_picture_member(name):
            if _IN_ZIP64 in (size, packed, header):
                extra = rest[lengths[0] : lengths[0] + lengths[1]]
                size, packed, header = _zip64(extra, size, packed, header)
            header = min(header + directory.shift, directory.start)  # a damaged one may be anything
            yield Member(position, name, flags, method, checksum, packed, size, header)
        position = end


def _zip64(extra: bytes, *numbers: int) -> tuple[int, int, int]:
    """Return size, packed size and offset with the numbers of the extra field in their places."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == 1:
            values = iter(struct.unpack_from(f"<{min(length, len(extra) - 4) // 8}Q", extra, 4))
            numbers = tuple(next(values, n) if n == _IN_ZIP64 else n for n in numbers)
            break
        extra = extra[4 + length :]
    size, packed, header = numbers
    return size, packed, header


class ZipReader(SourceReader):
    """Reads the pictures of a zip file."""

    def plan(self, source: Source, size: int) -> Iterator[Part]:
        """Yield ranges of the central directory."""
        start = last = count = total = 0
        with open_source(source) as stream:
            directory = find_directory(stream, source.uri)
            for member in members(stream, directory, directory.start, directory.stop):
                total += member.packed + _LOCAL.size
                if count == size:
                    yield Part(start, member.start, 0, count)
                    count = 0
                if not count:
                    start = member.start
                count, last = count + 1, member.start
                if total > source.size + _LOCAL.size:  # a damage has no local header
                    problem = "members of the zip overlap; this is not an archive of data"
                    raise DataError(f"{source.uri}: {problem}")
        if count:
            yield Part(start, last + 1, 0, count)

    @contextmanager
    def open(self, source: Source) -> Iterator[ReadPiece]:
        """Open an archive twice: for its directory and for its members."""
        with open_source(source) as listing, open_source(source) as stream:
            directory = find_directory(listing, source.uri)

            def encoded(piece: Piece) -> Iterator[Encoded]:
                for member in members(listing, directory, piece.start, piece.stop):
                    name = f"{source.uri}:{member.name}" if member.name else source.uri
                    yield Encoded(printable(name), member.start, _content(stream, member))

            yield lambda piece: decode_all(encoded(piece), self.options)


def _content(stream: BinaryIO, member: Member) -> bytes | DataError:
    """Return the bytes of a member, or the reason why they cannot be read."""
    if member.damage:
        return DataError(f"{member.damage}; copy the archive again")
    if member.flags & _ENCRYPTED:
        return DataError("encrypted; unpack it first")
    if member.method not in (_STORED, _DEFLATED):
        return DataError("compressed in an unusual way; make the zip with deflate")
    if max(member.size, member.packed) > MAX_PICTURE_BYTES:
        return DataError(f"more than {MAX_PICTURE_BYTES // 2**20} MiB; save it as 8-bit PNG")
    stream.seek(member.header)
    header = stream.read(_LOCAL.size)
    if len(header) < _LOCAL.size or header[:4] != b"PK\3\4":
        return DataError("the header of the member is damaged; copy the archive again")
    _, name, extra = _LOCAL.unpack(header)
    data = stream.read(name + extra + member.packed)[name + extra :]
    try:
        if member.method == _DEFLATED:
            data = zlib.decompressobj(-15).decompress(data, member.size + 1)
    except zlib.error as error:
        return DataError(f"the deflated data are damaged ({error}); copy the archive again")
    if len(data) != member.size or zlib.crc32(data) != member.checksum:
        return DataError("the checksum is wrong; copy the archive again")
    return data


def has_pictures(stream: BinaryIO, uri: str) -> bool:
    """Tell whether a picture is in an archive. Raise DataError if it has no directory."""
    directory = find_directory(stream, uri)
    return any(not member.damage for member in members(stream, directory, directory.start, directory.stop))


def reader(kind: str, options: ReadOptions) -> ZipReader:
    """Return the reader of zip files."""
    return ZipReader(options)
