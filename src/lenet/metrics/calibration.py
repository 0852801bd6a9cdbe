"""Whether probabilities mean what they say, and the temperature that makes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BINS = 15
TEMPERATURES = (0.1, 10.0)  # that a fit may find: beyond them it saw too little

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Reliability:
    """A reliability diagram (Guo et al. 2017, section 2): images binned by how sure the answer was.

    counts      int64 (bins,), images in each bin; sums to n
    confidence  float64 (bins,), mean probability of the answers in it; NaN where there are none
    accuracy    float64 (bins,), share of them that were right; NaN where there are none
    """

    counts: npt.NDArray[np.int64]
    confidence: Floats
    accuracy: Floats

    @property
    def ece(self) -> float:
        """Expected calibration error, 0..1: the mean over all images of how far confidence and
        accuracy of their bin are apart (Guo et al. 2017, equation 3)."""
        filled = self.counts > 0
        gaps = np.abs(self.confidence[filled] - self.accuracy[filled])
        return float(np.average(gaps, weights=self.counts[filled]))


def reliability(
    confidence: npt.NDArray[np.floating], right: npt.NDArray[np.bool_], bins: int = BINS
) -> Reliability:
    """Bins answers by their confidence, in `bins` intervals of equal width; 1 is in the last one.

    confidence  (n,), probability of the answer, 0..1; n at least 1
    right       bool (n,), whether the answer was the label
    """
    if len(confidence) == 0 or confidence.shape != right.shape:
        raise ValueError(f"{confidence.shape} confidences for {right.shape} answers")
    index = np.minimum((confidence.astype(np.float64) * bins).astype(np.intp), bins - 1)
    counts = np.bincount(index, minlength=bins).astype(np.int64)
    sums = (np.bincount(index, weights, bins) for weights in (confidence, right))
    with np.errstate(invalid="ignore"):
        means = [np.where(counts > 0, total / counts, np.nan) for total in sums]
    return Reliability(counts, *means)


def apply_temperature(probabilities: npt.NDArray[np.floating], temperature: float) -> Floats:
    """softmax(logits / temperature), float64 (n, classes), of the probabilities (n, classes) that
    softmax(logits) gave: their logarithms are the logits up to a constant a row."""
    logits = _logarithms(probabilities) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def fit_temperature(probabilities: npt.NDArray[np.floating], labels: npt.NDArray[np.integer]) -> float:
    """The temperature, 0.1..10, that minimises the cross-entropy (Guo et al. 2017, section 4.2).

    probabilities  (n, classes) at temperature 1; labels (n,), 0..classes-1; n at least 1

    In the inverse temperature the cross-entropy is convex, so where its slope changes its sign is
    found by bisection.
    """
    if len(labels) == 0 or probabilities.shape[:1] != labels.shape:
        raise ValueError(f"{probabilities.shape} probabilities for {len(labels)} labels")
    logits = _logarithms(probabilities)
    logits -= logits.max(axis=1, keepdims=True)
    own = logits[np.arange(len(labels)), labels].mean()
    low, high = (1 / bound for bound in reversed(TEMPERATURES))
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        powers = np.exp(middle * logits)
        slope = ((powers * logits).sum(axis=1) / powers.sum(axis=1)).mean() - own
        low, high = (low, middle) if slope > 0 else (middle, high)
    return 2 / (low + high)


def _logarithms(probabilities: npt.NDArray[np.floating]) -> Floats:
    tiniest = np.finfo(np.float32).tiny  # what underflowed was at most this
    return np.log(np.maximum(probabilities.astype(np.float64), tiniest))
