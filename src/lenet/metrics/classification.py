"""How often a model is right: a pure function of probabilities and labels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet.labels import LETTERS

NORMAL_95 = 1.959963984540054  # 97.5 % quantile of the normal distribution


@dataclass(frozen=True)
class Evaluation:
    """Classification metrics of n images.

    Attributes:
        n: number of images.
        correct: images whose most probable class is the label.
        interval: Wilson's 95 % score interval of the accuracy (Wilson 1927), 0..1.
        loss: mean cross-entropy, in nats.
        top5_accuracy: fraction of images whose label is among the five most probable classes.
        confusion: int64 (classes, classes): row = true class, column = predicted class; sums to n.
        classes: the class names, in output order.
    """

    n: int
    correct: int
    interval: tuple[float, float]
    loss: float
    top5_accuracy: float
    confusion: npt.NDArray[np.int64]
    classes: Sequence[str] = LETTERS

    @property
    def accuracy(self) -> float:
        """Share of images that were right, 0..1."""
        return self.correct / self.n

    def per_letter(self) -> dict[str, float]:
        """Accuracy of each class that occurs."""
        counts = self.confusion.sum(axis=1)
        return {
            letter: float(self.confusion[k, k] / counts[k])
            for k, letter in enumerate(self.classes)
            if counts[k]
        }

    def top_confusions(self, most: int = 5) -> list[tuple[str, str, int]]:
        """The most frequent errors: (label, answer, how often)."""
        errors = self.confusion - np.diag(np.diag(self.confusion))
        order = np.argsort(-errors, axis=None, kind="stable")[:most]
        pairs = [divmod(int(k), len(self.classes)) for k in order]
        return [(self.classes[a], self.classes[b], int(errors[a, b])) for a, b in pairs if errors[a, b]]

    def confusions_between(self, one: str, other: str) -> int:
        """How many images of two classes were answered with the other of the two; 0 if there are
        no such classes. With I and L: what a bare bar costs, which is either."""
        if one not in self.classes or other not in self.classes:
            return 0
        a, b = self.classes.index(one), self.classes.index(other)
        return int(self.confusion[a, b] + self.confusion[b, a])

    def accuracy_merging(self, one: str, other: str) -> float:
        """Accuracy where `confusions_between` images count as right, 0..1."""
        return (self.correct + self.confusions_between(one, other)) / self.n

    def summary(self) -> dict[str, Any]:
        """The figures that every account of an evaluation has; JSON can hold them."""
        return {
            "n": self.n,
            "right": self.correct,
            "accuracy": self.accuracy,
            "interval": list(self.interval),
            "loss": self.loss,
            "top_five": self.top5_accuracy,
            "mixed_up_i_l": self.confusions_between("I", "L"),
        }


def wilson(correct: int, n: int) -> tuple[float, float]:
    """95 % interval of a share, correct of n (Wilson 1927)."""
    share, z = correct / n, NORMAL_95
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = middle - half if correct else 0.0  # at the ends rounding would miss the exact bound
    return low, middle + half if correct < n else 1.0


def classification_metrics(
    probabilities: npt.NDArray[np.float32],
    labels: npt.NDArray[np.uint8],
    classes: Sequence[str] = LETTERS,
) -> Evaluation:
    """Compares probabilities float32 (n, classes) with labels uint8 (n,); n at least 1."""
    n = len(labels)
    if probabilities.shape != (n, len(classes)) or n == 0:
        raise ValueError(f"{probabilities.shape} probabilities for {n} labels")
    if labels.max() >= len(classes) or not np.isfinite(probabilities).all():
        raise ValueError(f"a label is not below {len(classes)}, or a probability is no number")
    own = probabilities[np.arange(n), labels]
    answers = probabilities.argmax(axis=1)
    confusion = np.bincount(labels.astype(np.int64) * len(classes) + answers, minlength=len(classes) ** 2)
    correct = int((answers == labels).sum())
    return Evaluation(
        n=n,
        correct=correct,
        interval=wilson(correct, n),
        loss=float(-np.log(np.maximum(own.astype(np.float64), 1e-30)).mean()),
        top5_accuracy=float(((probabilities > own[:, None]).sum(axis=1) < 5).mean()),
        confusion=confusion.reshape(len(classes), len(classes)).astype(np.int64),
        classes=classes,
    )
