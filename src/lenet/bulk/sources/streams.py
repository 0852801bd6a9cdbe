"""Open the bytes of a source, and notice that it has changed since it was planned."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple, Protocol

from lenet._util.files import READ_ERRORS, open_file, read_error
from lenet.bulk import storage
from lenet.bulk.storage.ranges import RangeFile
from lenet.bulk.types import Source
from lenet.errors import DataError

BLOCK = 2**20  # bytes that are read at once
BUFFER = 2**17  # bytes, of an open source
MAX_DEFLATE_RATIO = 1032  # to which deflate shrinks at most


class State(NamedTuple):
    """Size of a file in bytes, and time of its last change in nanoseconds; 0 in a store."""

    size: int
    modified: int


DAMAGES = (*READ_ERRORS, zipfile.BadZipFile)
"""Errors of reading damaged data."""


def open_stream(uri: str, etag: str = "") -> BinaryIO:
    """Open a source for reading; of a store, the content of that ETag. Raise DataError if that fails."""
    if storage.is_remote(uri):
        return storage.open_source(uri, etag)
    try:
        return io.BufferedReader(open_file(uri).detach(), BUFFER)
    except OSError as error:
        raise read_error(uri, error) from None


def state(stream: BinaryIO) -> State:
    """Return the state of an open file."""
    raw = getattr(stream, "raw", None)
    if isinstance(raw, RangeFile):
        return State(raw.size, 0)
    status = os.fstat(stream.fileno())
    return State(status.st_size, status.st_mtime_ns)


@contextmanager
def open_source(source: Source) -> Iterator[BinaryIO]:
    """Open a planned source for reading, and check that it is as planned, at the beginning and the end.

    Raises:
        DataError: it has changed, or cannot be opened.
    """
    with open_stream(source.uri, source.digest) as stream:
        _check(stream, source)
        yield stream
        _check(stream, source)


def changed(place: str) -> DataError:
    """Return the error for a source, or a file of it, that has changed since it was planned."""
    return DataError(f"{place}: has changed since it was planned; restore it, or predict into a new folder")


def _check(stream: BinaryIO, source: Source) -> None:
    size, modified = state(stream)
    if size != source.size or source.modified not in (0, modified):
        raise changed(source.uri)


def digest_of(uri: str, progress: Callable[[int], object] = lambda count: None) -> tuple[State, str]:
    """Return the state of a file and the hexadecimal SHA-256 of its bytes; of an object, its ETag.

    Args:
        uri: the file.
        progress: called with the number of bytes of each block.

    Raises:
        DataError: it cannot be read, or changes while it is read.
    """
    if storage.is_remote(uri):
        entry = storage.describe(uri)
        return State(entry.size, 0), entry.etag
    digest = hashlib.sha256()
    with open_stream(uri) as stream:
        before = state(stream)
        try:
            while block := stream.read(BLOCK):
                digest.update(block)
                progress(len(block))
        except OSError as error:
            raise read_error(uri, error) from None
        if state(stream) != before:
            raise DataError(f"{uri}: changes while it is read; wait until it is complete")
    return before, digest.hexdigest()


def unpacked(stream: BinaryIO) -> BinaryIO:
    """Return a stream that unpacks gzip; seeking forward reads on, seeking back begins anew."""
    return in_blocks(gzip.GzipFile(fileobj=stream))


def in_blocks(packed: Packed) -> BinaryIO:
    """Return a stream that unpacks in blocks of one size, whatever is read of it.

    So data up to a damage are the same in each run; zlib gives more of them when less is asked for.
    """
    return io.BufferedReader(_Blocks(packed), BUFFER)


class Packed(Protocol):
    """A file that unpacks while it is read, such as `gzip.GzipFile`."""

    def read1(self, size: int, /) -> bytes:
        """Read at most `size` bytes."""

    def seek(self, offset: int, /) -> int:
        """Change the position; 0 begins anew."""


class _Blocks(io.RawIOBase):
    def __init__(self, packed: Packed) -> None:
        self._packed = packed
        self._position = 0
        self._start, self._block = 0, memoryview(b"")
        self._error: Exception | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = offset if whence == io.SEEK_SET else self._position + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        if self._position < self._start:
            self._packed.seek(0)
            self._start, self._block, self._error = 0, memoryview(b""), None
        while self._position >= self._start + len(self._block):
            if not self._next():
                return 0
        begin = self._position - self._start
        part = self._block[begin : begin + len(buffer)]
        buffer[: len(part)] = part
        self._position += len(part)
        return len(part)

    def _next(self) -> bool:
        if self._error is not None:  # nothing follows a damage
            raise self._error
        try:
            block = memoryview(self._packed.read1(BUFFER))
        except DAMAGES as error:
            self._error = error
            raise
        self._start += len(self._block)
        self._block = block
        return len(block) > 0


def is_gzip(stream: BinaryIO) -> bool:
    """Tell whether a stream begins as gzip does; rewind it."""
    head = stream.read(2)
    stream.seek(0)
    return head == b"\x1f\x8b"


def read_exactly(stream: BinaryIO, size: int) -> bytes:
    """Read `size` bytes. Raise EOFError if there are fewer."""
    data = stream.read(size)
    if len(data) != size:
        raise EOFError("ends too early")
    return data


class Unclosed(io.RawIOBase):
    """A stream that closing leaves open."""

    def __init__(self, stream: BinaryIO) -> None:
        """Take the stream, which has a position of its own."""
        self._stream = stream

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer; return the number of bytes."""
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Change the position."""
        return self._stream.seek(offset, whence)


def describe(error: Exception, *places: str) -> str:
    """Return an error as a reason of one line, without the places at its beginning."""
    if isinstance(error, EOFError):
        return "it is cut short"
    text = " ".join(str(error).split()) or type(error).__name__
    for place in places:
        text = text.removeprefix(f"{place}: ")
    return text[:300]


def printable(name: str) -> str:
    """Return a name with a replacement for each byte that is not UTF-8, so that it can be written."""
    return name if name.isascii() else name.encode(errors="surrogateescape").decode(errors="replace")
