"""Split data sets into fixed parts: training, validation and test."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lenet._util import rng
from lenet.datasets.dataset import FREE, TEST, TRAIN, VALIDATION, Dataset
from lenet.errors import DataError


def train_validation_split(dataset: Dataset, share: float = 0.1, seed: int = 0) -> tuple[Dataset, Dataset]:
    """Split a data set into a training set and a validation set, both in the order of the data.

    In each class the groups get a fixed random order, and the first `share` of them (rounded)
    form the validation set. Images of one original stay together. Writers are *not* kept apart,
    except where the data fix the parts, as exports of contributions do; for an accuracy on new
    writers, evaluate on other data.

    Args:
        dataset: at least two groups.
        share: fraction of the groups of each class that validate.
        seed: 0..2^32-1; the split depends only on the data, the share and the seed.

    Raises:
        LenetError: the share is not in 0..1, or a part would be empty.
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
    is_fixed = (dataset.parts == TRAIN) | (dataset.parts == VALIDATION)
    rows = np.where(is_fixed, dataset.parts == VALIDATION, rows)
    if rows.all() or not rows.any():
        raise DataError(f"{len(dataset)} images are too few to validate on {share:g} of them; give more data")
    return dataset.take(~rows), dataset.take(rows)


class TrainTest(NamedTuple):
    """Two parts of a data set that share no image."""

    train: Dataset
    test: Dataset


def train_test_split(dataset: Dataset) -> TrainTest:
    """Split a data set into four fifths for training and the fifth of `holdout_mask` for the test.

    A part of a very small data set may be empty.
    """
    test = holdout_mask(dataset)
    return TrainTest(dataset.take(~test), dataset.take(test))


def holdout_mask(dataset: Dataset) -> npt.NDArray[np.bool_]:
    """Return which images belong to the test part: bool (n,), about a fifth.

    It depends only on each image's bytes, so equal images belong to one part in every file; where
    the data fix the parts, these count.
    """
    digests = (hashlib.sha256(image).digest() for image in dataset.images)
    rows = np.array([digest[0] * 5 < 256 for digest in digests], np.bool_)
    return np.where(dataset.parts == FREE, rows, dataset.parts == TEST)
