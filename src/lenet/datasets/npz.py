"""Letters in NPZ files: `images` uint8 (n, 28, 28) upright, `labels` 1..26 as in EMNIST."""

from __future__ import annotations

import io
import math
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet.datasets.dataset import LETTERS, MAX_ROWS, SIDE, Dataset, source_name
from lenet.errors import LenetError
from lenet.ink import replacing

_HEADER = 16_384  # bytes: room for an array's header


def read_letters(path: str | Path) -> Dataset:
    """Reads the arrays `images` (uint8 (n, 28, 28)) and `labels` (integers (n,), 1..26).

    Other arrays are left alone. Raises LenetError, naming file and array, for a damaged file, a
    missing array, another dtype or shape, a label outside 1..26, objects that would need pickle
    (never unpickled), and arrays of more than a million rows (before unpacking them).
    """
    images = read_images(path)
    labels = _read_array(path, "labels", 8 * MAX_ROWS)
    if labels.dtype.kind not in "iu" or labels.shape != (len(images),):
        raise LenetError(
            f"{path}: `labels` is {labels.dtype} {labels.shape}; it must be integers "
            f"({len(images)},), one an image"
        )
    wrong = np.flatnonzero((labels < 1) | (labels > len(LETTERS)))
    if wrong.size:
        raise LenetError(
            f"{path}: label {labels[wrong[0]]} of image {wrong[0]} is outside 1..26; "
            "number the letters from A = 1 to Z = 26"
        )
    return Dataset(images, labels.astype(np.uint8) - np.uint8(1), (source_name(path),))


def read_images(path: str | Path) -> npt.NDArray[np.uint8]:
    """Reads `images` alone: uint8 (n, 28, 28). Raises LenetError as `read_letters` does."""
    images = _read_array(path, "images", SIDE * SIDE * MAX_ROWS)
    if images.dtype != np.uint8 or images.shape[1:] != (SIDE, SIDE):
        raise LenetError(
            f"{path}: `images` is {images.dtype} {images.shape}; it must be uint8 (n, 28, 28)"
        )
    return images


def write_letters(path: str | Path, dataset: Dataset, **extra: npt.NDArray[Any]) -> None:
    """Writes a data set (labels as 1..26) and further arrays that tell more about its rows.

    The same arrays give the same bytes. Raises LenetError for an array of objects and where the
    file cannot be written.
    """
    for name, array in extra.items():
        if array.dtype.hasobject or name in ("images", "labels"):
            raise LenetError(f"{path}: `{name}` cannot be a further array; use plain numbers")
    arrays: dict[str, Any] = {"images": dataset.images, "labels": dataset.labels + np.uint8(1)}
    with replacing(path) as stream:
        np.savez_compressed(stream, **arrays, **extra)


def _read_array(path: str | Path, name: str, limit: int) -> npt.NDArray[Any]:
    """One array of at most `limit` bytes.

    Not by `numpy.load`: that sets memory aside for whatever shape a header claims.
    """
    try:
        with zipfile.ZipFile(path) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # NumPy's, on headers written by old versions
            member = f"{name}.npy"
            if member not in archive.namelist():
                raise LenetError(f"{path}: no array `{name}`; save `images` and `labels` with it")
            if archive.getinfo(member).file_size > limit + _HEADER:
                raise LenetError(f"{path}: `{name}` is too large; at most {MAX_ROWS:,} letters")
            return _parse_array(archive.read(member), f"{path}: `{name}`")
    except LenetError:
        raise
    except OSError as error:
        reason = error.strerror or error
        raise LenetError(f"{path}: cannot be read ({reason}); check the name") from None
    except Exception as error:  # zipfile and NumPy's header parser raise nearly anything
        reason = " ".join(str(error).split()) or type(error).__name__
        raise LenetError(f"{path}: damaged or no NPZ file ({reason}); save it again") from None


def _parse_array(data: bytes, place: str) -> npt.NDArray[Any]:
    """The array in the bytes of an .npy file, never unpickling anything."""
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    else:
        shape, fortran, dtype = np.lib.format.read_array_header_2_0(stream)
    if dtype.hasobject:
        raise LenetError(f"{place} holds pickled objects, which are not read; save plain numbers")
    body = memoryview(data)[stream.tell() :]
    if any(size < 0 for size in shape) or math.prod(shape) * dtype.itemsize != len(body):
        raise LenetError(f"{place} does not have the size that it announces; save it again")
    return np.frombuffer(body, dtype).reshape(shape, order="F" if fortran else "C")
