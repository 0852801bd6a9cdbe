"""Measure everything that an evaluation report has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lenet import metrics
from lenet.datasets import Dataset
from lenet.datasets.records import record_of
from lenet.datasets.synthetic.ood_characters import digits
from lenet.datasets.synthetic.outliers import KINDS, make_outliers
from lenet.evaluation.comparability import comparability
from lenet.evaluation.corruptions import CORRUPTIONS, LEVELS
from lenet.evaluation.evaluate import Predictions
from lenet.evaluation.report import (
    ENTROPY_BINS,
    SYNTHETIC,
    TOP_CONFUSIONS,
    BaselineComparison,
    BaselineResult,
    Count,
    DatasetEvaluation,
    EvaluationReport,
    ModelSummary,
    RejectionRow,
    RobustnessCurve,
)
from lenet.inference.recognizer import Recognizer
from lenet.metrics.decision import Verdict, entropy
from lenet.training.history import Epoch

OUTLIERS_PER_KIND = 300
MAX_CORRUPTED = 5000  # images of a data set that are corrupted, evenly spread over it
EXAMPLES = 12  # images of each confusion

Images = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


def num_steps(datasets: int) -> int:
    """Count the calls of `progress` that `measure_report` makes."""
    return datasets * len(CORRUPTIONS) + 1


def measure_report(
    recognizer: Recognizer,
    predictions: Sequence[Predictions],
    *,
    outliers: Mapping[str, Sequence[Images]] | None = None,
    baseline: tuple[Recognizer, Sequence[Predictions]] | None = None,
    history: Sequence[Epoch] = (),
    progress: Callable[[], object] = lambda: None,
) -> EvaluationReport:
    """Measure calibration, rejection and robustness of a model beside its accuracy.

    Args:
        recognizer: the model.
        predictions: its predictions for each data set, at least one.
        outliers: drawings that are not letters, uint8 (28, 28) each, by group; synthetic outliers
            are added, and digits unless they are classes of the model.
        baseline: another model, and its predictions for the same data sets in the same order.
        history: the epochs of the model's training.
        progress: called after each step, `num_steps` times.

    Returns:
        The report.
    """
    rejection = _rejection(recognizer, predictions, outliers or {})
    blank = recognizer.recognize_images([np.zeros_like(predictions[0].data.images[0])])[0].verdict
    progress()
    robustness = []
    for some in predictions:
        for name in CORRUPTIONS:
            robustness.append(_robustness(recognizer, some, name))
            progress()
    return EvaluationReport(
        model=ModelSummary.of(recognizer.model),
        datasets=[evaluate_dataset(recognizer, some) for some in predictions],
        rejection=rejection,
        blank=Verdict(blank),
        robustness=robustness,
        history=history,
        baseline=_compare(predictions, *baseline) if baseline else None,
    )


def evaluate_dataset(recognizer: Recognizer, predictions: Predictions) -> DatasetEvaluation:
    """Measure accuracy, calibration and verdicts on a data set."""
    model, data, probabilities = recognizer.model, predictions.data, predictions.probabilities
    names = (predictions.name, *data.names)
    correct, confidence = predictions.correct, probabilities.max(axis=1)
    uncalibrated = metrics.apply_temperature(probabilities, 1 / model.temperature)
    verdicts = np.array(recognizer.verdicts(probabilities))
    return DatasetEvaluation(
        name=predictions.name,
        domain=next((record.domain for name in names if (record := record_of(name))), None),
        comparability=comparability(data, model),
        metrics=predictions.evaluate(),
        uncalibrated=metrics.reliability(uncalibrated.max(axis=1), correct),
        calibrated=metrics.reliability(confidence, correct),
        risk_coverage=metrics.risk_coverage(confidence, correct),
        verdicts={
            verdict: Count(int((verdicts == verdict).sum()), int(correct[verdicts == verdict].sum()))
            for verdict in (Verdict.LETTER, Verdict.UNSURE, Verdict.NOT_A_LETTER)
        },
    )


# ---- Rejection -----------------------------------------------------------------------------


def _rejection(
    recognizer: Recognizer, predictions: Sequence[Predictions], outliers: Mapping[str, Sequence[Images]]
) -> list[RejectionRow]:
    """Compare the entropies of letters and outliers; the data sets of letters come first."""
    letters = Dataset.concatenate([some.data for some in predictions])
    images, kinds = make_outliers(OUTLIERS_PER_KIND * len(KINDS), letters)
    groups: dict[str, Sequence[Images]] = {
        SYNTHETIC + kind: list(images[np.array(kinds) == kind]) for kind in KINDS
    }
    if not any(label.isdigit() for label in recognizer.labels):
        groups["digits"] = list(digits())
    groups |= outliers
    of_letters = {some.name: entropy(some.probabilities) for some in predictions}
    rows = [_rejection_row(name, entropies, {}, recognizer) for name, entropies in of_letters.items()]
    for name, group in groups.items():
        entropies = entropy(recognizer.probabilities(np.stack(group)))
        rows.append(_rejection_row(name, entropies, of_letters, recognizer))
    return rows


def _rejection_row(
    name: str, entropies: Floats, letters: Mapping[str, Floats], recognizer: Recognizer
) -> RejectionRow:
    """Summarize a group; `letters` are the data sets to separate it from, empty if it is one."""
    limit, highest = recognizer.model.max_entropy, np.log(len(recognizer.labels))
    counts, _ = np.histogram(np.minimum(entropies, highest), bins=ENTROPY_BINS, range=(0, highest))
    return RejectionRow(
        name=name,
        is_letters=not letters,
        n=len(entropies),
        rejected=None if limit is None else int((entropies > limit).sum()),
        auroc={other: metrics.auroc(-own, -entropies) for other, own in letters.items()},
        entropy_counts=counts.tolist(),
    )


# ---- Robustness and comparison -------------------------------------------------------------


def _robustness(recognizer: Recognizer, predictions: Predictions, name: str) -> RobustnessCurve:
    """Measure the accuracy at each strength of a corruption, from 0 on."""
    corruption, n = CORRUPTIONS[name], len(predictions.data)
    rows = np.unique(np.linspace(0, n - 1, min(n, MAX_CORRUPTED)).round().astype(int))
    images, labels = predictions.data.images[rows], predictions.data.labels[rows]
    correct = [int(predictions.correct[rows].sum())]
    for level in range(LEVELS):
        probabilities = recognizer.probabilities(corruption.apply(images, corruption.strengths[level]))
        correct.append(int((probabilities.argmax(axis=1) == labels).sum()))
    return RobustnessCurve(
        corruption=name,
        unit=corruption.unit,
        data=predictions.name,
        n=len(rows),
        strengths=(0, *corruption.strengths),
        accuracy=[count / len(rows) for count in correct],
    )


def _compare(
    predictions: Sequence[Predictions], baseline: Recognizer, of_baseline: Sequence[Predictions]
) -> BaselineComparison:
    return BaselineComparison(
        ModelSummary.of(baseline.model),
        [
            BaselineResult(
                data=ours.name,
                accuracy=float(ours.correct.mean()),
                baseline_accuracy=float(theirs.correct.mean()),
                test=metrics.mcnemar(ours.correct, theirs.correct),
            )
            for ours, theirs in zip(predictions, of_baseline, strict=True)
        ],
    )


# ---- Errors to look at ---------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class ConfusionExamples:
    """A confusion with some of its images.

    Attributes:
        true: the label.
        predicted: the predicted class.
        count: how many images are confused so.
        images: uint8 (k, 28, 28), those of the highest confidence; k at most `EXAMPLES`.
    """

    true: str
    predicted: str
    count: int
    images: Images


def confusion_examples(predictions: Predictions) -> list[ConfusionExamples]:
    """Collect images of the top confusions of a data set, most frequent confusion first."""
    data, predicted = predictions.data, predictions.probabilities.argmax(axis=1)
    examples = []
    for true, other, count in predictions.evaluate().top_confusions(TOP_CONFUSIONS):
        a, b = data.classes.index(true), data.classes.index(other)
        rows = np.flatnonzero((data.labels == a) & (predicted == b))
        surest = rows[np.argsort(-predictions.probabilities[rows, b], kind="stable")][:EXAMPLES]
        examples.append(ConfusionExamples(true, other, count, data.images[surest]))
    return examples
