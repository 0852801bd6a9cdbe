"""The decision rule once more, in float64 NumPy: the oracle of `lenet_judge` in core/lenet.h."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

CANDIDATES = 5


class Decision(NamedTuple):
    """The verdict, and the most probable classes with their probabilities, best first."""

    verdict: str
    classes: tuple[int, ...]
    probabilities: tuple[float, ...]


def entropy(probabilities: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """Return Shannon's entropy of each row in nats."""
    p = probabilities.astype(np.float64)
    return np.asarray(-(p * np.log(np.where(p > 0, p, 1))).sum(axis=1))


def verdicts(
    probabilities: npt.NDArray[np.float32], min_probability: float | None, max_entropy: float | None
) -> list[str]:
    """Return the verdict of each row; a highest probability is compared as float32."""
    result = np.full(len(probabilities), "letter", dtype=object)
    if min_probability is not None:
        result[probabilities.max(axis=1) < np.float32(min_probability)] = "unsure"
    if max_entropy is not None:
        result[entropy(probabilities) > max_entropy] = "not-a-letter"
    return [str(verdict) for verdict in result]


def decisions(
    probabilities: npt.NDArray[np.float32], min_probability: float | None, max_entropy: float | None
) -> list[Decision]:
    """Decide by each row; equal probabilities keep the order of their classes."""
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :CANDIDATES]
    return [
        Decision(verdict, tuple(best.tolist()), tuple(row[best].tolist()))
        for verdict, row, best in zip(
            verdicts(probabilities, min_probability, max_entropy), probabilities, order, strict=True
        )
    ]
