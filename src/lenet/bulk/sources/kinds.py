"""Tell which reader an input needs, and make its sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from lenet._util.sniff import HEAD, FileType, identify, wrong_type
from lenet.bulk import storage
from lenet.bulk.sources import arrow, folder, jsonl, npz, parquet, tar_file, zip_file
from lenet.bulk.sources.members import NotLettersError, is_picture_name
from lenet.bulk.sources.streams import digest_of, is_gzip, open_stream, state
from lenet.bulk.storage.addresses import local_path
from lenet.bulk.types import Source
from lenet.errors import DataError

_REMEDY = "give a folder, zip or tar of pictures, Parquet, Arrow, NPZ, IDX, or strokes"
_STROKES = {FileType.DRAWINGS, FileType.UNIPEN, FileType.TAR, FileType.INKML, FileType.SVG}
_UNTYPED = {FileType.EMPTY, FileType.TEXT, FileType.UNKNOWN, FileType.GZIP, FileType.JSON}
_ENDINGS = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
_PICTURES = {FileType.PICTURE, FileType.AVIF, FileType.HEIC, FileType.PDF}

Note = Callable[[str], object]


def find(name: str, note: Note) -> Iterator[Source]:
    """Yield the sources of an input, with their digests.

    Of a folder, its pictures are one source, and each other file of letters is one; `note` is called with
    the names of the others.

    Raises:
        DataError: the input, or a file in it, cannot be read or is damaged; or it is of no kind that is read.
    """
    if storage.is_remote(name):
        yield from _find_in_store(name, note)
        return
    name = str(local_path(name)) if name.startswith("file:") else name
    if Path(name).is_dir():
        yield from _find_in_folder(str(Path(name)), note)
        return
    yield _file(name)


def _file(name: str) -> Source:
    kind, is_sequential = kind_of(name)
    file, digest = digest_of(name)
    return Source(name, kind, file.size, digest, is_sequential, file.modified)


def _find_in_folder(name: str, note: Note) -> Iterator[Source]:
    yield from _find_among(name, folder.walk(name), lambda file: folder.path_in(name, file), note)


def _find_in_store(name: str, note: Note) -> Iterator[Source]:
    """Yield an object, or the objects below a prefix."""
    address = name.rstrip("/")
    if name == address and _is_object(name):
        yield _file(name)
        return
    files = folder.list_store(address)
    if not files:
        raise DataError(f"{name}: no such object, and none below it; check the name")
    yield from _find_among(address, files, lambda file: f"{address}/{file}", note)


def _is_object(name: str) -> bool:
    try:
        storage.describe(name)
    except DataError:  # reading it tells other problems
        return False
    return True


def _find_among(
    name: str, files: list[folder.File], path_of: Callable[[str], str], note: Note
) -> Iterator[Source]:
    pictures = folder.pictures_in(files)
    if pictures:
        yield Source(name, "folder", 0, folder.digest_of(pictures))
    skipped = []
    for file in files:
        if is_picture_name(file.name):
            continue
        try:
            yield _file(path_of(file.name))
        except NotLettersError:
            skipped.append(file.name)
    if len(skipped) == len(files):
        raise DataError(f"{name}: nothing in it that can be read; {_REMEDY}")
    if skipped:
        names = ", ".join(skipped[:3]) + (", ..." if len(skipped) > 3 else "")
        note(f"{name}: left out {len(skipped):,} other file{'s' if len(skipped) > 1 else ''}: {names}")


def kind_of(uri: str) -> tuple[str, bool]:
    """Return the kind of a file, and whether it can only be read from its beginning.

    Raises:
        NotLettersError: it is of no kind that is read.
        DataError: it cannot be read, or is damaged.
    """
    with open_stream(uri) as stream:
        head = stream.read(HEAD)
        stream.seek(max(0, state(stream).size - HEAD))
        tail = stream.read(HEAD) if head.startswith(b"PK") else b""
        stream.seek(0)
        file_type = identify(head, tail)
        is_packed = is_gzip(stream)
        match file_type:
            case FileType.NPZ:
                return "npz", npz.is_deflated(stream, uri)
            case FileType.IDX_IMAGES:
                return "idx", is_packed
            case FileType.PARQUET:
                return "parquet", parquet.is_sequential(stream, uri)
            case FileType.ARROW:
                return "arrow", storage.is_remote(uri) or not head.startswith(arrow.FILE_MAGIC)
            case FileType.TAR if tar_file.has_pictures(stream):
                return "tar", is_packed
            case FileType.ZIP if zip_file.has_pictures(stream, uri):
                return "zip", False
        if file_type in _PICTURES:
            return "picture", False
        kind = _kind_of_strokes(file_type, stream, uri)
        return kind, is_packed and kind == "jsonl"


def _kind_of_strokes(file_type: FileType, stream: BinaryIO, uri: str) -> str:
    has_lines = file_type in _UNTYPED and uri.lower().endswith(_ENDINGS)
    if has_lines or (file_type is FileType.DRAWINGS and jsonl.is_json_lines(stream)):
        return "jsonl"
    if file_type in _STROKES and not storage.is_remote(uri):
        return "strokes"
    raise wrong_type(uri, file_type, "a file of letters", _REMEDY, kind=NotLettersError)
