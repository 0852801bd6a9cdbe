"""Measure whether collected letters look like the base data: the test of `lenet.bulk.drift`, class by class.

The labels are known here, so both sides have equally many letters of each class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lenet._util import rng
from lenet.bulk.drift import MIN_LETTERS, tell_apart
from lenet.datasets import Dataset
from lenet.metrics.binomial import clopper_pearson

MAX_LETTERS = 1000  # of each set

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Drift:
    """How well a network tells two sets of letters apart.

    Attributes:
        n: letters that it was measured on, half of each set.
        accuracy: fraction of them that it assigns to their set, 0..1; 0.5 if the sets are alike.
        low: lower bound of the exact 95 % interval (Clopper & Pearson 1934).
        high: upper bound.
    """

    n: int
    accuracy: float
    low: float
    high: float


def measure_drift(base: Dataset, new: Dataset, threads: int = 1) -> Drift | None:
    """Measure how well a network tells two sets apart.

    Both sets have equally many letters of each class, so that the letters themselves tell nothing.

    Args:
        base: letters that are known.
        new: letters that are collected, drawn with the same pen width.
        threads: number of threads.

    Returns:
        The result; None if there are too few letters of common classes.
    """
    base_rows, new_rows = matched_rows(base.labels, new.labels)
    if len(base_rows) < MIN_LETTERS:
        return None
    rest, probabilities = tell_apart(base.take(base_rows), new.images[new_rows], threads=threads)
    correct = int((probabilities.argmax(axis=1) == rest.labels).sum())
    return Drift(len(rest), correct / len(rest), *clopper_pearson(correct, len(rest)))


def matched_rows(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> tuple[Rows, Rows]:
    """Choose equally many rows of each class from two sets, at random, at most `MAX_LETTERS` of each set.

    Args:
        first: uint8 (n,), the labels of a set.
        second: uint8 (m,), the labels of the other.

    Returns:
        int64 (k,) and int64 (k,), rows of either, in the order of their classes.
    """
    counts = np.minimum(np.bincount(first, minlength=256), np.bincount(second, minlength=256))
    if (total := int(counts.sum())) > MAX_LETTERS:
        counts = counts * MAX_LETTERS // total
    chosen = []
    for labels in (first, second):
        key = rng.uniform(len(labels), 0, rng.SAMPLES)
        rows = [np.flatnonzero(labels == label) for label in range(256)]
        chosen.append(
            np.concatenate(
                [own[np.argsort(key[own], kind="stable")[:n]] for own, n in zip(rows, counts, strict=True)]
            )
        )
    return chosen[0], chosen[1]
