"""Read a CSV of labels and 784 pixels without one of EMNIST's names: its labels tell what it is."""

from __future__ import annotations

import re
import string
from pathlib import Path

import numpy as np

from lenet._util.files import READ_ERRORS, open_bytes, read_error
from lenet.datasets.cache import Arrays, cached
from lenet.datasets.dataset import SIDE, Dataset, source_name
from lenet.datasets.emnist.splits import SPLITS, to_dataset, to_upright
from lenet.datasets.readers import kaggle
from lenet.labels import LETTERS


def read(path: Path) -> Dataset:
    """Read the labels and the images, and find out their classes and orientation from the labels.

    | labels | data set | images |
    |---|---|---|
    | 1..26 | EMNIST Letters | transposed |
    | 0..25 | Kaggle's A-Z | upright |
    | 0..9, with "mnist" or "digit" in the name or a header "label,..." | MNIST | upright |
    | up to 46, up to 61 | EMNIST Balanced, EMNIST ByClass | transposed |

    Raises:
        DataError: the CSV is damaged, or a label has no class.
    """
    name = source_name(path)
    arrays = cached(name, [path], lambda: _arrays(path))
    labels = arrays[1]
    low, high = int(labels.min(initial=255)), int(labels.max(initial=0))
    if high < len(string.digits) and _is_mnist(path):
        return _upright(arrays, name, string.digits, "MNIST's digits")
    if low > 0 and high <= len(LETTERS):
        return to_dataset(to_upright(arrays, SPLITS["letters"], str(path)), SPLITS["letters"], name)
    if high < len(LETTERS):
        return _upright(arrays, "az_handwritten", LETTERS, "Kaggle's A-Z letters")
    split = SPLITS["balanced" if high < len(SPLITS["balanced"].classes) else "byclass"]
    return to_dataset(to_upright(arrays, split, str(path)), split, name)


def _arrays(path: Path) -> Arrays:
    """Return images and labels as stored."""
    pixels, labels = kaggle.read(path)
    return pixels.reshape(-1, SIDE, SIDE), labels


def _upright(arrays: Arrays, name: str, classes: str, kind: str) -> Dataset:
    images, labels = arrays
    note = f"labels {labels.min()}..{labels.max()}: read as {kind}, upright, {classes[0]} = 0"
    return Dataset(np.ascontiguousarray(images), labels, (name,), classes=tuple(classes), notes=(note,))


def _is_mnist(path: Path) -> bool:
    try:
        with open_bytes(path) as stream:
            header = stream.read(9).removeprefix(b"\xef\xbb\xbf").strip(b'"')
    except READ_ERRORS as error:
        raise read_error(path, error) from None
    return header.startswith(b"label") or re.search(r"mnist|digit", path.name, re.IGNORECASE) is not None
