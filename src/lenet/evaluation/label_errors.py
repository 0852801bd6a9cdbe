"""Labels that are probably wrong: confident learning.

Northcutt, Jiang, Chuang 2021, Confident learning: estimating uncertainty in dataset labels, JAIR
70, section 3.1. The network judges images that it was not trained on.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from lenet._util import rng
from lenet.datasets import Dataset
from lenet.training.recipes import Recipe
from lenet.training.trainer import Training

FOLDS = 3
EPOCHS, SEEN = 8, 60_000  # of each network: at least so many epochs, and about so many images
RECIPE = Recipe(batch=64)
NETWORK = "holzweber2021"

Probabilities = npt.NDArray[np.float32]


def epochs(data: Dataset) -> int:
    """How long each of the FOLDS networks is trained: of few images, more often."""
    return max(EPOCHS, math.ceil(SEEN / max(1, len(data))))


def out_of_fold(
    data: Dataset,
    threads: int = 1,
    progress: Callable[[], object] = lambda: None,
) -> Probabilities:
    """What networks say of images that they were not trained on: float32 (n, classes).

    The groups are put in three parts at random; a network for each part is trained on the two
    others. The same data give the same probabilities. `progress` is called after each of the
    FOLDS * `epochs` epochs. Raises LenetError for data that are too few.
    """
    _, group = np.unique(data.groups, return_inverse=True)
    key = rng.uniform(int(group.max(initial=-1)) + 1, 0, rng.FOLDS)
    fold = (key * FOLDS).astype(np.int64)[group]
    found = np.empty((len(data), len(data.classes)), np.float32)
    for k in range(FOLDS):
        training = Training(
            NETWORK, data.take(fold != k), epochs=epochs(data), threads=threads, recipe=RECIPE
        )
        for _ in training.epochs():
            progress()
        held = np.flatnonzero(fold == k)
        found[held] = training.network.predict(training.parameters, data.images[held], threads=threads)
    return found


def find_label_issues(probabilities: Probabilities, labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """The rows whose labels are probably wrong, the most suspicious first: int64 (m,).

    probabilities  float32 (n, classes), of a network that was not trained on these images
    labels         uint8 (n,)

    An image counts for a class where its probability reaches the mean of the images that are
    labelled so; of several the most probable. Where that is another class than its label, the
    label is suspicious; the order is that of the probability of the label less the highest other.
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
