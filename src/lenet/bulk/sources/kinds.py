"""Tell which reader an input needs, and make its sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from lenet._util.sniff import HEAD, FileType, identify, wrong_type
from lenet.bulk.sources import folder, npz, tar_file, zip_file
from lenet.bulk.sources.members import is_picture_name
from lenet.bulk.sources.streams import digest_of, is_gzip, open_stream, state
from lenet.bulk.types import Source
from lenet.errors import DataError
from lenet.ink import STROKE_READERS

_REMEDY = "give a folder, zip or tar of pictures, Parquet, Arrow, NPZ, IDX, or strokes"
_PICTURES = {FileType.PICTURE, FileType.AVIF, FileType.HEIC, FileType.PDF}

Note = Callable[[str], object]


def find(name: str, note: Note) -> Iterator[Source]:
    """Yield the sources of an input, with their digests.

    Of a folder, its pictures are one source, and each other file that can be read is one.

    Raises:
        DataError: the input cannot be read, or is of no kind that is read.
    """
    if Path(name).is_dir():
        yield from _find_in_folder(str(Path(name)), note)
        return
    kind, is_sequential = kind_of(name)
    file, digest = digest_of(name)
    yield Source(name, kind, file.size, digest, is_sequential, file.modified)


def _find_in_folder(name: str, note: Note) -> Iterator[Source]:
    files = folder.walk(name)
    pictures = folder.pictures_in(files)
    if pictures:
        yield Source(name, "folder", 0, folder.digest_of(pictures))
    others = [file.name for file in files if not is_picture_name(file.name)]
    skipped = []
    for other in others:
        path = folder.path_in(name, other)
        try:
            yield from find(path, note)
        except DataError:
            skipped.append(other)
    if len(skipped) == len(files):
        raise DataError(f"{name}: nothing in it that can be read; {_REMEDY}")
    if skipped:
        names = ", ".join(skipped[:3]) + (", ..." if len(skipped) > 3 else "")
        note(f"{name}: left out {len(skipped):,} other file{'s' if len(skipped) > 1 else ''}: {names}")


def kind_of(uri: str) -> tuple[str, bool]:
    """Return the kind of a file, and whether it can only be read from its beginning.

    Raises:
        DataError: it is of no kind that is read.
    """
    with open_stream(uri) as stream:
        head = stream.read(HEAD)
        stream.seek(max(0, state(stream).size - HEAD))
        tail = stream.read(HEAD) if head.startswith(b"PK") else b""
        stream.seek(0)
        return _kind_of_type(identify(head, tail), stream, uri)


def _kind_of_type(file_type: FileType, stream: BinaryIO, uri: str) -> tuple[str, bool]:
    if file_type is FileType.NPZ:
        return "npz", npz.is_deflated(stream, uri)
    if file_type is FileType.IDX_IMAGES:
        return "idx", is_gzip(stream)
    if file_type is FileType.TAR and tar_file.has_pictures(stream):
        stream.seek(0)
        return "tar", is_gzip(stream)
    if file_type is FileType.ZIP and zip_file.has_pictures(stream, uri):
        return "zip", False
    if file_type in _PICTURES:
        return "picture", False
    if file_type in STROKE_READERS:
        return "strokes", False
    raise wrong_type(uri, file_type, "a file of letters", _REMEDY)
