"""Selective prediction: how well a score ranks predictions, and letters against outliers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.floating]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RiskCoverage:
    """A risk-coverage curve (El-Yaniv & Wiener 2010), one point for each threshold.

    Images of equal confidence are accepted together.

    Attributes:
        coverage: float64 (k,), rising to 1: fraction of images that a threshold accepts.
        risk: float64 (k,), 0..1: fraction of errors among the accepted images.
        threshold: float64 (k,), falling: lowest accepted confidence.
    """

    coverage: Floats
    risk: Floats
    threshold: Floats

    @property
    def area(self) -> float:
        """Return the area under the curve (AURC; Geifman et al. 2019), 0..1; lower is better.

        A coverage between two points has the risk of the upper point.
        """
        return float((np.diff(self.coverage, prepend=0) * self.risk).sum())


def risk_coverage(confidence: Scores, correct: npt.NDArray[np.bool_]) -> RiskCoverage:
    """Compute the risk-coverage curve.

    Args:
        confidence: (n,), any score that is higher for safer predictions; n at least 1.
        correct: bool (n,), whether the predicted class is the label.

    Returns:
        The curve, from the highest threshold to the lowest.

    Raises:
        ValueError: the shapes differ, or there are no images.
    """
    n = len(confidence)
    if n == 0 or confidence.shape != correct.shape:
        raise ValueError(f"{confidence.shape} confidences for {correct.shape} predictions")
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order].astype(np.float64)
    errors = np.cumsum(~correct[order])
    last = np.append(np.flatnonzero(np.diff(ranked)), n - 1)  # of each run of equal confidences
    return RiskCoverage((last + 1) / n, errors[last] / (last + 1), ranked[last])


def auroc(positive: Scores, negative: Scores) -> float:
    """Compute the area under the ROC curve (Hanley & McNeil 1982).

    It is the probability that a positive scores higher than a negative; ties count half.

    Args:
        positive: scores (n,), at least one.
        negative: scores (m,), at least one.

    Returns:
        0..1; 0.5 for a score without information.

    Raises:
        ValueError: there are no positives or no negatives.
    """
    if not len(positive) or not len(negative):
        raise ValueError(f"{len(positive)} positive and {len(negative)} negative scores")
    ranked = np.sort(negative)
    below, upto = (np.searchsorted(ranked, positive, side) for side in ("left", "right"))
    return float((below + upto).mean() / (2 * len(negative)))
