"""Calibration: whether a confidence of 80 % means 80 % accuracy, and temperature scaling.

Guo, Pleiss, Sun, Weinberger 2017, On calibration of modern neural networks, ICML.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lenet.engine.abi import MAX_FITTED_TEMPERATURE, MIN_FITTED_TEMPERATURE

BINS = 15

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Reliability:
    """A reliability diagram: images binned by confidence (Guo et al. 2017, section 2).

    Attributes:
        counts: int64 (bins,), images in each bin; sums to n.
        confidence: float64 (bins,), mean confidence in each bin, 0..1; NaN in an empty bin.
        accuracy: float64 (bins,), accuracy in each bin, 0..1; NaN in an empty bin.
    """

    counts: npt.NDArray[np.int64]
    confidence: Floats
    accuracy: Floats

    @property
    def ece(self) -> float:
        """Return the expected calibration error, 0..1 (Guo et al. 2017, equation 3).

        ECE = sum over bins of counts / n * abs(accuracy - confidence).
        """
        filled = self.counts > 0
        gaps = np.abs(self.confidence[filled] - self.accuracy[filled])
        return float(np.average(gaps, weights=self.counts[filled]))


def reliability(
    confidence: npt.NDArray[np.floating], correct: npt.NDArray[np.bool_], bins: int = BINS
) -> Reliability:
    """Bin predictions by confidence, in intervals of equal width.

    Args:
        confidence: (n,), probability of the predicted class, 0..1; n at least 1.
        correct: bool (n,), whether the predicted class is the label.
        bins: number of intervals; a confidence of 1 falls into the last one.

    Returns:
        Count, mean confidence and accuracy of each bin.

    Raises:
        ValueError: the shapes differ, or there are no images.
    """
    if len(confidence) == 0 or confidence.shape != correct.shape:
        raise ValueError(f"{confidence.shape} confidences for {correct.shape} predictions")
    index = np.minimum((confidence.astype(np.float64) * bins).astype(np.intp), bins - 1)
    counts = np.bincount(index, minlength=bins).astype(np.int64)
    sums = (np.bincount(index, weights, bins) for weights in (confidence, correct))
    with np.errstate(invalid="ignore"):
        means = [np.where(counts > 0, total / counts, np.nan) for total in sums]
    return Reliability(counts, *means)


def apply_temperature(probabilities: npt.NDArray[np.floating], temperature: float) -> Floats:
    """Compute softmax(logits / temperature) from softmax(logits).

    The logarithms of the probabilities are the logits up to a constant in each row, which the
    softmax cancels.

    Args:
        probabilities: (n, classes), softmax of the logits.
        temperature: positive; above 1 lowers the confidence.

    Returns:
        float64 (n, classes); rows sum to 1.
    """
    logits = _logarithms(probabilities) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def fit_temperature(probabilities: npt.NDArray[np.floating], labels: npt.NDArray[np.integer]) -> float:
    """Find the temperature that minimizes the cross-entropy (Guo et al. 2017, section 4.2).

    The cross-entropy is convex in the inverse temperature, so bisection finds where its slope
    changes sign.

    Args:
        probabilities: (n, classes), at temperature 1; n at least 1.
        labels: (n,), 0..classes-1.

    Returns:
        The temperature, 0.1..10.

    Raises:
        ValueError: the shapes differ, or there are no images.
    """
    if len(labels) == 0 or probabilities.shape[:1] != labels.shape:
        raise ValueError(f"{probabilities.shape} probabilities for {len(labels)} labels")
    logits = _logarithms(probabilities)
    logits -= logits.max(axis=1, keepdims=True)
    label_logit = logits[np.arange(len(labels)), labels].mean()
    low, high = 1 / MAX_FITTED_TEMPERATURE, 1 / MIN_FITTED_TEMPERATURE
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        powers = np.exp(middle * logits)
        slope = ((powers * logits).sum(axis=1) / powers.sum(axis=1)).mean() - label_logit
        low, high = (low, middle) if slope > 0 else (middle, high)
    return 2 / (low + high)


def _logarithms(probabilities: npt.NDArray[np.floating]) -> Floats:
    tiniest = np.finfo(np.float32).tiny  # a probability that underflowed to 0 was at most this
    return np.log(np.maximum(probabilities.astype(np.float64), tiniest))
