"""Whether one model is better than another on the same images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class McNemarResult:
    """McNemar's paired test (McNemar 1947), exact.

    n             images that both models answered
    only_first    images that the first model alone had right
    only_second   images that the second model alone had right
    p             the chance of a split at least as uneven, were both models as good
    """

    n: int
    only_first: int
    only_second: int
    p: float


def mcnemar(first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> McNemarResult:
    """Compares what two models had right, bool (n,) each, image by image.

    Only images that one of them had right count. Were both as good, each of these would fall to
    either like a coin: the two-sided binomial test with one half.
    """
    if first.shape != second.shape:
        raise ValueError(f"{first.shape} answers against {second.shape}")
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    trials = only_first + only_second
    term = total = 1  # binomial coefficients as integers, so that nothing is rounded
    for k in range(min(only_first, only_second)):
        term = term * (trials - k) // (k + 1)
        total += term
    return McNemarResult(len(first), only_first, only_second, min(1.0, 2 * total / 2**trials))
