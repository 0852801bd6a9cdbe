"""The data set: the type that every reader of letters returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet.engine.abi import SIDE as SIDE
from lenet.errors import DataError
from lenet.labels import LETTERS, MAX_CLASSES

MAX_ROWS = 1_000_000  # in one file; the largest split of EMNIST has 814,255

FREE, TRAIN, VALIDATION, TEST = range(4)
FIXED_PARTS = {"train": TRAIN, "validation": VALIDATION, "test": TEST}
"""Parts that the data fix, by their names in files; FREE images are split by `lenet.datasets.splits`."""

_ARRAYS = ("images", "labels", "groups", "sources", "parts")
_ENDINGS = (
    ".jsonl.gz",
    ".jsonl",
    ".npz",
    *(f"-images{mark}idx3-ubyte{end}" for mark in "-." for end in (".gz", "")),
    ".tgz",
    ".tar.gz",
    ".tar",
    ".zip",
    ".dat",
    ".unp",
)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled letters.

    Attributes:
        images: uint8 (n, 28, 28), upright, ink bright.
        labels: uint8 (n,), 0..len(classes)-1.
        names: names of the data sets that it consists of.
        groups: int64 (n,), equal for images of one original, such as one drawing at several pen
            widths. By default each image is a group. A group stays in one part.
        attributions: lines that the licences ask for; they go into the metadata of models.
        sources: int64 (n,), the number of the data set that each image is from; 0 by default.
        parts: uint8 (n,), the fixed part of each image, one of FIXED_PARTS; 0 by default: none is fixed.
        classes: the character of each label, 2 to 256 of them; A-Z by default.
        notes: what the user should know of how the files were read, such as files that were left out.

    Raises:
        LenetError: a dtype, shape or range is another.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    names: tuple[str, ...] = ()
    groups: npt.NDArray[np.int64] = None  # type: ignore[assignment]  # replaced below
    attributions: tuple[str, ...] = ()
    sources: npt.NDArray[np.int64] = None  # type: ignore[assignment]  # replaced below
    parts: npt.NDArray[np.uint8] = None  # type: ignore[assignment]  # replaced below
    classes: tuple[str, ...] = tuple(LETTERS)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        images, labels = self.images, self.labels
        if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (SIDE, SIDE):
            raise DataError(f"images must be uint8 (n, 28, 28), not {images.dtype} {images.shape}")
        if labels.dtype != np.uint8 or labels.shape != (len(images),):
            raise DataError(f"labels must be uint8 ({len(images)},), not {labels.dtype} {labels.shape}")
        classes = self.classes
        if not 2 <= len(classes) <= MAX_CLASSES or len(set(classes)) != len(classes):
            raise DataError(f"{len(classes)} classes; give 2..{MAX_CLASSES}, all different")
        if any(len(name) != 1 for name in classes):
            raise DataError("classes must be one character each, such as A")
        if labels.max(initial=0) >= len(classes):
            raise DataError(f"labels must be 0..{len(classes) - 1}; there is a {labels.max()}")
        groups = np.arange(len(images)) if self.groups is None else self.groups
        if groups.dtype.kind not in "iu" or groups.shape != labels.shape:
            raise DataError(f"groups must be integers ({len(images)},), not {groups.shape}")
        sources = np.zeros(len(images), np.int64) if self.sources is None else self.sources
        if sources.dtype.kind not in "iu" or sources.shape != labels.shape:
            raise DataError(f"sources must be integers ({len(images)},), not {sources.shape}")
        parts = np.zeros(len(images), np.uint8) if self.parts is None else self.parts
        if parts.dtype != np.uint8 or parts.shape != labels.shape or parts.max(initial=0) > TEST:
            raise DataError(
                f"parts must be uint8 ({len(images)},) of 0..{TEST}, not {parts.dtype} {parts.shape}"
            )
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "images", np.ascontiguousarray(images))
        object.__setattr__(self, "groups", groups.astype(np.int64))
        object.__setattr__(self, "sources", sources.astype(np.int64))

    def __len__(self) -> int:
        return len(self.images)

    @classmethod
    def concatenate(cls, parts: Sequence[Dataset]) -> Dataset:
        """Join data sets in their order; groups and sources are numbered anew from 0.

        Raises:
            LenetError: there are no parts, or their classes differ.
        """
        if not parts:
            raise DataError("no data sets to put together; give at least one")
        for part in parts:
            if part.classes != parts[0].classes:
                raise DataError(
                    f"{parts[0].describe_classes()}, but {part.describe_classes()}; "
                    "put together sets of the same classes"
                )
        return cls(
            np.concatenate([part.images for part in parts]),
            np.concatenate([part.labels for part in parts]),
            tuple(dict.fromkeys(name for part in parts for name in part.names)),
            _numbered([part.groups for part in parts]),
            tuple(dict.fromkeys(line for part in parts for line in part.attributions)),
            _numbered([part.sources for part in parts]),
            np.concatenate([part.parts for part in parts]),
            parts[0].classes,
            tuple(note for part in parts for note in part.notes),
        )

    def take(self, indices: npt.ArrayLike) -> Dataset:
        """Return the rows `indices` (integers, or a bool for each row), in that order."""
        rows = np.asarray(indices)
        if rows.size == 0:
            rows = rows.astype(np.intp)  # an empty list arrives as float64
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        return replace(self, **{name: array[rows] for name, array in arrays.items()})

    def with_classes(self, classes: Sequence[str]) -> Dataset:
        """Return the images whose class is among other classes, with the numbers of these.

        A class that is not among them counts as its upper-case letter.
        """
        numbers = {name: number for number, name in enumerate(classes)}
        new = np.array([numbers.get(name, numbers.get(name.upper(), -1)) for name in self.classes])
        kept = self.take(new[self.labels] >= 0)
        return replace(kept, labels=new[kept.labels].astype(np.uint8), classes=tuple(classes))

    def counts(self) -> npt.NDArray[np.int64]:
        """Count the images of each class: int64 (classes,)."""
        return np.bincount(self.labels, minlength=len(self.classes)).astype(np.int64)

    def describe_classes(self) -> str:
        """Return names and classes for messages: "a, b: 10 classes, 0..9"."""
        names, classes = ", ".join(self.names) or "a data set", self.classes
        return f"{names}: {len(classes)} classes, {classes[0]}..{classes[-1]}"


def _numbered(parts: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    """Concatenate the parts, renumbered so that no two parts share a number."""
    numbers, first = [], 0
    for part in parts:
        _, number = np.unique(part, return_inverse=True)
        numbers.append(number + first)
        first += int(number.max(initial=-1)) + 1
    return np.concatenate(numbers)


def source_name(path: str | Path) -> str:
    """Return a file's name without folder and ending; models trained on the file publish this name."""
    name = Path(path).name.encode(errors="surrogateescape").decode(errors="replace")
    for ending in _ENDINGS:
        if name.endswith(ending):
            return name.removesuffix(ending)
    return name
