"""Samples: training images, how often each is drawn, and the soft targets of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lenet.datasets import Dataset
from lenet.datasets.synthetic.outliers import with_outliers
from lenet.errors import LenetError
from lenet.training.targets import smoothed_targets

Weights = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Samples:
    """Images to train on.

    Attributes:
        data: images and labels.
        weights: float64 (n,), how often each image is drawn, relative to the others.
        targets: float32 (n, classes), soft targets; None: the labels, smoothed by the recipe.
        num_outliers: number of synthetic outliers; of a transfer set, in the set it was drawn from.
        is_transfer_set: whether the images were augmented already, and are not augmented again.
        num_letters: number of letters; of a transfer set, in the set it was drawn from.
    """

    data: Dataset
    weights: Weights
    targets: npt.NDArray[np.float32] | None = None
    num_outliers: int = 0
    is_transfer_set: bool = False
    num_letters: int = -1

    def __post_init__(self) -> None:
        if self.num_letters < 0:
            object.__setattr__(self, "num_letters", len(self.data) - self.num_outliers)

    def __len__(self) -> int:
        return len(self.data)


def sample_weights(train: Dataset, class_balance: float, data_weights: Sequence[float] = ()) -> Weights:
    """Return how often each training image is drawn, relative to the others: float64 (n,).

    Args:
        train: the training set.
        class_balance: an image of a class of n counts n^-class_balance.
        data_weights: relative weight of each of the training set's sources; empty: by its size.

    Raises:
        LenetError: another number of data weights than of sources.
    """
    sources = train.sources if data_weights else np.zeros_like(train.sources)
    count = int(train.sources.max()) + 1
    if data_weights and len(data_weights) != count:
        raise LenetError(f"{len(data_weights)} weights for {count} data sets; give one each")
    weights = np.empty(len(train))
    for source in np.unique(sources):
        rows = np.flatnonzero(sources == source)
        labels = train.labels[rows]
        of_class = np.maximum(np.bincount(labels), 1) ** -float(class_balance)
        weights[rows] = of_class[labels]
        if data_weights:
            weights[rows] *= data_weights[source] / weights[rows].sum()
    return weights


def add_outliers(samples: Samples, ratio: float, smoothing: float, seed: int) -> Samples:
    """Return the samples and `ratio` synthetic outliers for each letter, with uniform targets.

    Args:
        samples: letters.
        ratio: number of outliers for each letter; an epoch becomes longer by as much.
        smoothing: label smoothing of the letters' targets, 0..1.
        seed: random seed of the outliers.
    """
    if not ratio:
        return samples
    targets = samples.targets
    if targets is None:
        targets = smoothed_targets(samples.data, smoothing)
    data, targets = with_outliers(samples.data, targets, ratio, seed=seed)
    added = len(data) - len(samples)
    each = samples.weights.sum() * ratio / max(1, added)
    weights = np.concatenate([samples.weights, np.full(added, each)])
    return replace(samples, data=data, weights=weights, targets=targets, num_outliers=added)
