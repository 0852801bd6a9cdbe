"""Zip and tar archives from other people: the work to read them is bounded before it is done."""

from __future__ import annotations

import io
import math
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import cast

from lenet._util.files import open_file, open_unpacked
from lenet.errors import DataError

MAX_DIRECTORY = 2**24  # bytes of a zip's list of members
MAX_MEMBER = 2**26  # bytes of a tar's member, or of its extended header
MAX_UNPACKED = 2**30  # bytes of a whole tar archive
_BLOCK = 2**20  # bytes; a stored member is read from the file in calls of this size
_MEMBER = 30  # bytes of a member's header in a zip, without its name


class _Bounded(io.BufferedReader):
    """A file of which only `at_once` bytes are read in one call, and positions up to `size`."""

    def __init__(self, raw: io.RawIOBase, place: str, at_once: int, size: float = math.inf) -> None:
        super().__init__(raw)
        self._place, self._at_once, self._size = place, at_once, size

    def read(self, size: int | None = -1) -> bytes:
        wanted = self._at_once + 1 if size is None or size < 0 else size
        if wanted > self._at_once + 1 or len(data := super().read(wanted)) > self._at_once:
            raise DataError(
                f"{self._place}: a part of it is larger than {self._at_once:,} bytes; it is damaged"
            )
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_SET and offset > self._size:
            raise DataError(f"{self._place}: unpacks to more than {MAX_UNPACKED:,} bytes; unpack it first")
        return super().seek(offset, whence)


@contextmanager
def open_zip(file: str | Path | io.RawIOBase | io.BytesIO, place: str) -> Iterator[zipfile.ZipFile]:
    """Open a zip file for reading.

    Args:
        file: the file's path or its bytes, which must be seekable.
        place: its name, for messages.

    Raises:
        zipfile.BadZipFile: it is damaged.
        LenetError: its list of members is too large, or members overlap, as in archives that are made
            to unpack to any size.
        OSError: it cannot be read.
    """
    raw = open_file(file).detach() if isinstance(file, str | Path) else cast(io.RawIOBase, file)
    with _Bounded(raw, place, MAX_DIRECTORY) as stream, zipfile.ZipFile(stream) as archive:
        members = sorted(archive.infolist(), key=lambda info: info.header_offset)
        for first, second in pairwise(members):
            if first.header_offset + _MEMBER + first.compress_size > second.header_offset:
                raise DataError(f"{place}: members of the zip overlap; this is not an archive of data")
        yield archive


@contextmanager
def open_tar(path: str | Path) -> Iterator[tarfile.TarFile]:
    """Open a tar file, gzipped or not, for reading.

    Raises:
        tarfile.TarError: it is damaged or not a tar file.
        LenetError: a header is too large, or the archive unpacks to more than MAX_UNPACKED bytes.
        OSError: it cannot be read.
    """
    with open_unpacked(path) as stream:
        bounded = _Bounded(cast(io.RawIOBase, stream), str(path), MAX_MEMBER, MAX_UNPACKED)
        with bounded, tarfile.open(fileobj=bounded, mode="r:") as archive:
            yield archive


def is_tar(path: str | Path) -> bool:
    """Tell whether a file is a tar archive, gzipped or not. Raise OSError or LenetError like `open_tar`."""
    try:
        with open_tar(path):
            return True
    except (tarfile.TarError, EOFError, zlib.error):
        return False


def check_member(info: zipfile.ZipInfo, limit: int, place: str) -> None:
    """Check a member of a zip before it is unpacked.

    Args:
        info: the member.
        limit: greatest number of bytes, packed and unpacked.
        place: the zip's name, for messages.

    Raises:
        LenetError: it is encrypted, larger than the limit, or neither stored nor deflated. Other
            methods unpack a few bytes to gigabytes at once.
    """
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(
            f"{place}: {info.filename} is compressed in an unusual way; make the zip with deflate"
        )
    if info.flag_bits & 1:
        raise DataError(f"{place}: {info.filename} is encrypted; unpack it first")
    if max(info.file_size, info.compress_size // 2) > limit:  # what does not shrink may grow a little
        raise DataError(f"{place}: {info.filename} is too large; at most {limit:,} bytes are read")


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int, place: str) -> bytes:
    """Return the bytes of a member of a zip. Raise like `check_member`, or as zipfile does if damaged."""
    check_member(info, limit, place)
    with archive.open(info) as stream:  # archive.read() ignores the announced size
        blocks, left = [], info.file_size + 1
        while block := stream.read(min(_BLOCK, left)):
            blocks.append(block)
            left -= len(block)
        return b"".join(blocks)
