"""A model on a data set: its answers, what they amount to, and what that may be called.

Here and nowhere else a model meets a test part of EMNIST (docs/architecture.md, evaluation).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from lenet import metrics
from lenet.datasets import Dataset, load
from lenet.datasets.emnist import splits as emnist
from lenet.errors import LenetError
from lenet.evaluation import leaderboard
from lenet.evaluation.comparability import Comparability, comparability
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


def official(model: Model, spec: str) -> str:
    """What a model that was trained on a whole training part of EMNIST reaches on the test part,
    which a SPEC names: lines of text. For Letters the published results stand beside it.

    Where that is no official accuracy, or the test is not there, the lines say why.
    """
    try:
        answers = predict_dataset(Recognizer(model), spec)
    except LenetError as error:  # the training is done all the same
        return f"no accuracy on the official test: {error}"
    data = answers.data
    stands = comparability(data, model)
    if stands.official is None:
        return f"no accuracy on the official test: {stands.objection}"
    found = metrics.classification_metrics(answers.probabilities, data.labels, data.classes)
    said = as_text(stands.official, found)
    if emnist.part_of(data.names[0]) != (emnist.SPLITS["letters"], "test"):
        return said
    own = f"{model.metadata.get('name', 'this model')}, {len(model.parameters):,} parameters"
    return f"{said}\npublished on this test (docs/reference/evaluation.md):\n" + leaderboard.comparison(
        own, found
    )


def as_json(
    spec: str,
    found: metrics.Evaluation,
    stands: Comparability,
    paired: metrics.McNemarResult | None = None,
) -> str:
    """An evaluation as a line of JSON, the form that other programs rely on."""
    return json.dumps(
        {
            "data": spec,
            **asdict(stands),
            **found.summary(),
            "accuracy_i_l_forgiven": found.accuracy_merging("I", "L"),
            "per_letter": found.per_class_accuracy(),
            "confused": found.top_confusions(),
            **({"against": asdict(paired)} if paired else {}),
        }
    )


def as_text(
    name: str,
    found: metrics.Evaluation,
    paired: metrics.McNemarResult | None = None,
) -> str:
    """An evaluation as a line for people."""
    low, high = (100 * bound for bound in found.interval)
    bars = found.confusions_between("I", "L")
    errors = ", ".join(
        f"{label} read as {answer} {count}x" for label, answer, count in found.top_confusions()
    )
    return (
        f"{name}: "
        f"{100 * found.accuracy:.2f} % right ({found.correct:,} of {found.n:,}; "
        f"95 % interval {low:.1f}-{high:.1f}), {100 * found.top5_accuracy:.1f} % among the first five"
        + (
            f"; {bars} of the errors {'are' if bars > 1 else 'is'} I for L or L for I: with these "
            f"forgiven {100 * found.accuracy_merging('I', 'L'):.2f} %"
            if bars
            else ""
        )
        + (f"; most confused: {errors}" if errors else "")
        + (
            f"; {paired.only_first} right that the other model has wrong, {paired.only_second} the "
            f"other way round (McNemar's p = {paired.p:.2g})"
            if paired
            else ""
        )
    )
