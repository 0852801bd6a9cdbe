"""Fixed parts of data sets: the one that validates, and the one that is never trained on."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lenet._util import rng
from lenet.datasets.dataset import Dataset
from lenet.errors import DataError


def train_validation_split(dataset: Dataset, share: float = 0.1, seed: int = 0) -> tuple[Dataset, Dataset]:
    """Parts a data set in (training, validation), both in the order of the data.

    In each class the groups are put in a fixed random order and the first `share` of them
    (rounded) validate. So the parts depend on the data, the share and the seed alone, every class
    has its share, and images of one original stay together: a drawing is validated by nothing
    that was trained at another pen width. Writers are *not* kept apart; for new writers measure
    on data of their own.

    Raises LenetError for a share outside 0..1 and where a part would be empty.
    """
    if not 0 < share < 1:
        raise DataError(f"validation share {share} is out of range; give more than 0, less than 1")
    _, first, group = np.unique(dataset.groups, return_index=True, return_inverse=True)
    labels = dataset.labels[first]  # of each group
    counts = np.bincount(labels, minlength=len(dataset.classes))
    key = rng.uniform(len(labels), seed, rng.VALIDATION_SPLIT)
    order = np.lexsort((key, labels))  # class by class, at random within one
    position = np.empty(len(labels), np.int64)
    position[order] = np.arange(len(labels)) - np.repeat(np.cumsum(counts) - counts, counts)
    held = position < np.floor(share * counts + 0.5)[labels]
    rows = held[group]  # of each image
    if rows.all() or not rows.any():
        raise DataError(f"{len(dataset)} images are too few to validate on {share:g} of them; give more data")
    return dataset.take(~rows), dataset.take(rows)


class TrainTest(NamedTuple):
    """Two parts of a data set that share no image."""

    train: Dataset
    test: Dataset


def train_test_split(dataset: Dataset) -> TrainTest:
    """Splits a data set into four fifths to train with and the fifth that is held out of it.

    Either part is empty where a data set is very small.
    """
    test = holdout_mask(dataset)
    return TrainTest(dataset.take(~test), dataset.take(test))


def holdout_mask(dataset: Dataset) -> npt.NDArray[np.bool_]:
    """Which images are in the fifth that is held out of a data set: bool (n,).

    A function of each image's bytes alone, so equal images are on one side, whatever the file.
    """
    digests = (hashlib.sha256(image).digest() for image in dataset.images)
    return np.array([digest[0] * 5 < 256 for digest in digests], np.bool_)
