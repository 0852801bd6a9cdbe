"""Read the pictures in a folder, in the order of their paths."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from lenet._util.files import read_error
from lenet.bulk.sources.members import is_picture_name
from lenet.bulk.sources.pictures import MAX_PICTURE_BYTES, Encoded, decode_all
from lenet.bulk.sources.reader import ReadPiece, SourceReader, ranges
from lenet.bulk.sources.streams import changed, printable
from lenet.bulk.types import Part, Piece, ReadOptions, Source
from lenet.errors import DataError
from lenet.ink.folders import MAX_FILES, is_system_name


class File(NamedTuple):
    """A file below a folder: its path with "/", and its size in bytes."""

    name: str
    size: int


def walk(folder: str) -> list[File]:
    """Return the files below a folder in the order of their paths, without hidden and system files.

    Raises:
        DataError: a folder cannot be read, or there are more than two million files.
    """
    files: list[File] = []
    waiting = [""]
    try:
        while waiting:
            inner = waiting.pop()
            with os.scandir(path_in(folder, inner)) as entries:
                for entry in entries:
                    if is_system_name(entry.name):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(f"{inner}{entry.name}/")
                    elif entry.is_file():
                        files.append(File(inner + entry.name, entry.stat().st_size))
            if len(files) > MAX_FILES:
                raise DataError(f"{folder}: more than {MAX_FILES:,} files; put them into zip or tar files")
    except OSError as error:
        raise read_error(folder, error) from None
    return sorted(files, key=lambda file: file.name.replace("/", "\0"))  # as paths are sorted


def path_in(folder: str, name: str) -> str:
    """Return the path of a file in a folder, as `lenet predict` prints it."""
    return name or folder if folder == "." else f"{folder}/{name}"


def pictures_in(files: list[File]) -> list[File]:
    """Return the pictures among files."""
    return [file for file in files if is_picture_name(file.name)]


def digest_of(pictures: list[File]) -> str:
    """Return the hexadecimal SHA-256 of the names and sizes of pictures."""
    digest = hashlib.sha256()
    for name, size in pictures:
        digest.update(f"{name}\0{size}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


@lru_cache(maxsize=1)
def listing(source: Source) -> list[File]:
    """Return the pictures of a planned folder. Raise DataError if others are there now."""
    pictures = pictures_in(walk(source.uri))
    if digest_of(pictures) != source.digest:
        raise changed(source)
    return pictures


class FolderReader(SourceReader):
    """Reads the pictures in a folder; a piece is a range in the sorted list of their names."""

    def plan(self, source: Source, size: int) -> Iterator[Part]:
        """Yield ranges of pictures."""
        return ranges(len(listing(source)), size)

    @contextmanager
    def open(self, source: Source) -> Iterator[ReadPiece]:
        """List the folder, unless this process has done so."""
        files = listing(source)
        yield lambda piece: decode_all(_encoded(source, files, piece), self.options, self.upright)


def _encoded(source: Source, files: list[File], piece: Piece) -> Iterator[Encoded]:
    for number in range(piece.start, piece.stop):
        name, size = files[number]
        path = path_in(source.uri, name)
        yield Encoded(printable(path), number, _content(source, path, size))


def _content(source: Source, path: str, size: int) -> bytes | DataError:
    """Read a picture's bytes. Raise DataError if it is not of the planned size any more."""
    if size > MAX_PICTURE_BYTES:
        return DataError(f"more than {MAX_PICTURE_BYTES // 2**20} MiB; save it as 8-bit PNG")
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(size + 1)
    except FileNotFoundError:
        raise changed(source) from None
    except OSError as error:
        return DataError(f"cannot be read ({error.strerror}); check the permissions")
    if len(data) != size:
        raise changed(source)
    return data


def reader(kind: str, options: ReadOptions) -> FolderReader:
    """Return the reader of folders."""
    return FolderReader(options)
