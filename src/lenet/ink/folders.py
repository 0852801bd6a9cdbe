"""Files in a folder that people brought: sorted, without the files that systems add."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lenet._util.files import read_error
from lenet._util.sniff import FileType, sniff
from lenet.errors import DataError
from lenet.ink.images import PICTURE_ENDINGS

MAX_FILES = 2_000_000

_SYSTEM = {"thumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir", "$recycle.bin"}
"""Files and folders that systems add, in lower case; so are all whose names begin with a dot."""


def walk(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder in any order, without hidden and system files.

    Raises:
        DataError: the folder cannot be read, or has more than two million files.
    """
    count = 0
    try:
        for path in folder.rglob("*"):
            if _is_systems(path.relative_to(folder)) or not path.is_file():
                continue
            count += 1
            if count > MAX_FILES:
                raise DataError(f"{folder}: more than {MAX_FILES:,} files; give a part of it")
            yield path
    except OSError as error:
        raise read_error(folder, error) from None


def files_below(folder: Path) -> list[Path]:
    """Return the files of `walk` in the order of their paths."""
    return sorted(walk(folder))


def is_picture(path: Path) -> bool:
    """Tell if a file is a picture, by its ending; by its content if it has none."""
    if path.suffix:
        return path.suffix.lower() in PICTURE_ENDINGS
    return sniff(path) is FileType.PICTURE


def describe_skipped(files: list[Path]) -> str:
    """Return a note with the number of files that are left out, and the names of the first three."""
    names = ", ".join(path.name for path in files[:3]) + (", ..." if len(files) > 3 else "")
    return f"left out {len(files):,} other file{'s' if len(files) > 1 else ''}: {names}"


def is_system_name(name: str) -> bool:
    """Tell if a system adds files or folders of this name, or hides them."""
    return name.startswith(".") or name.lower() in _SYSTEM


def _is_systems(path: Path) -> bool:
    return any(map(is_system_name, path.parts))
