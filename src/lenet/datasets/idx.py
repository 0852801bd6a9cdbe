"""EMNIST's IDX files: images stored transposed, labels 1..26.

IDX, big-endian: a magic number (0, 0, type 8 = uint8, number of dimensions), one 32-bit size a
dimension, then the bytes.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet.datasets.dataset import LETTERS, MAX_ROWS, SIDE, Dataset, source_name
from lenet.errors import LenetError
from lenet.files import READ_ERRORS, open_bytes, read_error

IMAGES_MAGIC = b"\x00\x00\x08\x03"
LABELS_MAGIC = b"\x00\x00\x08\x01"


def read(images: str | Path, labels: str | Path | None = None) -> Dataset:
    """Reads EMNIST letters, gzipped or not.

    images  ...-images-idx3-ubyte[.gz]
    labels  ...-labels-idx1-ubyte[.gz]; looked for beside the images by default

    The images come out upright. Raises LenetError, naming the file, for a wrong magic number, a
    size that is not 28x28, a count that the bytes or the other file contradict, a label outside
    1..26, and a damaged gzip.
    """
    labels = _labels_beside(Path(images)) if labels is None else labels
    stored = _read_idx(images, IMAGES_MAGIC, (SIDE, SIDE))
    numbers = _read_idx(labels, LABELS_MAGIC, ())
    if len(numbers) != len(stored):
        raise LenetError(
            f"{labels}: {len(numbers)} labels for {len(stored)} images in {images}; "
            "take both files of one split"
        )
    wrong = np.flatnonzero((numbers < 1) | (numbers > len(LETTERS)))
    if wrong.size:
        raise LenetError(
            f"{labels}: label {numbers[wrong[0]]} of image {wrong[0]} is outside 1..26; "
            "take the files of the Letters split"
        )
    upright = np.ascontiguousarray(stored.transpose(0, 2, 1))
    return Dataset(upright, numbers - np.uint8(1), (source_name(images),))


def _labels_beside(images: Path) -> Path:
    """The labels file that belongs to an images file, by EMNIST's names."""
    name = images.name.replace("-images-idx3-ubyte", "-labels-idx1-ubyte")
    if name == images.name:
        raise LenetError(
            f"{images}: not named as EMNIST names images; name it ...-images-idx3-ubyte[.gz]"
        )
    other = name.removesuffix(".gz") if name.endswith(".gz") else name + ".gz"
    for candidate in (images.with_name(name), images.with_name(other)):
        if candidate.is_file():
            return candidate
    raise LenetError(f"{images}: no labels beside it; put {name} in the same folder")


def _read_idx(path: str | Path, magic: bytes, item: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """The array of an IDX file: uint8 (n, *item)."""
    header_size = 8 + 4 * len(item)
    try:
        with open_bytes(path) as stream:
            header = stream.read(header_size)
            if header[:4] != magic:
                kind = "images" if item else "labels"
                raise LenetError(
                    f"{path}: begins with {header[:4].hex(' ') or 'nothing'} instead of "
                    f"{magic.hex(' ')}; give an IDX file of {kind}"
                )
            count, *sizes = np.frombuffer(header[4:].ljust(header_size - 4, b"\0"), ">u4").tolist()
            if tuple(sizes) != item:
                raise LenetError(f"{path}: items of {sizes} instead of {list(item)}; take EMNIST's")
            if count > MAX_ROWS:
                raise LenetError(f"{path}: {count:,} items; at most {MAX_ROWS:,} are read")
            expected = count * math.prod(item)
            data = stream.read(expected + 1)  # one more shows what should not be there
    except READ_ERRORS as error:
        raise read_error(path, error) from None
    if len(data) != expected:
        relation = "more" if len(data) > expected else "fewer"
        raise LenetError(
            f"{path}: {relation} bytes than the {count} items that it announces; "
            "copy the file again"
        )
    return np.frombuffer(data, np.uint8).reshape(count, *item)
