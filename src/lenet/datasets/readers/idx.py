"""Read IDX files, the format of MNIST and EMNIST.

Big-endian: a magic number (0, 0, type 8 = uint8, number of dimensions), one 32-bit size a
dimension, then the bytes.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from lenet._util.files import READ_ERRORS, open_bytes, read_error
from lenet._util.sniff import refuse_stand_in
from lenet.datasets.dataset import MAX_ROWS, SIDE
from lenet.datasets.emnist.splits import Raw
from lenet.errors import DataError

IMAGES_MAGIC = b"\x00\x00\x08\x03"
LABELS_MAGIC = b"\x00\x00\x08\x01"

IMAGES_NAME = re.compile(r"(?P<stem>.+)-images(?P<mark>[-.])idx3-ubyte(?P<end>\.gz)?")
"""Names of files of images, as NIST and Kaggle write them."""


def read(images: str | Path, labels: str | Path | None = None) -> Raw:
    """Read images and labels as stored: uint8 (n, 28, 28), uint8 (n,).

    Args:
        images: ...-images-idx3-ubyte, gzipped or not.
        labels: ...-labels-idx1-ubyte, gzipped or not; by default the file beside the images.

    Raises:
        LenetError: the magic number is wrong, images are not 28x28, the numbers of items differ,
            or a file is damaged. The message names the file.
    """
    labels = labels_beside(Path(images)) if labels is None else labels
    stored = _read(images, IMAGES_MAGIC, (SIDE, SIDE))
    numbers = _read(labels, LABELS_MAGIC, ())
    if len(numbers) != len(stored):
        raise DataError(
            f"{labels}: {len(numbers)} labels for {len(stored)} images in {images}; "
            "take both files of one split"
        )
    return stored, numbers


def _read(path: str | Path, magic: bytes, item: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    refuse_stand_in(path, f"an IDX file of {'images' if item else 'labels'}")
    try:
        with open_bytes(path) as stream:
            return read_array(stream, magic, item, str(path))
    except READ_ERRORS as error:
        raise read_error(path, error) from None


def labels_beside(images: Path) -> Path:
    """Return the labels file that belongs to an images file, by EMNIST's names."""
    match = IMAGES_NAME.fullmatch(images.name)
    if match is None:
        raise DataError(f"{images}: not named as EMNIST names images; name it ...-images-idx3-ubyte[.gz]")
    names = [
        f"{match['stem']}-labels{mark}idx1-ubyte{end}"
        for mark in sorted("-.", key=lambda mark: mark != match["mark"])
        for end in sorted(("", ".gz"), key=lambda end: end != (match["end"] or ""))
    ]
    for name in names:
        if images.with_name(name).is_file():
            return images.with_name(name)
    raise DataError(f"{images}: no labels beside it; put {names[0]} in the same folder")


def read_array(stream: BinaryIO, magic: bytes, item: tuple[int, ...], place: str) -> npt.NDArray[np.uint8]:
    """Read the array of an unpacked IDX stream: uint8 (n, *item).

    Args:
        stream: the bytes.
        magic: the expected magic number.
        item: the expected shape of an item.
        place: the file, for messages.

    Raises:
        LenetError: the magic number, the shape or the number of bytes is wrong.
    """
    header_size = 8 + 4 * len(item)
    header = stream.read(header_size)
    if header[:4] != magic:
        kind = "images" if item else "labels"
        raise DataError(
            f"{place}: begins with {header[:4].hex(' ') or 'nothing'} instead of "
            f"{magic.hex(' ')}; give an IDX file of {kind}"
        )
    count, *sizes = np.frombuffer(header[4:].ljust(header_size - 4, b"\0"), ">u4").tolist()
    if tuple(sizes) != item:
        raise DataError(f"{place}: items of {sizes} instead of {list(item)}; take EMNIST's")
    if count > MAX_ROWS:
        raise DataError(f"{place}: {count:,} items; at most {MAX_ROWS:,} are read")
    expected = count * math.prod(item)
    data = stream.read(expected + 1)  # one more byte detects surplus data
    if len(data) != expected:
        relation = "more" if len(data) > expected else "fewer"
        raise DataError(
            f"{place}: {relation} bytes than the {count} items that it announces; copy the file again"
        )
    return np.frombuffer(data, np.uint8).reshape(count, *item)
