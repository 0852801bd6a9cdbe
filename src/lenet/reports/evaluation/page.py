"""The page of an evaluation report: tables, charts and pictures of an `EvaluationReport`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lenet.evaluation.corruptions import CORRUPTIONS
from lenet.evaluation.measure import ConfusionExamples
from lenet.evaluation.report import (
    BaselineComparison,
    DatasetEvaluation,
    EvaluationReport,
    ModelSummary,
    RobustnessCurve,
    per_class,
)
from lenet.metrics import wilson_interval
from lenet.metrics.calibration import BINS
from lenet.reports import charts
from lenet.reports.evaluation import confidence
from lenet.reports.evaluation.words import colour, dataset_legend, interval, percent
from lenet.reports.html import Figure, Table, render
from lenet.training.history import Epoch

SECTIONS = {
    "accuracy": "Accuracy",
    "confusions": "Top confusions",
    "matrix": "Confusion matrix",
    "classes": "Accuracy by class",
    "calibration": "Calibration",
    "rejection": "Rejection of outliers",
    "robustness": "Robustness",
    "baseline": "Comparison with the baseline",
    "history": "Learning curves",
    "model": "Model",
}


def render_page(report: EvaluationReport, examples: Mapping[str, Sequence[ConfusionExamples]]) -> bytes:
    """Render the page of a report.

    Args:
        report: the figures.
        examples: misclassified images of each data set, by its name.

    Returns:
        HTML in UTF-8, complete in itself.
    """
    absent = {"baseline": report.baseline is None, "history": not report.history}
    return render(
        "evaluation.html.j2",
        report=report,
        examples=examples,
        sections={name: title for name, title in SECTIONS.items() if not absent.get(name)},
        num_images=sum(data.metrics.n for data in report.datasets),
        accuracy={"figure": _accuracy_figure(report.datasets), "table": _accuracy_table(report.datasets)},
        matrices=[_matrix(data) for data in report.datasets],
        per_class=[_per_class(data) for data in report.datasets],
        calibration=confidence.calibration(report.datasets),
        rejection=confidence.rejection(report),
        num_bins=BINS,
        few=charts.FEW,
        robustness=_robustness(report.robustness),
        dataset_legend=dataset_legend(report.datasets),
        baseline=report.baseline and _baseline(report.baseline),
        history=_history(report.history) if report.history else [],
        model=_model(report.model),
    )


# ---- Accuracy and errors -------------------------------------------------------------------


def _accuracy_figure(datasets: Sequence[DatasetEvaluation]) -> Figure:
    low = min(data.metrics.interval[0] for data in datasets)
    step = charts.tick_step(low, 1.0, 5)
    rows = [
        charts.Interval(data.title, data.metrics.accuracy, *data.metrics.interval, colour(k))
        for k, data in enumerate(datasets)
    ]
    axis = charts.percent_axis(low // step * step, 1.0, "accuracy with 95 % confidence interval", step)
    return Figure(
        "Accuracy by data set",
        charts.intervals("Accuracy of each data set with its confidence interval", axis, rows),
        "Scans, pen strokes and mouse strokes are different domains; the difference between their "
        "accuracies is the domain gap. Intervals are Wilson's score intervals.",
        css="large",
    )


def _accuracy_table(datasets: Sequence[DatasetEvaluation]) -> Table:
    head = ["data set", "n", "correct", "accuracy", "95 % interval", "top-5 accuracy", "I/L confusions"]
    head += ["accuracy, I and L merged", "loss, nats"]
    rows: list[list[object]] = []
    for data in datasets:
        figures = data.metrics
        row: list[object] = [data.title, f"{figures.n:,}", f"{figures.correct:,}", f"{figures.accuracy:.2%}"]
        row += [
            interval(figures.interval),
            f"{figures.top5_accuracy:.2%}",
            figures.confusions_between("I", "L"),
        ]
        row += [f"{figures.accuracy_merging('I', 'L'):.2%}", f"{figures.loss:.3f}"]
        rows.append(row)
    return Table(head, rows)


def _matrix(data: DatasetEvaluation) -> Figure:
    names, counts = list(data.metrics.classes), data.metrics.confusion.tolist()
    title = f"Confusion matrix of {data.name}: rows are true classes, columns are predicted classes"
    rows = [[name, *row] for name, row in zip(names, counts, strict=True)]
    numbers = Table(["true class", *names], rows, "dense")
    return Figure(data.title, charts.heat_map(title, names, counts), table=numbers)


def _per_class(data: DatasetEvaluation) -> Figure:
    rows = sorted(per_class(data.metrics).items(), key=lambda row: row[1].correct / row[1].n)
    chart = charts.bars(
        f"Accuracy of each class of {data.name}",
        [name for name, _ in rows],
        [count.correct / count.n for _, count in rows],
        [f"{name}: {count.correct} of {count.n}" for name, count in rows],
    )
    cells = []
    for name, count in rows:
        bounds = interval(wilson_interval(count.correct, count.n))
        cells.append([name, count.n, count.correct, f"{count.correct / count.n:.1%}", bounds])
    numbers = Table(["class", "n", "correct", "accuracy", "95 % interval"], cells)
    return Figure(f"{data.title}, lowest first", chart, table=numbers)


# ---- Robustness, baseline, training, model -------------------------------------------------


def _robustness(curves: Sequence[RobustnessCurve]) -> list[Figure]:
    figures = []
    for name in CORRUPTIONS:
        same = [curve for curve in curves if curve.corruption == name]
        strengths, unit = same[0].strengths, same[0].unit
        series = [
            charts.Series(curve.data, list(zip(strengths, curve.accuracy, strict=True)), colour(k), dots=True)
            for k, curve in enumerate(same)
        ]
        x = charts.Axis(0, strengths[-1], strengths, unit)
        y = charts.percent_axis(0, 1, "accuracy")
        numbers = Table(
            [unit, *(f"{strength:g}" for strength in strengths)],
            [[curve.data, *map(percent, curve.accuracy)] for curve in same],
        )
        chart = charts.lines(f"Accuracy against {name}", x, y, series)
        figures.append(Figure(name.capitalize(), chart, table=numbers))
    return figures


def _baseline(baseline: BaselineComparison) -> Table:
    head = ["data set", "n", "accuracy", f"accuracy of {baseline.model.name}"]
    head += ["correct only here", "correct only in the baseline", "p"]
    rows = []
    for result in baseline.datasets:
        test = result.test
        p = "< 0.0001" if test.p < 1e-4 else f"{test.p:.4f}"
        row = [result.data, f"{test.n:,}", f"{result.accuracy:.2%}", f"{result.baseline_accuracy:.2%}"]
        rows.append([*row, test.only_first, test.only_second, p])
    return Table(head, rows)


def _history(history: Sequence[Epoch]) -> list[Figure]:
    epochs = [row.epoch for row in history]
    first, last = min(1, epochs[0]), max(2, epochs[-1])
    step = max(1, charts.tick_step(0, last, 6))
    ticks = [first, *(k * step for k in range(1, int(last / step) + 1) if k * step > first)]
    x = charts.Axis(first, last, ticks, "epoch")
    loss = {
        "training": [(row.epoch, row.loss) for row in history],
        "validation": [(row.epoch, row.validation_loss) for row in history],
    }
    accuracy = {
        "training": [(row.epoch, row.accuracy) for row in history],
        "validation": [(row.epoch, row.validation_accuracy) for row in history],
    }
    highest = max(value for line in loss.values() for _, value in line) or 1.0
    lowest = min(0.9, *(value for line in accuracy.values() for _, value in line))
    y_loss = _axis(0.0, highest, "cross-entropy, nats", "{:g}")
    y_accuracy = _axis(lowest, 1.0, "accuracy", "{:.0%}")
    return [
        Figure("Loss", charts.lines("Loss by epoch", x, y_loss, _series(loss))),
        Figure("Accuracy", charts.lines("Accuracy by epoch", x, y_accuracy, _series(accuracy))),
    ]


def _series(curves: Mapping[str, Sequence[tuple[int, float]]]) -> list[charts.Series]:
    return [charts.Series(name, points, k) for k, (name, points) in enumerate(curves.items(), 1)]


def _axis(low: float, high: float, label: str, form: str) -> charts.Axis:
    step = charts.tick_step(low, high, 5)
    low = low // step * step
    ticks = [low + k * step for k in range(int((high - low) / step + 1e-9) + 1)]
    return charts.Axis(low, high, ticks, label, form)


def _model(model: ModelSummary) -> list[tuple[str, str]]:
    rows = model.to_json().items()
    return [(key.replace("_", " "), _plain(value)) for key, value in rows if value is not None]


def _plain(value: Any) -> str:
    """Write a JSON value in a line."""
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {_plain(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
