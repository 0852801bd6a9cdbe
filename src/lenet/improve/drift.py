"""Measure whether collected letters look like the base data: a classifier two-sample test.

A network learns to tell the two sets apart; its accuracy on letters that it has not seen is the measure
(Lopez-Paz & Oquab 2017, Revisiting classifier two-sample tests). 50 % means that they look alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lenet import metrics
from lenet._util import rng
from lenet.datasets import Dataset
from lenet.training import NO_AUGMENTATION, Recipe, TrainingOptions, prepare

MAX_LETTERS = 1000  # of each set
MIN_LETTERS = 50  # of each set; fewer say nothing
IMAGES_SEEN = 20_000  # by the network, over all epochs
RECIPE = Recipe(batch_size=64, augmentation=NO_AUGMENTATION)
NETWORK = "holzweber2021"
CLASSES = ("B", "N")  # base, new

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Drift:
    """How well a network tells two sets of letters apart.

    Attributes:
        n: letters that it was measured on, half of each set.
        accuracy: fraction of them that it assigns to their set, 0..1; 0.5 if the sets are alike.
        low: lower bound of Wilson's 95 % interval.
        high: upper bound.
    """

    n: int
    accuracy: float
    low: float
    high: float


def measure_drift(base: Dataset, new: Dataset, threads: int = 1) -> Drift | None:
    """Train a network to tell two sets apart on one half of their letters, and measure it on the other.

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
    images = np.concatenate([base.images[base_rows], new.images[new_rows]])
    labels = np.repeat(np.arange(2, dtype=np.uint8), len(base_rows))
    data = Dataset(images, labels, ("base", "new"), classes=CLASSES)
    learned = np.tile(rng.uniform(len(base_rows), 0, rng.FOLDS) < 0.5, 2)
    epochs = max(4, IMAGES_SEEN // max(1, int(learned.sum())))
    options = TrainingOptions(num_epochs=epochs, threads=threads)
    trainer = prepare(NETWORK, data.take(learned), RECIPE, options)
    trainer.fit()
    rest = data.take(~learned)
    probabilities = trainer.network.predict(trainer.state.parameters, rest.images, threads=threads)
    correct = int((probabilities.argmax(axis=1) == rest.labels).sum())
    return Drift(len(rest), correct / len(rest), *metrics.wilson_interval(correct, len(rest)))


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
