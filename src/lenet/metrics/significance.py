"""Significance: whether one model is better than another on the same images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


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
