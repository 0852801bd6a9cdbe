"""The sections of the page about confidence: calibration, and rejection of outliers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lenet.evaluation.report import (
    DatasetEvaluation,
    EvaluationReport,
    ModelSummary,
    RejectionRow,
    finite,
    thinned,
)
from lenet.metrics import Reliability
from lenet.reports import charts
from lenet.reports.evaluation.words import colour, dataset_legend, percent
from lenet.reports.html import Figure, Table

# ---- Calibration ---------------------------------------------------------------------------


@dataclass(frozen=True)
class CalibrationView:
    """Rows of reliability diagrams, and the risk-coverage curves."""

    diagrams: Sequence[Sequence[Figure]]
    risk_coverage: Figure


def calibration(datasets: Sequence[DatasetEvaluation]) -> CalibrationView:
    """Draw reliability without and with temperature scaling, and risk against coverage."""
    return CalibrationView(
        [
            [_diagram(data, "uncalibrated", data.uncalibrated) for data in datasets],
            [_diagram(data, "calibrated", data.calibrated) for data in datasets],
        ],
        _risk_coverage(datasets),
    )


def _diagram(data: DatasetEvaluation, when: str, bins: Reliability) -> Figure:
    columns = (bins.counts.tolist(), finite(bins.confidence), finite(bins.accuracy))
    rows = [[k, n, *map(percent, pair)] for k, (n, *pair) in enumerate(zip(*columns, strict=True), 1)]
    return Figure(
        f"{data.title}, {when}: ECE {bins.ece:.2%}",
        charts.reliability(f"Reliability diagram of {data.name}, {when}", bins),
        table=Table(["bin", "n", "confidence", "accuracy"], rows),
    )


def _risk_coverage(datasets: Sequence[DatasetEvaluation]) -> Figure:
    curves = [thinned(data.risk_coverage) for data in datasets]
    top = max(float(curve.risk.max()) for curve in curves) or 0.01
    y = charts.percent_axis(0, top, "risk: errors among the accepted", charts.tick_step(0, top, 5))
    x = charts.percent_axis(0, 1, "coverage: accepted, most confident first")
    series = [
        charts.Series(
            data.name, list(zip(curve.coverage.tolist(), curve.risk.tolist(), strict=True)), colour(k)
        )
        for k, (data, curve) in enumerate(zip(datasets, curves, strict=True))
    ]
    return Figure(
        "Risk against coverage",
        charts.lines("Risk-coverage curves", x, y, series),
        "A threshold on the confidence rejects the least confident predictions, which hold most errors.",
        dataset_legend(datasets),
        Table(["data set", "AURC"], [[data.title, f"{data.risk_coverage.area:.4f}"] for data in datasets]),
        "large",
    )


# ---- Rejection -----------------------------------------------------------------------------


@dataclass(frozen=True)
class RejectionView:
    """Verdicts on letters, histograms of entropies, and the fraction that is rejected."""

    figures: Sequence[Figure]
    table: Table


def rejection(report: EvaluationReport) -> RejectionView:
    """Draw the verdicts on letters, and the entropies of letters and outliers."""
    return RejectionView([_verdicts(report), *_histograms(report)], _table(report))


def _verdicts(report: EvaluationReport) -> Figure:
    kinds = list(report.datasets[0].verdicts)
    rows = [
        (data.title, [count.n / data.metrics.n for count in data.verdicts.values()])
        for data in report.datasets
    ]
    head = ["data set", *(text for kind in kinds for text in (kind, f"{kind}, correct"))]
    cells = [
        [data.title, *(n for count in data.verdicts.values() for n in (count.n, count.correct))]
        for data in report.datasets
    ]
    return Figure(
        "Verdicts on letters",
        charts.stack("Fractions of the verdicts on letters", rows),
        _thresholds(report.model),
        [(kind, f"s{k}") for k, kind in enumerate(kinds, 1)],
        Table(head, cells),
    )


def _thresholds(model: ModelSummary) -> str:
    if model.max_entropy is None:
        return "This model has no thresholds: every drawing with ink is a letter."
    text = f"Entropy above {model.max_entropy:.2f} nats: not-a-letter."
    if model.min_probability is not None:
        text += f" Confidence below {model.min_probability:.0%}: unsure."
    return text


def _histograms(report: EvaluationReport) -> list[Figure]:
    limit, highest = report.model.max_entropy, float(np.log(len(report.model.labels)))
    axis = charts.Axis(0, highest, [k / 2 for k in range(int(2 * highest) + 1)], "entropy, nats")
    letters = _sum([row for row in report.rejection if row.is_letters])
    outliers = [row for row in report.rejection if not row.is_letters]
    groups = {"synthetic outliers": _sum([row for row in outliers if row.is_synthetic])}
    groups |= {row.name: list(row.entropy_counts) for row in outliers if not row.is_synthetic}
    return [
        Figure(
            f"Letters and {name}",
            charts.histogram(f"Entropies of letters and of {name}", axis, [(letters, 1), (counts, 2)], limit),
            "The dashed line is the threshold of not-a-letter." if limit is not None else "",
            [("letters", "half f1"), (name, "half f2")],
        )
        for name, counts in groups.items()
    ]


def _sum(rows: Sequence[RejectionRow]) -> list[int]:
    return [sum(counts) for counts in zip(*(row.entropy_counts for row in rows), strict=True)]


def _table(report: EvaluationReport) -> Table:
    names = [data.name for data in report.datasets]
    rows = []
    for row in report.rejection:
        rejected = "-" if row.rejected is None else f"{row.rejected / row.n:.1%}"
        auroc = [f"{row.auroc[name]:.4f}" if row.auroc else "" for name in names]
        rows.append([row.name, f"{row.n:,}", rejected, *auroc])
    return Table(["drawings", "n", "rejected", *(f"AUROC against {name}" for name in names)], rows)
