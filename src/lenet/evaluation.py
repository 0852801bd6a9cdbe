"""How often a model is right: a pure function of probabilities and labels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lenet.datasets import LETTERS

NORMAL_95 = 1.959963984540054  # 97.5 % quantile of the normal distribution


@dataclass(frozen=True)
class Evaluation:
    """What was found on n images.

    n, right      images, and those whose most probable letter was their label
    interval      Wilson's 95 % interval of the accuracy (Wilson 1927), 0..1
    loss          mean cross-entropy, nats
    top_five      share of images whose label is among the five most probable
    confusion     int64 (26, 26): rows are labels, columns answers; sums to n
    """

    n: int
    right: int
    interval: tuple[float, float]
    loss: float
    top_five: float
    confusion: npt.NDArray[np.int64]

    @property
    def accuracy(self) -> float:
        """Share of images that were right, 0..1."""
        return self.right / self.n

    def per_letter(self) -> dict[str, float]:
        """Accuracy of each letter that occurs."""
        counts = self.confusion.sum(axis=1)
        return {
            letter: float(self.confusion[k, k] / counts[k])
            for k, letter in enumerate(LETTERS)
            if counts[k]
        }

    def confused(self, most: int = 5) -> list[tuple[str, str, int]]:
        """The most frequent errors: (label, answer, how often)."""
        errors = self.confusion - np.diag(np.diag(self.confusion))
        order = np.argsort(-errors, axis=None, kind="stable")[:most]
        pairs = [divmod(int(k), len(LETTERS)) for k in order]
        return [(LETTERS[a], LETTERS[b], int(errors[a, b])) for a, b in pairs if errors[a, b]]


def wilson(right: int, n: int) -> tuple[float, float]:
    """95 % interval of a share, right of n (Wilson 1927)."""
    share, z = right / n, NORMAL_95
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = middle - half if right else 0.0  # at the ends rounding would miss the exact bound
    return low, middle + half if right < n else 1.0


def score(probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.uint8]) -> Evaluation:
    """Compares probabilities float32 (n, 26) with labels uint8 (n,), 0..25; n at least 1."""
    n = len(labels)
    if probabilities.shape != (n, len(LETTERS)) or n == 0:
        raise ValueError(f"{probabilities.shape} probabilities for {n} labels")
    own = probabilities[np.arange(n), labels]
    answers = probabilities.argmax(axis=1)
    confusion = np.bincount(
        labels.astype(np.int64) * len(LETTERS) + answers, minlength=len(LETTERS) ** 2
    )
    right = int((answers == labels).sum())
    return Evaluation(
        n=n,
        right=right,
        interval=wilson(right, n),
        loss=float(-np.log(np.maximum(own.astype(np.float64), 1e-30)).mean()),
        top_five=float(((probabilities > own[:, None]).sum(axis=1) < 5).mean()),
        confusion=confusion.reshape(len(LETTERS), len(LETTERS)).astype(np.int64),
    )
