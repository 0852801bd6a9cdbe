"""The pictures among the members of an archive, and the letters among the files of a folder."""

from __future__ import annotations

from functools import lru_cache

from lenet.errors import DataError
from lenet.ink.folders import is_system_name
from lenet.ink.images import PICTURE_ENDINGS


class NotLettersError(DataError):
    """A file that can be read, but does not hold letters; it is left out of a folder."""


def is_picture_name(name: str) -> bool:
    """Tell whether a path has the ending of a picture."""
    return name[name.rfind(".") :].lower() in PICTURE_ENDINGS


def is_picture_member(name: str) -> bool:
    """Tell whether a path has the ending of a picture, and is neither hidden nor a system's file."""
    folder, _, file = name.rpartition("/")
    return is_picture_name(file) and not file.startswith(".") and not _is_system_folder(folder)


@lru_cache(maxsize=1024)
def _is_system_folder(folder: str) -> bool:
    return any(is_system_name(part) for part in folder.split("/") if part not in (".", ".."))
