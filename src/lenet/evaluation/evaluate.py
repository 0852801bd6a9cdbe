"""A model on a data set: its answers, what they amount to, and what that may be called.

Here and nowhere else a model meets a test part of EMNIST (docs/architecture.md, evaluation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lenet import metrics
from lenet.datasets import Dataset, load
from lenet.datasets.emnist import splits as emnist
from lenet.errors import LenetError
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
        """Whether the most probable class is the label: bool (n,)."""
        return np.asarray(self.probabilities.argmax(axis=1) == self.data.labels)


def predict_dataset(recognizer: Recognizer, spec: str) -> Predictions:
    """A model's answers to the data set of a SPEC, strokes being drawn with its pen.

    Raises LenetError as `lenet.datasets.load`, and where the classes are others than the model's.
    """
    pen = recognizer.model.pen
    data = load(spec, pens=(pen, pen), part="test")
    if "".join(data.classes) != recognizer.labels:
        raise LenetError(
            f"{data.describe_classes()}, but the model answers with "
            f"{len(recognizer.labels)}, {recognizer.labels[0]}..{recognizer.labels[-1]}; "
            "take one trained on these classes"
        )
    return Predictions(spec, data, recognizer.probabilities(data.images))


@dataclass(frozen=True)
class OfficialResult:
    """A model's result on an official test of EMNIST.

    Attributes:
        name: "EMNIST Letters test" and the like.
        figures: the accuracy and more.
        published: lines of text that compare it with published results; "" for splits without any.
    """

    name: str
    figures: metrics.Evaluation
    published: str


def official(model: Model, spec: str) -> OfficialResult:
    """Evaluate a model that was trained on a training part of EMNIST on the test part of a SPEC.

    Raises:
        LenetError: the accuracy is not comparable with published results, or the test is missing.
    """
    predictions = predict_dataset(Recognizer(model), spec)
    data = predictions.data
    stands = comparability(data, model)
    if stands.official is None:
        raise LenetError(str(stands.objection))
    figures = metrics.classification_metrics(predictions.probabilities, data.labels, data.classes)
    comparison = ""
    if emnist.part_of(data.names[0]) == (emnist.SPLITS["letters"], "test"):
        own = f"{model.metadata.get('name', 'this model')}, {len(model.parameters):,} parameters"
        comparison = leaderboard.comparison(own, figures)
    return OfficialResult(stands.official, figures, comparison)
