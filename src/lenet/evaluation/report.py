"""The figures of an evaluation as values, and as JSON (`report.json`).

docs/reference/evaluation.md defines each figure; docs/reference/schemas has the JSON Schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet.evaluation.comparability import Comparability
from lenet.metrics import Evaluation, McNemarResult, Reliability, RiskCoverage, wilson_interval
from lenet.metrics.decision import Verdict
from lenet.models import TrainingRecord
from lenet.models.file import Model
from lenet.training.history import Epoch

FORMAT = "lenet-report/2"
TOP_CONFUSIONS = 6  # of a data set
CURVE_POINTS = 200  # at most, of a risk-coverage curve
ENTROPY_BINS = 20

# Of the training record, what a report shows.
TRAINING_KEYS = (
    "name",
    "data",
    "num_train_images",
    "num_outliers",
    "epochs",
    "seed",
    "commit",
    "calibration",
)


@dataclass(frozen=True)
class ModelSummary:
    """Summary of a model in a report.

    Attributes:
        labels: the class names, in output order.
        num_parameters: number of trained numbers.
        temperature: divides the logits.
        pen_width: stroke width as a fraction of the longer side of a drawing.
        max_entropy: nats; a higher entropy is `not-a-letter`; None: no threshold.
        min_probability: 0..1; a lower confidence is `unsure`; None: no threshold.
        training: how it was trained, as far as the model file says.
    """

    labels: str
    num_parameters: int
    temperature: float
    pen_width: float
    max_entropy: float | None
    min_probability: float | None
    training: TrainingRecord

    @classmethod
    def of(cls, model: Model) -> ModelSummary:
        """Summarize a model."""
        return cls(
            labels=model.labels,
            num_parameters=len(model.parameters),
            temperature=model.temperature,
            pen_width=model.pen_width,
            max_entropy=model.max_entropy,
            min_probability=model.min_probability,
            training=model.training,
        )

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self.training.name or "unnamed model"

    def to_json(self) -> dict[str, Any]:
        """Return the summary as JSON values."""
        record = self.training.to_json()
        return {
            **{key: record[key] for key in TRAINING_KEYS if key in record},
            "labels": self.labels,
            "num_parameters": self.num_parameters,
            "temperature": self.temperature,
            "pen_width": self.pen_width,
            "max_entropy": self.max_entropy,
            "min_probability": self.min_probability,
        }


@dataclass(frozen=True)
class Count:
    """Images, and those predicted correctly."""

    n: int
    correct: int


@dataclass(frozen=True, eq=False)
class DatasetEvaluation:
    """A model's figures on a data set.

    Attributes:
        name: the name under which the data set was asked for.
        domain: "scanned", "pen", "mouse" or "font"; None: unknown.
        comparability: whether the accuracy is comparable with published results.
        metrics: accuracy, loss and confusion matrix.
        uncalibrated: reliability at temperature 1.
        calibrated: reliability at the model's temperature.
        risk_coverage: errors against the fraction of accepted images.
        verdicts: images by verdict.
    """

    name: str
    domain: str | None
    comparability: Comparability
    metrics: Evaluation
    uncalibrated: Reliability
    calibrated: Reliability
    risk_coverage: RiskCoverage
    verdicts: Mapping[Verdict, Count]

    @property
    def title(self) -> str:
        """Return the name and the domain of the data set."""
        return f"{self.name} ({self.domain})" if self.domain else self.name

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        curve = thinned(self.risk_coverage)
        return {
            "data": self.name,
            "domain": self.domain,
            **asdict(self.comparability),
            **metrics_json(self.metrics),
            "classes": "".join(self.metrics.classes),
            "per_class": {
                name: {**asdict(count), "interval": list(wilson_interval(count.correct, count.n))}
                for name, count in per_class(self.metrics).items()
            },
            "confusion": self.metrics.confusion.tolist(),
            "top_confusions": [list(row) for row in self.metrics.top_confusions(TOP_CONFUSIONS)],
            "calibration": {
                "before": _reliability_json(self.uncalibrated),
                "after": _reliability_json(self.calibrated),
            },
            "risk_coverage": {
                "area": self.risk_coverage.area,
                "coverage": curve.coverage.tolist(),
                "risk": curve.risk.tolist(),
            },
            "verdicts": {verdict.value: asdict(count) for verdict, count in self.verdicts.items()},
        }


@dataclass(frozen=True)
class RejectionRow:
    """Entropies of a group of drawings, which separate letters from outliers.

    Attributes:
        name: name of the group: a data set of letters, or a kind of outliers.
        is_letters: whether the drawings are letters.
        n: number of drawings.
        rejected: drawings with the verdict `not-a-letter`; None: the model has no threshold.
        auroc: for outliers, the AUROC of the entropy against each data set of letters, 0..1.
        entropy_counts: histogram of the entropies, in `ENTROPY_BINS` bins from 0 to ln(classes).
    """

    name: str
    is_letters: bool
    n: int
    rejected: int | None
    auroc: Mapping[str, float]
    entropy_counts: Sequence[int]

    @property
    def is_synthetic(self) -> bool:
        """Return whether these are generated outliers."""
        return self.name.startswith(SYNTHETIC)


SYNTHETIC = "synthetic: "  # begins the name of a group of generated outliers


@dataclass(frozen=True)
class RobustnessCurve:
    """Accuracy on a data set under one corruption.

    Attributes:
        corruption: name of the corruption.
        unit: unit of the strengths.
        data: name of the data set.
        n: number of images that were corrupted.
        strengths: (6,), from 0, the uncorrupted images.
        accuracy: (6,), 0..1, at each strength.
    """

    corruption: str
    unit: str
    data: str
    n: int
    strengths: Sequence[float]
    accuracy: Sequence[float]


@dataclass(frozen=True)
class BaselineResult:
    """Accuracies of the model and of the baseline on a data set, and their paired test.

    Attributes:
        data: name of the data set.
        accuracy: the model's, 0..1.
        baseline_accuracy: the baseline's, 0..1.
        test: McNemar's test; the model is first.
    """

    data: str
    accuracy: float
    baseline_accuracy: float
    test: McNemarResult

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        return {
            "data": self.data,
            "accuracy": self.accuracy,
            "baseline_accuracy": self.baseline_accuracy,
            **asdict(self.test),
        }


@dataclass(frozen=True)
class BaselineComparison:
    """Comparison of the model with a baseline, one result for each data set."""

    model: ModelSummary
    datasets: Sequence[BaselineResult]


@dataclass(frozen=True)
class EvaluationReport:
    """Everything that `lenet evaluate --report` measures.

    Attributes:
        model: the model that was evaluated.
        datasets: its figures on each data set, at least one.
        rejection: letters and outliers by their entropies, data sets of letters first.
        blank: verdict of an image without ink.
        robustness: for each data set, a curve for each corruption.
        history: the epochs of the model's training; empty where they are unknown.
        baseline: comparison with another model, if one was given.
    """

    model: ModelSummary
    datasets: Sequence[DatasetEvaluation]
    rejection: Sequence[RejectionRow]
    blank: Verdict
    robustness: Sequence[RobustnessCurve]
    history: Sequence[Epoch] = ()
    baseline: BaselineComparison | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the content of report.json."""
        return {
            "format": FORMAT,
            "model": self.model.to_json(),
            "datasets": [dataset.to_json() for dataset in self.datasets],
            "rejection": [asdict(row) for row in self.rejection],
            "blank": {"n": 1, "verdict": self.blank.value},
            "robustness": [asdict(curve) for curve in self.robustness],
            "history": [asdict(epoch) for epoch in self.history],
            "baseline": self.baseline
            and {
                "model": self.baseline.model.to_json(),
                "datasets": [result.to_json() for result in self.baseline.datasets],
            },
        }


def metrics_json(metrics: Evaluation) -> dict[str, Any]:
    """Return the classification metrics of a data set as JSON values."""
    return {
        "n": metrics.n,
        "correct": metrics.correct,
        "accuracy": metrics.accuracy,
        "interval": list(metrics.interval),
        "loss": metrics.loss,
        "top5_accuracy": metrics.top5_accuracy,
        "confusions_i_l": metrics.confusions_between("I", "L"),
        "accuracy_i_l_merged": metrics.accuracy_merging("I", "L"),
    }


def per_class(metrics: Evaluation) -> dict[str, Count]:
    """Count images and correct predictions of each class that has images."""
    counts, correct = metrics.confusion.sum(axis=1).tolist(), np.diag(metrics.confusion).tolist()
    rows = zip(metrics.classes, counts, correct, strict=True)
    return {name: Count(n, hits) for name, n, hits in rows if n}


def thinned(curve: RiskCoverage, points: int = CURVE_POINTS) -> RiskCoverage:
    """Reduce a curve to at most `points` points, evenly spaced, its ends among them."""
    rows = np.unique(np.linspace(0, len(curve.coverage) - 1, points).round().astype(int))
    return RiskCoverage(curve.coverage[rows], curve.risk[rows], curve.threshold[rows])


def finite(values: npt.NDArray[np.float64]) -> list[float | None]:
    """Return numbers as JSON values: NaN becomes None."""
    return [None if np.isnan(value) else float(value) for value in values]


def _reliability_json(bins: Reliability) -> dict[str, Any]:
    return {
        "ece": bins.ece,
        "counts": bins.counts.tolist(),
        "confidence": finite(bins.confidence),
        "accuracy": finite(bins.accuracy),
    }
