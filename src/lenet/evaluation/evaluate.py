"""Evaluate a model on a data set: its predictions, and its result on an official test.

Only this module opens the test parts of EMNIST (docs/architecture.md, evaluation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lenet import metrics
from lenet.datasets import Dataset, Rendering, load
from lenet.datasets.emnist.splits import SPLITS, part_of
from lenet.datasets.layout import UPRIGHT, ImageLayout
from lenet.errors import DataError
from lenet.evaluation import leaderboard
from lenet.evaluation.comparability import comparability
from lenet.inference.recognizer import Recognizer
from lenet.models.file import Model


@dataclass(frozen=True, eq=False)
class Predictions:
    """A model's predictions for a data set.

    Attributes:
        name: the name under which the data set was asked for.
        data: the letters.
        probabilities: float32 (n, classes), with the model's temperature.
    """

    name: str
    data: Dataset
    probabilities: npt.NDArray[np.float32]

    @property
    def correct(self) -> npt.NDArray[np.bool_]:
        """Return whether the predicted class is the label, bool (n,)."""
        return np.asarray(self.probabilities.argmax(axis=1) == self.data.labels)

    def evaluate(self) -> metrics.Evaluation:
        """Compare the predictions with the labels."""
        return metrics.classification_metrics(self.probabilities, self.data.labels, self.data.classes)


def predict_dataset(recognizer: Recognizer, name: str, layout: ImageLayout = UPRIGHT) -> Predictions:
    """Predict each image of a data set.

    Args:
        recognizer: the model; strokes are drawn with its pen width.
        name: a DATASET, see `lenet.datasets.load`; of EMNIST the test part by default.
        layout: how its images lie, see `lenet.datasets.load`.

    Returns:
        The data set, and the probabilities of its images.

    Raises:
        DataError: the data set cannot be read, or its classes are not the model's.
    """
    pen = recognizer.model.pen_width
    data = load(name, rendering=Rendering((pen, pen)), part="test", layout=layout)
    probabilities = recognizer.probabilities(data.images)
    if "".join(data.classes) != recognizer.labels:
        if missing := {name for name, n in zip(data.classes, data.counts(), strict=True) if n} - {
            *recognizer.labels
        }:
            raise DataError(
                f"{data.describe_classes()}, but the model answers with "
                f"{len(recognizer.labels)}, {recognizer.labels[0]}..{recognizer.labels[-1]}, without "
                f"{', '.join(sorted(missing)[:5])}; take one trained on these classes"
            )
        probabilities = merge_cases(probabilities, recognizer.labels, data.classes)
        data = data.with_classes(recognizer.labels)
    return Predictions(name, data, probabilities)


def merge_cases(
    probabilities: npt.NDArray[np.float32], labels: str, classes: tuple[str, ...]
) -> npt.NDArray[np.float32]:
    """Add each small letter's probability to its capital if the data do not tell them apart."""
    merged = probabilities.copy()
    for number, label in enumerate(labels):
        capital = labels.find(label.upper())
        if label not in classes and capital not in (-1, number):
            merged[:, capital] += merged[:, number]
            merged[:, number] = 0
    return merged


@dataclass(frozen=True)
class OfficialResult:
    """A model's result on an official test of EMNIST.

    Attributes:
        name: "EMNIST Letters test" and the like.
        figures: accuracy, loss and confusion matrix.
        published: lines of text with published results; "" for splits without any.
    """

    name: str
    figures: metrics.Evaluation
    published: str


def official(model: Model, name: str) -> OfficialResult:
    """Evaluate a model that was trained on a training part of EMNIST on the test part.

    Args:
        model: the model after its training.
        name: the DATASET of the test part.

    Returns:
        The metrics, for the Letters split with the published results.

    Raises:
        DataError: the accuracy is not comparable with published results, or the test is missing.
    """
    predictions = predict_dataset(Recognizer(model), name)
    data = predictions.data
    comparable = comparability(data, model)
    if comparable.official is None:
        raise DataError(str(comparable.objection))
    figures = predictions.evaluate()
    published = ""
    if part_of(data.names[0]) == (SPLITS["letters"], "test"):
        own = f"{model.training.name or 'this model'}, {len(model.parameters):,} parameters"
        published = leaderboard.comparison(own, figures)
    return OfficialResult(comparable.official, figures, published)
