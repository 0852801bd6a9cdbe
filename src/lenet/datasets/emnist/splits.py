"""Describe EMNIST's six splits; convert stored images to upright ones, with labels from 0.

Cohen, Afshar, Tapson, van Schaik 2017, EMNIST: an extension of MNIST to handwritten letters. All
formats store the images transposed; the Letters split numbers its classes from 1.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from lenet._util.suggest import did_you_mean
from lenet.datasets.cache import Arrays
from lenet.datasets.dataset import SIDE, Dataset
from lenet.datasets.records import EMNIST_ATTRIBUTION, record_of
from lenet.errors import DataError
from lenet.ink import Orientation
from lenet.labels import LETTERS

Part = Literal["train", "test"]
Raw = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]
"""Images uint8 (n, 784) or (n, 28, 28) and labels uint8 (n,), as stored in the files."""

_DIGITS, _ALL = string.digits, string.digits + string.ascii_uppercase + string.ascii_lowercase
_MERGED = string.digits + string.ascii_uppercase + "abdefghnqrt"


@dataclass(frozen=True)
class EmnistSplit:
    """One of the six splits, each with a training and a test part.

    Attributes:
        name: EMNIST's name of the split.
        classes: the character of each class, in the order of their numbers.
        first: number of the first class in the files.
        train: rows of the official training part.
        test: rows of the official test part.
    """

    name: str
    classes: str
    first: int
    train: int
    test: int

    def rows(self, part: Part) -> int:
        """Return the number of rows of an official part."""
        return self.train if part == "train" else self.test


SPLITS = {
    split.name: split
    for split in (
        EmnistSplit("byclass", _ALL, 0, 697_932, 116_323),
        EmnistSplit("bymerge", _MERGED, 0, 697_932, 116_323),
        EmnistSplit("balanced", _MERGED, 0, 112_800, 18_800),
        EmnistSplit("letters", LETTERS, 1, 124_800, 20_800),
        EmnistSplit("digits", _DIGITS, 0, 240_000, 40_000),
        EmnistSplit("mnist", _DIGITS, 0, 60_000, 10_000),
    )
}
_NAME = re.compile(rf"emnist-({'|'.join(SPLITS)})-(train|test)(?![a-z])")
_PREFIX_OF_TEST = (14_799, 14_800)
"""Rows of the incomplete Letters test of two other sources, with and without a row as the header."""


def get_split(name: str) -> EmnistSplit:
    """Return the split of that name. Raise LenetError with the known names if there is none."""
    if name not in SPLITS:
        remedy = f"{did_you_mean(name, SPLITS)} there are {', '.join(SPLITS)}".lstrip()
        raise DataError(f"{name}: not a split of EMNIST; {remedy}")
    return SPLITS[name]


def part_of(name: str) -> tuple[EmnistSplit, Part] | None:
    """Return the split and the part in the name of a file or a data set; None without them.

    An example of a name is "emnist-letters-test-images-idx3-ubyte.gz".
    """
    match = _NAME.match(name)
    if match is None:
        return None
    return SPLITS[match[1]], "train" if match[2] == "train" else "test"


def to_upright(raw: Raw, split: EmnistSplit, place: str) -> Arrays:
    """Convert the stored arrays of a split to upright images and labels from 0.

    Args:
        raw: images and labels as stored.
        split: the split.
        place: the file, for messages.

    Raises:
        LenetError: the numbers of images and labels differ, or a label has no class.
    """
    stored, numbers = raw
    if len(numbers) != len(stored):
        raise DataError(
            f"{place}: {len(numbers)} labels for {len(stored)} images; take both files of one split"
        )
    last = split.first + len(split.classes) - 1
    wrong = np.flatnonzero((numbers < split.first) | (numbers > last))
    if wrong.size:
        raise DataError(
            f"{place}: label {numbers[wrong[0]]} of image {wrong[0]} is outside "
            f"{split.first}..{last}; take the files of the split {split.name}, or name a CSV of other "
            "labels without emnist:"
        )
    images = Orientation.TRANSPOSED.inverse.apply(stored.reshape(-1, SIDE, SIDE))
    return np.ascontiguousarray(images), numbers - np.uint8(split.first)


def to_dataset(arrays: Arrays, split: EmnistSplit, name: str) -> Dataset:
    """Return images and labels of a split as a data set of that name."""
    return Dataset(*arrays, (name,), attributions=(EMNIST_ATTRIBUTION,), classes=tuple(split.classes))


def check_mapping(text: bytes, split: EmnistSplit, place: str) -> None:
    """Compare the text of a ...-mapping.txt, a line a class, with the split's classes.

    Raises:
        LenetError: it is not a mapping, or maps to other characters: the labels would differ.
    """
    try:
        rows = [[int(word) for word in line.split()] for line in text.splitlines() if line.strip()]
        mapping = {number: chr(code) for number, code, *_ in rows}
    except (ValueError, OverflowError):
        raise DataError(f"{place}: not a mapping of EMNIST; fetch it again") from None
    if mapping != dict(enumerate(split.classes, split.first)):
        raise DataError(
            f"{place}: its classes are not those of the split {split.name} of "
            "EMNIST; take the files of one split"
        )


def objection(data: Dataset, trained_on: Sequence[str] = ()) -> str | None:
    """Return why an accuracy on these data is not one on an official test of EMNIST.

    Args:
        data: the data of the evaluation.
        trained_on: names of the data sets that the model was trained on.

    Returns:
        The reason; None if the data are an official test, or do not claim to be one.
    """
    missing = "".join(np.array(data.classes)[data.counts() == 0])
    letters = SPLITS["letters"]
    if len(data) in _PREFIX_OF_TEST and missing == "TUVWXYZ" and data.classes == tuple(LETTERS):
        return (
            f"{len(data):,} of the {letters.test:,} rows of the EMNIST Letters test, sorted by "
            "label, so without a single T to Z: comparable with nothing; "
            "`lenet data fetch emnist` gets the whole"
        )
    known = part_of(data.names[0]) if len(data.names) == 1 else None
    if known is None or known[1] == "train":
        return None
    split, part = known
    if data.classes != tuple(split.classes):
        return f"the model has {len(data.classes)} classes, and {split.name} has {len(split.classes)}"
    if len(data) != split.rows(part) or missing:
        return (
            f"{len(data):,} rows of {len(data.classes) - len(missing)} classes instead of "
            f"{split.test:,} of {len(split.classes)}: not the whole test of {split.name}"
        )
    if split == letters and (data.counts() != letters.test // len(LETTERS)).any():
        return "not 800 images of each letter, as the test of letters has"
    if shared := [name for name in trained_on if _may_share(name, split)]:
        return f"the model was trained on {shared[0]}, which may share images with this test"
    return None


def _may_share(name: str, split: EmnistSplit) -> bool:
    """Return whether a data set of that name may contain images of the test of a split.

    SD19 may, and so may EMNIST's other splits, which divide the same images differently.
    """
    known = part_of(name)
    record = record_of(name)
    return (record is not None and record.contains_sd19) or (known is not None and known[0] != split)


def official_name(data: Dataset, trained_on: Sequence[str] = ()) -> str | None:
    """Return the official name of the data, such as "EMNIST Letters test".

    Args:
        data: the data of the evaluation.
        trained_on: names of the data sets that the model was trained on.

    Returns:
        The name; None for other data and if there is an `objection`.
    """
    known = part_of(data.names[0]) if len(data.names) == 1 else None
    if known is None or known[1] == "train" or objection(data, trained_on):
        return None
    return f"EMNIST {known[0].name.capitalize()} test"
