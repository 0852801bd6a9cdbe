"""The report of a run: risk and drift, as a page and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from lenet._util.files import atomic_write, ensure_dir
from lenet.bulk import drift as drifts
from lenet.bulk import risk as risks
from lenet.bulk.drift import DriftReport
from lenet.bulk.risk import RiskPoint, RiskReport
from lenet.metrics.binomial import LEVEL
from lenet.metrics.decision import Verdict
from lenet.reports import charts
from lenet.reports.html import Figure, Table, render

FORMAT = "lenet-risk/1"
PAGE, JSON = "report.html", "report.json"


def write_report(folder: Path, risk: RiskReport | None, drift: DriftReport | None) -> Path:
    """Write `PAGE` and `JSON` into a folder; return the page.

    Raises:
        LenetError: a file cannot be written.
    """
    ensure_dir(folder)
    content = {
        "format": FORMAT,
        "risk": None if risk is None else risk.to_json(),
        "drift": None if drift is None else drift.to_json(),
    }
    with atomic_write(folder / JSON) as stream:
        stream.write((json.dumps(content, indent=1) + "\n").encode())
    with atomic_write(folder / PAGE) as stream:
        stream.write(render_page(risk, drift))
    return folder / PAGE


def render_page(risk: RiskReport | None, drift: DriftReport | None) -> bytes:
    """Render the page: HTML in UTF-8, complete in itself."""
    return render(
        "risk.html.j2",
        risk=risk,
        drift=drift,
        level=f"{LEVEL:.0%}",
        risk_words=None if risk is None else risks.sentence(risk),
        drift_words=None if drift is None else drifts.sentence(drift),
        verdicts=None if risk is None else _verdicts(risk),
        points=None if risk is None else _points(risk),
        curve=None if risk is None else _curve(risk),
        wished=None if risk is None else _wished(risk),
    )


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _verdicts(risk: RiskReport) -> Figure:
    fractions = [risk.verdicts[verdict] / risk.letters for verdict in Verdict]
    rows = [
        [verdict, f"{risk.verdicts[verdict]:,}", _percent(risk.verdicts[verdict] / risk.letters)]
        for verdict in Verdict
    ]
    chart = charts.stack("Letters by verdict", [(f"{risk.letters:,} letters", fractions)])
    legend = [(str(verdict), f"s{k}") for k, verdict in enumerate(Verdict, 1)]
    table = Table(["verdict", "letters", "fraction"], rows)
    return Figure("Letters by verdict", chart, legend=legend, table=table)


def _row(name: str, point: RiskPoint) -> list[object]:
    bounds = f"{point.low:.2%} to {point.high:.2%}"
    return [name, _percent(point.coverage), point.labelled, point.errors, _percent(point.risk), bounds]


def _points(risk: RiskReport) -> Table:
    head = [
        "threshold",
        "accepted (coverage)",
        "labels",
        "errors",
        "error rate (risk)",
        f"{LEVEL:.0%} interval",
    ]
    rows = [_row(f"the model's own, {risk.model.threshold:.3g}", risk.model)]
    return Table(head, rows + [_row(f"{point.threshold:g}", point) for point in risk.points])


def _curve(risk: RiskReport) -> Figure:
    points = [point for point in risk.points if point.labelled]
    lines = [
        ("error rate", 1, [(point.coverage, point.risk or 0.0) for point in points]),
        ("upper bound", 2, [(point.coverage, point.high) for point in points]),
        ("lower bound", 3, [(point.coverage, point.low) for point in points]),
    ]
    top = max([point.high for point in points if point.labelled >= 30] or [1.0])
    step = charts.tick_step(0, top, 5)
    y = charts.Axis(0, top, [k * step for k in range(int(top / step + 1e-9) + 1)], "error rate", "{:.1%}")
    series = [charts.Series(name, sorted(values), colour, dots=colour == 1) for name, colour, values in lines]
    chart = charts.lines(
        "Error rate by coverage", charts.percent_axis(label="accepted (coverage)"), y, series
    )
    legend = [(name, f"c{colour}") for name, colour, _ in lines]
    caption = f"A point for each threshold of the table, with the exact interval at {LEVEL:.0%}."
    return Figure("Error rate by coverage", chart, caption, legend, css="large")


def _wished(risk: RiskReport) -> Table:
    rows = []
    for wished in risk.wished:
        threshold = "label more letters" if wished.threshold is None else f"{wished.threshold:g}"
        rows.append([f"at most {wished.risk:.1%}", threshold, _percent(wished.coverage or None)])
    return Table(["wished error rate", "threshold", "accepted"], rows)
