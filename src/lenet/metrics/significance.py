"""Significance: whether one model is better than another on the same images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lenet.metrics.classification import NORMAL_95

_BISECTIONS = 100  # halve an interval of length 2 below the last bit of a float64


@dataclass(frozen=True)
class McNemarResult:
    """Result of McNemar's exact paired test (McNemar 1947).

    Attributes:
        n: images that both models predicted.
        only_first: images that only the first model predicted correctly.
        only_second: images that only the second model predicted correctly.
        p: two-sided p-value, 0..1, of the hypothesis that both models are equally accurate.
    """

    n: int
    only_first: int
    only_second: int
    p: float


def mcnemar(first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> McNemarResult:
    """Compare two models on the same images.

    Only images that exactly one model predicts correctly count. If both models were equally
    accurate, each would belong to either model with probability one half (binomial test).

    Args:
        first: bool (n,), whether the first model's prediction is correct.
        second: bool (n,), the same of the second model.

    Returns:
        Counts and p-value.

    Raises:
        ValueError: the shapes differ.
    """
    if first.shape != second.shape:
        raise ValueError(f"{first.shape} predictions against {second.shape}")
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    trials = only_first + only_second
    term = total = 1  # binomial coefficients as integers, so that nothing is rounded
    for k in range(min(only_first, only_second)):
        term = term * (trials - k) // (k + 1)
        total += term
    return McNemarResult(len(first), only_first, only_second, min(1.0, 2 * total / 2**trials))


@dataclass(frozen=True)
class PairedDifference:
    """Difference of two accuracies on the same images, -1..1, with its 95 % interval.

    Attributes:
        value: accuracy of the first model minus that of the second.
        low: lower bound of the interval.
        high: upper bound.
    """

    value: float
    low: float
    high: float


def paired_difference(result: McNemarResult) -> PairedDifference:
    """Return the difference of two accuracies with its score interval (Tango 1998).

    The interval has the differences that the score test does not reject at 5 %. It keeps its coverage for
    few images and for models that rarely differ, where Wald's interval is too narrow.

    Args:
        result: counts of at least one image.
    """
    n, first, second = result.n, result.only_first, result.only_second
    value = (first - second) / n

    def score(difference: float) -> float:
        """Return the score statistic, which falls as the difference rises."""
        linear = -first - second + (2 * n - first + second) * difference
        product = -second * difference * (1 - difference)
        root = math.sqrt(max(0.0, linear * linear - 8 * n * product))
        probability = (root - linear) / (4 * n)  # of "only the second", restricted to this difference
        variance = n * (2 * probability + difference * (1 - difference))
        excess = first - second - n * difference
        return excess / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, excess)

    def bound(limit: float, low: float, high: float) -> float:
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            low, high = (middle, high) if score(middle) > limit else (low, middle)
        return (low + high) / 2

    return PairedDifference(value, bound(NORMAL_95, -1.0, value), bound(-NORMAL_95, value, 1.0))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number (Holm 1979), in their order, 0..1.

    If each is compared with 5 %, the probability of at least one false rejection is at most 5 %.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, k in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p_values[k]))
        adjusted[k] = highest
    return adjusted


def sign_flip_test(differences: Sequence[int]) -> float:
    """Return the one-sided p-value of an exact paired permutation test of groups (Fisher 1935).

    If both models were equally good, the difference of each group would have either sign with probability one
    half. Groups of one image each make this McNemar's exact test, one-sided.

    Args:
        differences: for each group, such as a writer's letters, the images that only the first model predicts
            correctly, minus the images that only the second does.

    Returns:
        The probability, 0..1, of a sum at least as high as the observed one.
    """
    sizes = [abs(difference) for difference in differences if difference]
    distribution = np.ones(1)  # of the sum, from -total in steps of 1
    for size in sizes:
        wider = np.zeros(len(distribution) + 2 * size)
        wider[: len(distribution)] += distribution / 2
        wider[2 * size :] += distribution / 2
        distribution = wider
    return float(min(1.0, distribution[sum(differences) + sum(sizes) :].sum()))
