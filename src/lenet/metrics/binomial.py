"""Exact interval of a proportion, and the upper bound of a risk."""

from __future__ import annotations

import math

import numpy as np

LEVEL = 0.95  # of an interval that names no other
_HALVINGS = 50  # of an interval 0..1: the last one is 1e-15 wide


def clopper_pearson(successes: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Compute the exact interval of a proportion (Clopper & Pearson 1934).

    It holds the true proportion with at least the probability `level`, for any n.

    Args:
        successes: number of successes, 0..n.
        n: number of trials; 0 leaves the proportion unknown.
        level: confidence level, more than 0 and less than 1.

    Returns:
        Lower and upper bound, 0..1.
    """
    tail = (1 - level) / 2
    low = 1 - upper_bound(n - successes, n, tail) if successes else 0.0
    return low, upper_bound(successes, n, tail)


def upper_bound(successes: int, n: int, tail: float) -> float:
    """Return the proportion at which so few successes have the probability `tail`; 1 for n successes.

    Args:
        successes: number of successes, 0..n.
        n: number of trials.
        tail: probability, more than 0 and less than 1, that the bound is too low.
    """
    if successes >= n:
        return 1.0
    k = np.arange(1, successes + 1)
    log_choose = np.concatenate([[0.0], np.cumsum(np.log((n - k + 1) / k))])
    k = np.arange(successes + 1)
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        log_odds = math.log(middle) - math.log1p(-middle)
        log_terms = log_choose + k * log_odds
        if np.exp(log_terms + n * math.log1p(-middle)).sum() > tail:
            low = middle
        else:
            high = middle
    return (low + high) / 2
