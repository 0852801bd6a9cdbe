"""How well answers can be ranked: which are right, and which drawings are no letter at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.floating]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RiskCoverage:
    """What it costs to answer more often (El-Yaniv & Wiener 2010).

    coverage   float64 (k,), rising to 1: share of images that a threshold accepts
    risk       float64 (k,): share of errors among those
    threshold  float64 (k,), falling: the least confidence that is accepted

    One point a threshold that can be chosen: images of equal confidence are accepted together.
    """

    coverage: Floats
    risk: Floats
    threshold: Floats

    @property
    def area(self) -> float:
        """Mean risk over all coverages (AURC; Geifman et al. 2019), 0..1; the smaller the better.

        A coverage between two points has the risk of the upper one.
        """
        return float((np.diff(self.coverage, prepend=0) * self.risk).sum())


def risk_coverage(confidence: Scores, right: npt.NDArray[np.bool_]) -> RiskCoverage:
    """The curve of confidences (n,) and whether each answer was right, bool (n,); n at least 1."""
    n = len(confidence)
    if n == 0 or confidence.shape != right.shape:
        raise ValueError(f"{confidence.shape} confidences for {right.shape} answers")
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order].astype(np.float64)
    errors = np.cumsum(~right[order])
    last = np.append(np.flatnonzero(np.diff(ranked)), n - 1)  # of those that are equal
    return RiskCoverage((last + 1) / n, errors[last] / (last + 1), ranked[last])


def auroc(positive: Scores, negative: Scores) -> float:
    """The chance that a positive scores higher than a negative, ties counting half: 0.5..1 for a
    score that is worth something (area under the ROC curve; Hanley & McNeil 1982).

    positive, negative  scores (n,), (m,); at least one of each
    """
    if not len(positive) or not len(negative):
        raise ValueError(f"{len(positive)} positive and {len(negative)} negative scores")
    ranked = np.sort(negative)
    below, upto = (np.searchsorted(ranked, positive, side) for side in ("left", "right"))
    return float((below + upto).mean() / (2 * len(negative)))
