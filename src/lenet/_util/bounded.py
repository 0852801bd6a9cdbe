"""Read bytes within limits, and strict JSON, from files that other programs wrote."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet._util import strict_json
from lenet._util.files import open_file, read_error
from lenet._util.sniff import HEAD, FileType, identify, wrong_type
from lenet.errors import ModelFileError

MAX_BYTES = 64 * 2**20  # of a file, unless a caller sets another limit
MAX_JSON = 4 * 2**20  # bytes
MAX_AXES = 8


def shown(text: str, most: int = 40) -> str:
    """Shorten and escape a text from a file for a message of one line."""
    return repr(text)[1:-1][:most]


def read_bytes(path: Path, *, follow: bool = True, limit: int = MAX_BYTES) -> bytes:
    """Return a file's bytes.

    Args:
        path: a regular file.
        follow: whether a symbolic link is followed.
        limit: greatest size in bytes.

    Raises:
        LenetError: the file is too large, is not a regular file, or is a link and `follow` is False.
    """
    try:
        if not follow and path.is_symlink():
            raise ModelFileError(f"{path}: is a link; put the file itself there")
        with open_file(path, follow=follow, kind=ModelFileError) as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise read_error(path, error, kind=ModelFileError) from None
    if len(data) > limit:
        raise ModelFileError(f"{path}: too large; {limit / 2**20:.4g} MiB of it can be read")
    return data


def read_beside(folder: Path, name: Any, limit: int = MAX_BYTES) -> bytes:
    """Return the bytes of a file that another file of the same folder names.

    Args:
        folder: the folder.
        name: a plain file name; "./" before it is allowed.
        limit: greatest size in bytes.

    Raises:
        LenetError: the name is not plain, an error page or a pointer of Git LFS lies there, or what
            `read_bytes` refuses; a link is refused.
    """
    plain = name.removeprefix("./") if isinstance(name, str) else ""
    if not re.fullmatch(r"[^./\\:][^/\\:]{0,200}", plain) or not plain.isprintable():
        raise ModelFileError(f"{str(name)!r:.60} is not a plain file name; put the file beside the model")
    data = read_bytes(folder / plain, follow=False, limit=limit)
    file_type = identify(data[:HEAD])
    if file_type in (FileType.LFS_POINTER, FileType.HTML, FileType.SERVER_ERROR):
        raise wrong_type(folder / plain, file_type, "weights", "", kind=ModelFileError)
    return data


def from_json(data: bytes, place: str) -> Any:
    """Parse JSON without repeated keys, NaN, or strings that are not Unicode.

    Args:
        data: the bytes of the JSON.
        place: its file, for messages.

    Raises:
        LenetError: it is not such JSON, is larger than MAX_JSON bytes, or is nested too deeply.
    """
    if len(data) > MAX_JSON:
        raise ModelFileError(f"{place}: JSON of more than {MAX_JSON // 2**20} MiB; this is not a model file")

    try:
        return strict_json.parse(data)
    except RecursionError:
        raise ModelFileError(f"{place}: nested too deeply; this is not a model file") from None
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise ModelFileError(f"{place}: not JSON ({reason:.80}); copy the file again") from None


def field(value: Any, key: str, kind: type | tuple[type, ...], place: str) -> Any:
    """Return value[key] after a check of its type; a bool does not count as an int.

    Args:
        value: a value of JSON.
        key: the key, if the value is an object.
        kind: the type or types that are accepted.
        place: the file, for messages.

    Raises:
        LenetError: the key is missing, or its value has another type.
    """
    item = value.get(key) if isinstance(value, dict) else None
    if not isinstance(item, kind) or (isinstance(item, bool) and kind is not bool):
        raise ModelFileError(f'{place}: "{key}" is missing or of a wrong kind; save the model again')
    return item


def shape_of(value: Any, place: str) -> tuple[int, ...]:
    """Return a list of positive integers as a shape.

    Raises:
        LenetError: the value is not such a list, has more than MAX_AXES sizes, or is larger than a
            model file can be.
    """
    is_list = isinstance(value, list | tuple) and len(value) <= MAX_AXES
    if not is_list or not all(type(size) is int and size > 0 for size in value):
        raise ModelFileError(f"{place}: {str(value)[:60]!r} is not a shape; save the model again")
    if math.prod(value) > MAX_BYTES // 4:
        raise ModelFileError(f"{place}: a shape too large for any model; save the model again")
    return tuple(value)


def finite(values: Any, place: str) -> npt.NDArray[np.float64]:
    """Return weights as float64. Raise LenetError for NaN and infinity."""
    with np.errstate(invalid="ignore"):  # from signalling NaN
        values = np.asarray(values).astype(np.float64)
    if not np.isfinite(values).all():
        raise ModelFileError(f"{place}: a weight is NaN or infinite; train the model again")
    return np.asarray(values)
