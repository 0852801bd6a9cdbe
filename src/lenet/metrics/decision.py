"""The decision rule: letter, unsure, or not a letter; and how its thresholds are fitted.

Two scores decide, both functions of the probabilities alone. Their entropy tells letters from other
drawings better than the highest probability does; that, being calibrated, tells right from wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from lenet.metrics.calibration import apply_temperature, fit_temperature
from lenet.metrics.selective import auroc, risk_coverage


class Verdict(StrEnum):
    """What a drawing is taken for."""

    LETTER = "letter"
    UNSURE = "unsure"
    NOT_A_LETTER = "not-a-letter"
    EMPTY = "empty"


REJECTED = 0.015  # share of the validation letters taken for none
RISK = 0.02  # share of errors among the validation letters that are called certain
LEAST = 0.5  # a less probable answer is never certain: it is rather wrong than right


@dataclass(frozen=True)
class DecisionFit:
    """What was fitted on letters that a model was not trained on.

    temperature      what divides the logits
    max_entropy      nats; a drawing of more is not a letter
    min_probability  0..1; a letter of less is unsure
    auroc            letters against made non-letters, by their entropy
    rejected         share of the made non-letters beyond max_entropy
    """

    temperature: float
    max_entropy: float
    min_probability: float
    auroc: float
    rejected: float


def entropy(probabilities: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Shannon's entropy in nats, float64 (n,), of probabilities (n, classes)."""
    shares = probabilities.astype(np.float64)
    return np.asarray(-(shares * np.log(np.where(shares > 0, shares, 1))).sum(axis=1))


def judge(
    probabilities: npt.NDArray[np.floating], min_probability: float | None, max_entropy: float | None
) -> list[Verdict]:
    """Decide what each of n drawings is.

    Args:
        probabilities: (n, classes), calibrated: the model's temperature is applied.
        min_probability: a lower highest probability is unsure; None applies no such threshold.
        max_entropy: a higher entropy, in nats, is not a letter; None applies no such threshold.

    Returns:
        One verdict a row, never EMPTY: a drawing without ink has no probabilities.
    """
    verdicts = np.full(len(probabilities), Verdict.LETTER, dtype=object)
    if min_probability is not None:
        verdicts[probabilities.max(axis=1) < min_probability] = Verdict.UNSURE
    if max_entropy is not None:
        verdicts[entropy(probabilities) > max_entropy] = Verdict.NOT_A_LETTER
    return list(verdicts)


def fit_decision(
    letters: npt.NDArray[np.floating],
    labels: npt.NDArray[np.integer],
    others: npt.NDArray[np.floating],
) -> DecisionFit:
    """Finds temperature and thresholds.

    letters  probabilities (n, classes) at temperature 1 of letters that were not trained on
    labels   (n,), 0..classes-1
    others   probabilities (m, classes) at temperature 1 of drawings that are no letter

    `max_entropy` is exceeded by 1.5 % of the letters. `min_probability` is the least, but at least
    one half, with which at most 2 % of the letters that reach it are read wrongly.
    """
    temperature = fit_temperature(letters, labels)
    inside, outside = apply_temperature(letters, temperature), apply_temperature(others, temperature)
    max_entropy = float(np.quantile(entropy(inside), 1 - REJECTED))
    curve = risk_coverage(inside.max(axis=1), inside.argmax(axis=1) == labels)
    accepted = curve.threshold[curve.risk <= RISK]
    return DecisionFit(
        temperature,
        max_entropy,
        max(LEAST, float(accepted.min(initial=1.0))),
        auroc(-entropy(inside), -entropy(outside)),
        float((entropy(outside) > max_entropy).mean()),
    )
