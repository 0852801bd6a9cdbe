"""Find out whether images lie in another orientation or polarity than a network expects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lenet import metrics
from lenet.datasets import Dataset
from lenet.ink import Orientation

MAX_TRIED = 400  # images, evenly spread over a data set
POOR = 0.6  # accuracy below which other orientations are tried
MIN_GAIN = 0.2  # of accuracy
SIGNIFICANCE = 0.01  # of McNemar's test between the two accuracies

Images = npt.NDArray[np.uint8]
Predict = Callable[[Images], npt.NDArray[np.float32]]
"""Class probabilities, float32 (n, classes), of images uint8 (n, 28, 28)."""


@dataclass(frozen=True)
class OrientationHint:
    """An orientation and polarity with which a network is far more accurate.

    Attributes:
        orientation: how the images lie: of a data set its stored images, of a model its training images.
        inverted: True for dark ink on a light ground.
        accuracy: accuracy with both, 0..1.
        accuracy_without: accuracy as it is, 0..1.
        n: number of images that were tried.
    """

    orientation: Orientation
    inverted: bool
    accuracy: float
    accuracy_without: float
    n: int

    @property
    def options(self) -> str:
        """The options of the command line, such as "--orientation transposed --invert"."""
        turned = self.orientation is not Orientation.UPRIGHT
        words = [f"--orientation {self.orientation}"] if turned else []
        return " ".join([*words, "--invert"] if self.inverted else words)

    def __str__(self) -> str:
        return (
            f"accuracy {100 * self.accuracy:.1f} % with {self.options}, "
            f"{100 * self.accuracy_without:.1f} % without ({self.n} images tried)"
        )


def orientation_of_data(predict: Predict, data: Dataset) -> OrientationHint | None:
    """Try all orientations and polarities in which the images of a data set may be stored.

    Args:
        predict: a network with the classes of the data; it expects upright letters, ink bright.
        data: images as they are stored, and labels.

    Returns:
        The orientation and polarity with which the accuracy is significantly higher; None if the
        accuracy is not poor, or no other one is better.
    """
    return _best(predict, data, lambda orientation: orientation.inverse)


def orientation_of_model(predict: Predict, data: Dataset) -> OrientationHint | None:
    """Try all orientations and polarities of the images that a network may have been trained on.

    Args:
        predict: the network as it is.
        data: upright letters of the network's classes, ink bright.

    Returns:
        As `orientation_of_data`.
    """
    return _best(predict, data, lambda orientation: orientation)


def _best(
    predict: Predict, data: Dataset, step: Callable[[Orientation], Orientation]
) -> OrientationHint | None:
    """Return the best hint; `step` is the change that tries an orientation."""
    rows = np.unique(np.linspace(0, len(data) - 1, min(len(data), MAX_TRIED)).round().astype(int))
    images, labels = data.images[rows], data.labels[rows]

    def correct(orientation: Orientation, inverted: bool) -> npt.NDArray[np.bool_]:
        turned = np.ascontiguousarray(step(orientation).apply(images))
        return np.asarray(predict(255 - turned if inverted else turned).argmax(axis=1) == labels)

    without = correct(Orientation.UPRIGHT, False)
    if without.mean() >= POOR:
        return None
    trials = {
        (orientation, inverted): correct(orientation, inverted)
        for inverted in (False, True)
        for orientation in Orientation
    }
    best = max(trials, key=lambda trial: trials[trial].sum())  # the first of several
    gain = trials[best].mean() - without.mean()
    if gain < MIN_GAIN or metrics.mcnemar(trials[best], without).p > SIGNIFICANCE:
        return None
    return OrientationHint(*best, float(trials[best].mean()), float(without.mean()), len(rows))
