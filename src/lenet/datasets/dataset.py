"""The one type that every reader of letters returns."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet.errors import LenetError

LETTERS = string.ascii_uppercase
"""The classes: label k is LETTERS[k]; upper and lower case are one class."""

SIDE = 28
MAX_ROWS = 1_000_000  # of one file; the largest split of EMNIST has 814,255

_ENDINGS = (".jsonl.gz", ".jsonl", ".npz", "-images-idx3-ubyte.gz", "-images-idx3-ubyte")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled letters.

    images  uint8 (n, 28, 28), upright, ink bright
    labels  uint8 (n,), 0..25
    names   the sources that it was made of
    groups  int64 (n,), equal for images made of one original (one drawing at several pen widths);
            without it every image is its own group. A split never parts a group.
    credits whom the letters are owed to and under which licence, a line each, where the licence
            asks for it; they go into the metadata of models

    Raises LenetError for other dtypes, shapes or ranges.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    names: tuple[str, ...] = ()
    groups: npt.NDArray[np.int64] = None  # type: ignore[assignment]  # replaced below
    credits: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        images, labels = self.images, self.labels
        if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (SIDE, SIDE):
            raise LenetError(f"images must be uint8 (n, 28, 28), not {images.dtype} {images.shape}")
        if labels.dtype != np.uint8 or labels.shape != (len(images),):
            raise LenetError(
                f"labels must be uint8 ({len(images)},), not {labels.dtype} {labels.shape}"
            )
        if labels.max(initial=0) >= len(LETTERS):
            raise LenetError(f"labels must be 0..25; there is a {labels.max()}")
        groups = np.arange(len(images)) if self.groups is None else self.groups
        if groups.dtype.kind not in "iu" or groups.shape != labels.shape:
            raise LenetError(f"groups must be integers ({len(images)},), not {groups.shape}")
        object.__setattr__(self, "images", np.ascontiguousarray(images))
        object.__setattr__(self, "groups", groups.astype(np.int64))

    def __len__(self) -> int:
        return len(self.images)

    @classmethod
    def concatenate(cls, parts: Sequence[Dataset]) -> Dataset:
        """One data set of several, in their order; groups of different parts stay apart."""
        if not parts:
            raise LenetError("no data sets to put together; give at least one")
        groups, first = [], 0
        for part in parts:
            _, number = np.unique(part.groups, return_inverse=True)
            groups.append(number + first)
            first += int(number.max(initial=-1)) + 1
        return cls(
            np.concatenate([part.images for part in parts]),
            np.concatenate([part.labels for part in parts]),
            tuple(dict.fromkeys(name for part in parts for name in part.names)),
            np.concatenate(groups),
            tuple(dict.fromkeys(line for part in parts for line in part.credits)),
        )

    def take(self, indices: npt.ArrayLike) -> Dataset:
        """The rows `indices` (integers, or a bool for each row), in that order."""
        rows = np.asarray(indices)
        if rows.size == 0:
            rows = rows.astype(np.intp)  # an empty list arrives as float64
        return replace(
            self, images=self.images[rows], labels=self.labels[rows], groups=self.groups[rows]
        )

    def counts(self) -> npt.NDArray[np.int64]:
        """Images of each class: int64 (26,)."""
        return np.bincount(self.labels, minlength=len(LETTERS)).astype(np.int64)


def source_name(path: str | Path) -> str:
    """A file's name without folder and ending: what is published with a model trained on it."""
    name = Path(path).name
    for ending in _ENDINGS:
        if name.endswith(ending):
            return name.removesuffix(ending)
    return name
