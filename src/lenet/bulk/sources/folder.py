"""Read the pictures in a folder, in the order of their paths."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from lenet._util.files import read_error
from lenet.bulk import storage
from lenet.bulk.sources.members import is_picture_name
from lenet.bulk.sources.pictures import MAX_PICTURE_BYTES, Encoded, decode_all
from lenet.bulk.sources.reader import ReadPiece, SourceReader, ranges
from lenet.bulk.sources.streams import changed, printable
from lenet.bulk.types import Part, Piece, ReadOptions, Source
from lenet.errors import DataError
from lenet.ink.folders import MAX_FILES, is_system_name

_REQUESTS = 16  # at once


class File(NamedTuple):
    """A file below a folder, or an object below a prefix.

    Attributes:
        name: its path with "/".
        size: bytes.
        etag: of an object.
    """

    name: str
    size: int
    etag: str = ""


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


def list_store(address: str) -> list[File]:
    """Return the objects below a prefix, in their order, without those of hidden names."""
    entries = storage.list_sources(address)
    files = [File(uri.removeprefix(f"{address}/"), size, etag) for uri, size, etag in entries]
    return [file for file in files if not any(map(is_system_name, file.name.split("/")))]


def path_in(folder: str, name: str) -> str:
    """Return the path of a file in a folder, as `lenet predict` prints it."""
    return name or folder if folder == "." else f"{folder}/{name}"


def pictures_in(files: list[File]) -> list[File]:
    """Return the pictures among files."""
    return [file for file in files if is_picture_name(file.name)]


def digest_of(pictures: list[File]) -> str:
    """Return the hexadecimal SHA-256 of the names and sizes of pictures."""
    digest = hashlib.sha256()
    for name, size, etag in pictures:
        digest.update(f"{name}\0{size}{etag}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


@lru_cache(maxsize=1)
def listing(source: Source) -> list[File]:
    """Return the pictures of a planned folder. Raise DataError if others are there now."""
    is_remote = storage.is_remote(source.uri)
    pictures = pictures_in(list_store(source.uri) if is_remote else walk(source.uri))
    if digest_of(pictures) != source.digest:
        raise changed(source.uri)
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
        yield lambda piece: decode_all(_encoded(source, files, piece), self.options)


def _encoded(source: Source, files: list[File], piece: Piece) -> Iterator[Encoded]:
    planned = files[piece.start : piece.stop]
    if not storage.is_remote(source.uri):
        for number, file in enumerate(planned, piece.start):
            path = path_in(source.uri, file.name)
            yield Encoded(printable(path), number, _content(path, file.size))
        return
    with ThreadPoolExecutor(_REQUESTS) as pool:
        for start in range(0, len(planned), _REQUESTS):
            some = planned[start : start + _REQUESTS]
            contents = pool.map(lambda file: _object(source, file), some)
            for number, (file, content) in enumerate(zip(some, contents, strict=True), piece.start + start):
                yield Encoded(f"{source.uri}/{file.name}", number, content)


def _object(source: Source, file: File) -> bytes | DataError:
    """Read an object. Raise DataError if it has changed, or the store fails."""
    if file.size > MAX_PICTURE_BYTES:
        return _too_large()
    with storage.open_source(f"{source.uri}/{file.name}", file.etag) as stream:
        return stream.read()


def _content(path: str, size: int) -> bytes | DataError:
    """Read a picture's bytes. Raise DataError if it is not of the planned size any more."""
    if size > MAX_PICTURE_BYTES:
        return _too_large()
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(size + 1)
    except FileNotFoundError:
        raise changed(path) from None
    except OSError as error:
        return DataError(f"cannot be read ({error.strerror}); check the permissions")
    if len(data) != size:
        raise changed(path)
    return data


def _too_large() -> DataError:
    return DataError(f"more than {MAX_PICTURE_BYTES // 2**20} MiB; save it as 8-bit PNG")


def reader(kind: str, options: ReadOptions) -> FolderReader:
    """Return the reader of folders."""
    return FolderReader(options)
