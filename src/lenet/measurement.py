"""A model on a data set: its answers, what they amount to, and what that may be called.

Here and nowhere else a model meets a test part of EMNIST (docs/architecture.md, invariant 6).
"""

from __future__ import annotations

import json
from dataclasses import asdict

from lenet import evaluation
from lenet.datasets import emnist, load
from lenet.errors import LenetError
from lenet.evaluation import published
from lenet.model_file import Model
from lenet.recognizer import Recognizer
from lenet.report import Answers
from lenet.standing import Standing, standing


def ask(recognizer: Recognizer, spec: str) -> Answers:
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
    return Answers(spec, data, recognizer.probabilities(data.images))


def official(model: Model, spec: str) -> str:
    """What a model that was trained on a whole training part of EMNIST reaches on the test part,
    which a SPEC names: lines of text. For Letters the published results stand beside it.

    Where that is no official accuracy, or the test is not there, the lines say why.
    """
    try:
        answers = ask(Recognizer(model), spec)
    except LenetError as error:  # the training is done all the same
        return f"no accuracy on the official test: {error}"
    data = answers.data
    stands = standing(data, model)
    if stands.official is None:
        return f"no accuracy on the official test: {stands.objection}"
    found = evaluation.score(answers.shares, data.labels, data.classes)
    said = as_text(stands.official, found)
    if emnist.part_of(data.names[0]) != (emnist.SPLITS["letters"], "test"):
        return said
    own = f"{model.metadata.get('name', 'this model')}, {len(model.parameters):,} parameters"
    told = published.comparison(own, found)
    return f"{said}\npublished on this test (docs/reference/evaluation.md):\n{told}"


def as_json(
    spec: str,
    found: evaluation.Evaluation,
    stands: Standing,
    paired: evaluation.Paired | None = None,
    versions: int = 1,
) -> str:
    """An evaluation as a line of JSON, the form that other programs rely on."""
    return json.dumps(
        {
            "data": spec,
            **asdict(stands),
            "versions": versions,
            **found.summary(),
            "accuracy_i_l_forgiven": found.forgiving("I", "L"),
            "per_letter": found.per_letter(),
            "confused": found.confused(),
            **({"against": asdict(paired)} if paired else {}),
        }
    )


def as_text(
    name: str,
    found: evaluation.Evaluation,
    paired: evaluation.Paired | None = None,
    versions: int = 1,
) -> str:
    """An evaluation as a line for people; `versions` of each image were answered."""
    low, high = (100 * bound for bound in found.interval)
    bars = found.mixed_up("I", "L")
    errors = ", ".join(
        f"{label} read as {answer} {count}x" for label, answer, count in found.confused()
    )
    return (
        f"{name}{f' ({versions} versions each)' if versions > 1 else ''}: "
        f"{100 * found.accuracy:.2f} % right ({found.right:,} of {found.n:,}; "
        f"95 % interval {low:.1f}-{high:.1f}), {100 * found.top_five:.1f} % among the first five"
        + (
            f"; {bars} of the errors {'are' if bars > 1 else 'is'} I for L or L for I: with these "
            f"forgiven {100 * found.forgiving('I', 'L'):.2f} %"
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
