"""Count images that stand in data sets twice: exact duplicates and near-duplicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lenet.datasets import Dataset
from lenet.datasets.near_duplicates import firsts

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Duplicates:
    """Numbers of duplicates, within each data set and between two.

    Attributes:
        within: for each data set, its images that duplicate an earlier image of it.
        between: (first set, second set): images of the second that duplicate one of the first.
        conflicts: int64 (m, 2), pairs of rows with different labels.
    """

    within: Sequence[int]
    between: Mapping[tuple[int, int], int]
    conflicts: Rows


def merge(parts: Sequence[Dataset]) -> Dataset:
    """Concatenate data sets so that they can be compared; each becomes a source.

    Where their classes differ, the result has the classes of all, with upper and lower case as
    one: the class a of one split of EMNIST is in the class A of another.
    """
    if len({part.classes for part in parts}) == 1:
        return Dataset.concatenate(parts)
    names = [[_upper(name) for name in part.classes] for part in parts]
    classes = tuple(dict.fromkeys(name for some in names for name in some))
    return Dataset.concatenate(
        [
            replace(
                part,
                classes=classes,
                labels=np.array([classes.index(name) for name in some], np.uint8)[part.labels],
            )
            for part, some in zip(parts, names, strict=True)
        ]
    )


def _upper(name: str) -> str:
    return name.upper() if len(name.upper()) == 1 else name


def exact_duplicates(merged: Dataset, sets: int) -> Duplicates:
    """Count images that are equal byte for byte.

    Args:
        merged: the data sets as `merge` returns them, numbered by `sources`.
        sets: how many there are.

    Returns:
        The numbers, and pairs of equal images with different labels.
    """
    first, source = firsts(merged.images), merged.sources
    rows = [first[source == number] for number in range(sets)]
    within = [len(own) - len(np.unique(own)) for own in rows]
    between = {(a, b): int(np.isin(rows[b], rows[a]).sum()) for a in range(sets) for b in range(a + 1, sets)}
    later = np.flatnonzero(merged.labels != merged.labels[first])
    return Duplicates(within, between, np.stack([first[later], later], axis=1))


def near_duplicates(merged: Dataset, pairs: Rows, sets: int) -> Duplicates:
    """Count images that are nearly equal.

    Args:
        merged: the data sets as `merge` returns them, numbered by `sources`.
        pairs: int64 (m, 2), rows of nearly equal images, the lower one first.
        sets: how many data sets there are.

    Returns:
        The numbers, and the pairs with different labels.
    """
    source, labels = merged.sources[pairs], merged.labels[pairs]

    def count(a: int, b: int) -> int:
        return len(np.unique(pairs[(source == (a, b)).all(axis=1), 1]))

    within = [count(a, a) for a in range(sets)]
    between = {(a, b): count(a, b) for a in range(sets) for b in range(a + 1, sets)}
    return Duplicates(within, between, pairs[labels[:, 0] != labels[:, 1]])
