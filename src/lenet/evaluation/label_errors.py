"""Find probable label errors by confident learning.

Northcutt, Jiang, Chuang 2021, Confident learning: estimating uncertainty in dataset labels, JAIR
70, section 3.1. The networks judge images that they were not trained on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from lenet._util import rng
from lenet.datasets import Dataset
from lenet.training.options import TrainingOptions
from lenet.training.recipes import Recipe
from lenet.training.trainer import prepare

FOLDS = 3
MIN_EPOCHS = 8  # of each network
IMAGES_SEEN = 60_000  # by each network, over all epochs; small data sets need more epochs
RECIPE = Recipe(batch_size=64)
NETWORK = "holzweber2021"

Probabilities = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LabelIssues:
    """Probable label errors of a data set.

    Attributes:
        rows: int64 (m,), rows whose labels are probably wrong, least plausible first.
        suggested: int64 (m,), the predicted classes.
        judge: a sentence on the model that judged, or why none did.
    """

    rows: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    suggested: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    judge: str = ""


def num_epochs(data: Dataset) -> int:
    """Return how many epochs each of the `FOLDS` networks is trained."""
    return max(MIN_EPOCHS, math.ceil(IMAGES_SEEN / max(1, len(data))))


def out_of_fold_probabilities(
    data: Dataset,
    threads: int = 1,
    progress: Callable[[], object] = lambda: None,
) -> Probabilities:
    """Predict each image with a network that was not trained on it (cross-validation).

    The groups are divided randomly into three folds; for each fold, a network is trained on the
    two others. The same data give the same probabilities.

    Args:
        data: images and labels.
        threads: how many the engine uses.
        progress: called after each of the `FOLDS` * `num_epochs(data)` epochs.

    Returns:
        float32 (n, classes).

    Raises:
        DataError: there are too few images to train on.
    """
    _, group = np.unique(data.groups, return_inverse=True)
    key = rng.uniform(int(group.max(initial=-1)) + 1, 0, rng.FOLDS)
    fold = (key * FOLDS).astype(np.int64)[group]
    probabilities = np.empty((len(data), len(data.classes)), np.float32)
    for k in range(FOLDS):
        training = prepare(
            NETWORK,
            data.take(fold != k),
            RECIPE,
            TrainingOptions(num_epochs=num_epochs(data), threads=threads),
        )
        for _ in training.epochs():
            progress()
        held_out = np.flatnonzero(fold == k)
        images = data.images[held_out]
        probabilities[held_out] = training.network.predict(training.state.parameters, images, threads=threads)
    return probabilities


def find_label_issues(probabilities: Probabilities, labels: npt.NDArray[np.uint8]) -> Rows:
    """Find the rows whose labels are probably wrong.

    A class is a candidate for an image if its probability reaches the mean probability of that
    class among the images labelled so. If the most probable candidate is not the label, the row is
    an issue.

    Args:
        probabilities: float32 (n, classes), of a network that was not trained on these images.
        labels: uint8 (n,).

    Returns:
        int64 (m,), in rising order of the label's probability minus the highest other one.
    """
    classes = probabilities.shape[1]
    own = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    counts = np.bincount(labels, minlength=classes)
    threshold = np.full(classes, np.inf)
    np.divide(np.bincount(labels, own, classes), counts, out=threshold, where=counts > 0)
    confident = np.where(probabilities >= threshold, probabilities, -1.0)
    best = confident.argmax(axis=1)
    rows = np.flatnonzero((confident.max(axis=1) >= 0) & (best != labels))
    others = probabilities[rows].copy()
    others[np.arange(len(rows)), labels[rows]] = -1
    margin = own[rows] - others.max(axis=1, initial=-1)
    return rows[np.argsort(margin, kind="stable")]
