"""SHA-256 digests of inputs, of this program's code, and of the files that are written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import lenet
from lenet._util.files import open_file, read_error
from lenet.datasets.contributions import manifest_path
from lenet.datasets.registry import DatasetRef
from lenet.errors import DataError
from lenet.improve.types import Input, Options, Role
from lenet.inference.recognizer import model_path

BLOCK = 2**20
MAX_FILES = 1_000_000  # in a folder


def inputs_of(options: Options) -> tuple[Input, ...]:
    """Return every input with its digest. Raise DataError if one cannot be read."""
    return tuple(Input(role, name, digest(paths)) for role, name, paths in _places(options))


def input_paths(role: Role, name: str) -> list[Path]:
    """Return the files of an input, given its role and its name. Raise LenetError if there are none."""
    if role is Role.MODEL:
        return [model_path(name)]
    if role in (Role.BASE, Role.REFERENCE):
        path = DatasetRef.parse(name).path
        labels = path.with_name(path.name.replace("images", "labels").replace("idx3", "idx1"))
        return [path, labels] if labels != path and labels.is_file() else [path]
    return [Path(name)]


def _places(options: Options) -> Iterator[tuple[Role, str, list[Path]]]:
    names = [(Role.EXPORT, str(options.export)), (Role.MANIFEST, str(manifest_path(options.export)))]
    names += [(Role.WITHDRAWN, str(options.withdrawn))] if options.withdrawn else []
    names += [(Role.MODEL, options.model)]
    names += [(Role.BASE, name) for name in options.data]
    names += [(Role.REFERENCE, name) for name in options.references]
    for role, name in names:
        yield role, name, input_paths(role, name)


def digest(paths: Iterable[Path]) -> str:
    """Return the hexadecimal SHA-256 of files, one after another.

    A folder counts as the names of its files, sorted, each with the digest of its bytes.

    Raises:
        DataError: a file cannot be read, or a folder has more than a million files.
    """
    total = hashlib.sha256()
    for path in paths:
        try:
            if path.is_dir():
                _add_folder(total, path)
            else:
                _add_file(total, path)
        except OSError as error:
            raise read_error(path, error) from None
    return total.hexdigest()


def _add_file(total: hashlib._Hash, path: Path) -> None:
    with open_file(path) as stream:
        while block := stream.read(BLOCK):
            total.update(block)


def _add_folder(total: hashlib._Hash, folder: Path) -> None:
    files = []
    for path in folder.rglob("*"):
        if path.is_file():
            files.append(path)
        if len(files) > MAX_FILES:
            raise DataError(f"{folder}: more than {MAX_FILES:,} files; pack them into a file")
    for path in sorted(files):
        one = hashlib.sha256()
        _add_file(one, path)
        total.update(f"{path.relative_to(folder).as_posix()}\n{one.hexdigest()}\n".encode())


def code_digest() -> str:
    """Return the SHA-256 of the package's Python files and of its native libraries."""
    package = Path(lenet.__file__).parent
    files = [*package.rglob("*.py"), *(package / "_native").glob("*")]
    total = hashlib.sha256()
    for path in sorted(path for path in files if path.is_file()):
        total.update(f"{path.relative_to(package).as_posix()}\n{digest([path])}\n".encode())
    return total.hexdigest()
