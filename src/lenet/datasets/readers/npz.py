"""Letters in NPZ files: `images` uint8 (n, 28, 28) upright, `labels` from 1 as in EMNIST."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet._util.archives import open_zip, read_member
from lenet._util.files import atomic_write, read_error
from lenet._util.sniff import refuse_stand_in
from lenet.datasets.dataset import MAX_ROWS, SIDE, Dataset, source_name
from lenet.errors import DataError, LenetError
from lenet.labels import LETTERS, MAX_CLASSES

_LIMITS = {  # bytes of each array that is read
    "images": SIDE * SIDE * MAX_ROWS,
    "labels": 8 * MAX_ROWS,
    "groups": 8 * MAX_ROWS,
    "attributions": 2**24,
    "credits": 2**24,
    "classes": 4 * MAX_CLASSES,
}
_HEADER = 16_384  # bytes: room for an array's header

_Arrays = dict[str, npt.NDArray[Any]]


def read_letters(path: str | Path) -> Dataset:
    """Read letters and their labels.

    The arrays of the file:

    images        uint8 (n, 28, 28), upright, ink bright
    labels        integers (n,), 1..26, or 1..k with `classes`
    groups        optional, integers (n,): see `Dataset`
    attributions  optional, strings (m,): see `Dataset`; earlier files call them `credits`
    classes       optional, strings (k,): the character of label 1, 2, ...; A to Z by default

    Other arrays are ignored. Nothing is unpickled.

    Raises:
        LenetError: the file is damaged, an array is missing or has another dtype or shape, a label
            has no class, or there are more than a million letters, which is checked before they
            are unpacked. The message names the file and the array.
    """
    arrays = read_arrays(path, _LIMITS)
    images = _images(arrays, path)
    labels = _integers(arrays, "labels", len(images), path)
    classes = _strings(arrays, "classes", tuple(LETTERS), path)
    wrong = np.flatnonzero((labels < 1) | (labels > len(classes)))
    if wrong.size:
        raise DataError(
            f"{path}: label {labels[wrong[0]]} of image {wrong[0]} is outside 1..{len(classes)}; "
            "number the classes from 1 on"
        )
    arrays.setdefault("groups", np.arange(len(images)))
    return Dataset(
        images,
        labels.astype(np.uint8) - np.uint8(1),
        names=(source_name(path),),
        groups=_integers(arrays, "groups", len(images), path).astype(np.int64),
        attributions=_strings(arrays, "attributions", _strings(arrays, "credits", (), path), path),
        classes=classes,
    )


def read_images(path: str | Path) -> npt.NDArray[np.uint8]:
    """Read `images` only: uint8 (n, 28, 28). Raise LenetError as `read_letters` does."""
    return _images(read_arrays(path, {"images": _LIMITS["images"]}), path)


def write_letters(path: str | Path, dataset: Dataset, **extra: npt.NDArray[Any]) -> None:
    """Write a data set without its names; equal arrays give equal bytes.

    Args:
        path: the file.
        dataset: the letters.
        extra: further arrays, by name.

    Raises:
        LenetError: an array holds objects, or the file cannot be written.
    """
    arrays: dict[str, Any] = {
        "images": dataset.images,
        "labels": dataset.labels + np.uint8(1),
        "groups": dataset.groups,
        "attributions": np.array(dataset.attributions, np.str_),
    }
    if dataset.classes != tuple(LETTERS):
        arrays["classes"] = np.array(dataset.classes, np.str_)
    for name, array in extra.items():
        if array.dtype.hasobject or name in arrays:
            raise DataError(f"{path}: `{name}` cannot be a further array; rename or convert it")
        arrays[name] = array
    with atomic_write(path) as stream:
        np.savez_compressed(stream, **arrays)


def _images(arrays: _Arrays, path: str | Path) -> npt.NDArray[np.uint8]:
    images = _present(arrays, "images", path)
    if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (SIDE, SIDE):
        raise DataError(f"{path}: `images` is {images.dtype} {images.shape}; it must be uint8 (n, 28, 28)")
    return images


def _integers(arrays: _Arrays, name: str, count: int, path: str | Path) -> npt.NDArray[Any]:
    """Return an array of one integer for each image."""
    array = _present(arrays, name, path)
    if array.dtype.kind not in "iu" or array.shape != (count,):
        raise DataError(
            f"{path}: `{name}` is {array.dtype} {array.shape}; it must be integers ({count},), "
            "one for each image"
        )
    return array


def _strings(arrays: _Arrays, name: str, default: tuple[str, ...], path: str | Path) -> tuple[str, ...]:
    """Return an array of strings, or the default if it is missing."""
    if name not in arrays:
        return default
    array = arrays[name]
    if array.dtype.kind != "U" or array.ndim != 1:
        raise DataError(f"{path}: `{name}` is {array.dtype}; it must be strings (k,)")
    return tuple(array.tolist())


def _present(arrays: _Arrays, name: str, path: str | Path) -> npt.NDArray[Any]:
    if name not in arrays:
        raise DataError(f"{path}: no array `{name}`; save `images` and `labels` with these names")
    return arrays[name]


def read_arrays(path: str | Path, limits: Mapping[str, int]) -> _Arrays:
    """Read the named arrays that exist.

    `numpy.load` is not used, because it allocates memory for any shape that a header claims.

    Args:
        path: an NPZ file.
        limits: the names, and the greatest size of each array in bytes.

    Raises:
        LenetError: the file is damaged, an array holds pickled objects, or it exceeds its limit,
            which is checked before it is unpacked. The message names the file and the array.
    """
    arrays = {}
    refuse_stand_in(path, "an NPZ file")
    try:
        with open_zip(path, str(path)) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # NumPy warns of headers written by old versions
            for name, limit in limits.items():
                if (member := f"{name}.npy") not in archive.namelist():
                    continue
                data = read_member(archive, archive.getinfo(member), limit + _HEADER, str(path))
                arrays[name] = _parse_array(data, f"{path}: `{name}`")
    except LenetError:
        raise
    except OSError as error:
        raise read_error(path, error) from None
    except Exception as error:  # zipfile and NumPy's header parser raise nearly anything
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path}: damaged or no NPZ file ({reason}); save it again") from None
    return arrays


def _parse_array(data: bytes, place: str) -> npt.NDArray[Any]:
    """Parse the bytes of an .npy file; never unpickle."""
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    else:
        shape, fortran, dtype = np.lib.format.read_array_header_2_0(stream)
    if dtype.hasobject:
        raise DataError(f"{place} holds pickled objects, which are not read; save plain numbers")
    body = memoryview(data)[stream.tell() :]
    if any(size < 0 for size in shape) or math.prod(shape) * dtype.itemsize != len(body):
        raise DataError(f"{place} does not have the size that it announces; save it again")
    return np.frombuffer(body, dtype).reshape(shape, order="F" if fortran else "C")
