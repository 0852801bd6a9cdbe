"""Classification: accuracy, its interval, top-5 accuracy, cross-entropy and confusion."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lenet.labels import LETTERS

NORMAL_95 = 1.959963984540054  # 97.5 % quantile of the normal distribution


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Classification metrics of n images.

    Attributes:
        n: number of images.
        correct: images whose predicted class is the label.
        interval: Wilson's 95 % score interval of the accuracy (Wilson 1927), 0..1.
        loss: mean cross-entropy, in nats.
        top5_accuracy: fraction of images whose label is among the five most probable classes.
        confusion: int64 (classes, classes); rows are true classes, columns predicted; sums to n.
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
        """Return the fraction of images whose predicted class is the label, 0..1."""
        return self.correct / self.n

    def per_class_accuracy(self) -> dict[str, float]:
        """Return the accuracy (recall) of each class that has images, 0..1."""
        counts = self.confusion.sum(axis=1)
        return {
            name: float(self.confusion[k, k] / counts[k]) for k, name in enumerate(self.classes) if counts[k]
        }

    def top_confusions(self, limit: int = 5) -> list[tuple[str, str, int]]:
        """List the most frequent errors as (true class, predicted class, count)."""
        errors = self.confusion - np.diag(np.diag(self.confusion))
        order = np.argsort(-errors, axis=None, kind="stable")[:limit]
        pairs = [divmod(int(k), len(self.classes)) for k in order]
        return [(self.classes[a], self.classes[b], int(errors[a, b])) for a, b in pairs if errors[a, b]]

    def confusions_between(self, first: str, second: str) -> int:
        """Count images of either class that are predicted as the other; 0 for unknown classes.

        A bare bar is an I or an L, so these errors of I and L cannot all be avoided.
        """
        if first not in self.classes or second not in self.classes:
            return 0
        a, b = self.classes.index(first), self.classes.index(second)
        return int(self.confusion[a, b] + self.confusion[b, a])

    def accuracy_merging(self, first: str, second: str) -> float:
        """Return the accuracy if two classes were one, 0..1."""
        return (self.correct + self.confusions_between(first, second)) / self.n


def wilson_interval(correct: int, n: int) -> tuple[float, float]:
    """Compute the 95 % score interval of a proportion (Wilson 1927).

    Args:
        correct: number of successes, 0..n.
        n: number of trials, at least 1.

    Returns:
        Lower and upper bound, 0..1.
    """
    fraction, z = correct / n, NORMAL_95
    middle = (fraction + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(fraction * (1 - fraction) / n + z * z / (4 * n * n))
    low = middle - half if correct else 0.0  # at the ends rounding would miss the exact bound
    return low, middle + half if correct < n else 1.0


def classification_metrics(
    probabilities: npt.NDArray[np.float32],
    labels: npt.NDArray[np.uint8],
    classes: Sequence[str] = LETTERS,
) -> Evaluation:
    """Compare predicted probabilities with labels.

    Args:
        probabilities: float32 (n, classes); n at least 1.
        labels: uint8 (n,), 0..classes-1.
        classes: the class names, in output order.

    Returns:
        Accuracy, interval, loss, top-5 accuracy and confusion matrix.

    Raises:
        ValueError: shapes differ, a label is out of range, or a probability is not finite.
    """
    n = len(labels)
    if probabilities.shape != (n, len(classes)) or n == 0:
        raise ValueError(f"{probabilities.shape} probabilities for {n} labels")
    if labels.max() >= len(classes) or not np.isfinite(probabilities).all():
        raise ValueError(f"a label is not below {len(classes)}, or a probability is not finite")
    own = probabilities[np.arange(n), labels]
    predicted = probabilities.argmax(axis=1)
    confusion = np.bincount(labels.astype(np.int64) * len(classes) + predicted, minlength=len(classes) ** 2)
    correct = int((predicted == labels).sum())
    return Evaluation(
        n=n,
        correct=correct,
        interval=wilson_interval(correct, n),
        loss=float(-np.log(np.maximum(own.astype(np.float64), 1e-30)).mean()),
        top5_accuracy=float(((probabilities > own[:, None]).sum(axis=1) < 5).mean()),
        confusion=confusion.reshape(len(classes), len(classes)).astype(np.int64),
        classes=classes,
    )
