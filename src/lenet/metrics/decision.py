"""Decision rule: the verdicts of drawings, and how their two thresholds are fitted.

The engine decides (`lenet.engine.judge`). Both scores are functions of the probabilities alone.
Entropy separates letters from outliers better than confidence does; calibrated confidence separates
correct predictions from wrong ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from lenet.metrics.calibration import apply_temperature, fit_temperature
from lenet.metrics.selective import auroc, risk_coverage


class Verdict(StrEnum):
    """Verdict of a drawing."""

    LETTER = "letter"
    UNSURE = "unsure"
    NOT_A_LETTER = "not-a-letter"
    EMPTY = "empty"


VERDICTS = (Verdict.LETTER, Verdict.UNSURE, Verdict.NOT_A_LETTER, Verdict.EMPTY)
"""The verdicts in the order of `lenet.engine.abi.Verdict`."""

MAX_REJECTED = 0.015  # fraction of the validation letters that max_entropy rejects
MAX_RISK = 0.02  # fraction of errors among the validation letters with the verdict `letter`
LOWEST_MIN_PROBABILITY = 0.5  # a less probable class is more likely wrong than correct


@dataclass(frozen=True)
class DecisionFit:
    """Temperature and thresholds, fitted on validation letters and synthetic outliers.

    Attributes:
        temperature: divides the logits.
        max_entropy: nats; a higher entropy is `not-a-letter`.
        min_probability: 0..1; a lower confidence is `unsure`.
        auroc: probability that a letter has a lower entropy than an outlier, 0..1.
        rejected: fraction of the outliers above max_entropy, 0..1.
    """

    temperature: float
    max_entropy: float
    min_probability: float
    auroc: float
    rejected: float


def entropy(probabilities: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Compute Shannon's entropy of each row, -sum(p ln p).

    Args:
        probabilities: (n, classes).

    Returns:
        float64 (n,), nats, 0..ln(classes).
    """
    p = probabilities.astype(np.float64)
    return np.asarray(-(p * np.log(np.where(p > 0, p, 1))).sum(axis=1))


def fit_decision(
    letters: npt.NDArray[np.floating],
    labels: npt.NDArray[np.integer],
    outliers: npt.NDArray[np.floating],
) -> DecisionFit:
    """Fit the temperature and both thresholds.

    `max_entropy` is exceeded by 1.5 % of the letters. `min_probability` is the lowest value, but
    at least one half, at which at most 2 % of the accepted letters are errors.

    Args:
        letters: probabilities (n, classes) at temperature 1 of validation letters.
        labels: (n,), 0..classes-1.
        outliers: probabilities (m, classes) at temperature 1 of drawings that are not letters.

    Returns:
        Temperature, thresholds, and how well they separate letters from outliers.
    """
    temperature = fit_temperature(letters, labels)
    inside, outside = apply_temperature(letters, temperature), apply_temperature(outliers, temperature)
    max_entropy = float(np.quantile(entropy(inside), 1 - MAX_REJECTED))
    curve = risk_coverage(inside.max(axis=1), inside.argmax(axis=1) == labels)
    accepted = curve.threshold[curve.risk <= MAX_RISK]
    return DecisionFit(
        temperature=temperature,
        max_entropy=max_entropy,
        min_probability=max(LOWEST_MIN_PROBABILITY, float(accepted.min(initial=1.0))),
        auroc=auroc(-entropy(inside), -entropy(outside)),
        rejected=float((entropy(outside) > max_entropy).mean()),
    )
