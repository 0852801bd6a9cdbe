"""EMNIST's MATLAB files (level 5): one for both parts of a split."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet.datasets import emnist
from lenet.datasets.dataset import MAX_ROWS, SIDE
from lenet.errors import LenetError
from lenet.files import read_error

MAX_BYTES = 2**30


def read(path: str | Path, split: emnist.Split, part: emnist.Part) -> emnist.Raw:
    """Reads one part: images uint8 (n, 784) and labels uint8 (n,), as they are there.

    `dataset.train` and `dataset.test` hold `images` and `labels`; `dataset.mapping` is checked.
    Raises LenetError, naming the file, without SciPy, for a file beyond 1 GiB, for one that SciPy
    cannot read and for one that holds something else.
    """
    try:
        from scipy.io import loadmat
    except ImportError:
        raise LenetError(
            f"{path}: MATLAB files need SciPy; pip install 'lenet[emnist]', or take the gz files"
        ) from None
    try:
        if Path(path).stat().st_size > MAX_BYTES:
            raise LenetError(f"{path}: larger than 1 GiB; no file of EMNIST is")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = loadmat(str(path), variable_names=["dataset"], simplify_cells=True)
    except LenetError:
        raise
    except OSError as error:
        raise read_error(path, error) from None
    except Exception as error:  # on hostile bytes SciPy raises nearly anything
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        raise LenetError(f"{path}: damaged or no MATLAB 5 file ({reason}); copy it again") from None
    mapping = np.atleast_2d(_field(found, ("dataset", "mapping"), path))
    emnist.check_mapping(mapping.astype(np.int64).tolist(), split, str(path))
    images = np.atleast_2d(_field(found, ("dataset", part, "images"), path))
    labels = np.atleast_1d(_field(found, ("dataset", part, "labels"), path))
    if images.dtype != np.uint8 or images.ndim != 2 or images.shape[1] != SIDE * SIDE:
        raise LenetError(f"{path}: images are {images.dtype} {images.shape}, not uint8 (n, 784)")
    if len(images) > MAX_ROWS or labels.ndim != 1 or not (labels == labels.astype(np.uint8)).all():
        raise LenetError(f"{path}: labels are not one integer an image; take EMNIST's file")
    return np.ascontiguousarray(images), labels.astype(np.uint8)


def _field(found: Any, names: tuple[str, ...], path: str | Path) -> npt.NDArray[Any]:
    """A numeric array inside nested structures."""
    for name in names:
        if not isinstance(found, dict) or name not in found:
            raise LenetError(f"{path}: no {'.'.join(names)} in it; take a file such as "
                             "emnist-letters.mat")  # fmt: skip
        found = found[name]
    array = np.asarray(found)
    if array.dtype.kind not in "uif":
        raise LenetError(f"{path}: {'.'.join(names)} is {array.dtype}, not numbers")
    return array
