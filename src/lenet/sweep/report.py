"""The report of a sweep: one HTML page of its frontier, its factors and its winner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from lenet.reports import charts
from lenet.reports.html import Figure, Table, render
from lenet.sweep.analysis import Candidate, Factor, candidates, compare, factors, frontier
from lenet.sweep.parquet import Cell, columns
from lenet.sweep.row import Row

SHOWN = 20  # configurations in the table
DRAWN = 300  # configurations in a chart
MAX_REASONS = 10


def render_report(name: str, rows: Sequence[Row]) -> bytes:
    """Render the page of a sweep.

    Args:
        name: of the sweep.
        rows: its results; none is allowed.

    Returns:
        HTML in UTF-8, complete in itself.
    """
    best, failures = candidates(rows), [row for row in rows if row.error is not None]
    important = factors(rows)
    return render(
        "sweep.html.j2",
        name=name,
        trainings=len(rows),
        configurations=len(best),
        failed=len(failures),
        reasons=Counter(str(row.error) for row in failures).most_common(MAX_REASONS),
        letters=rows[0].trial.validation or "the tenth of the training data" if rows else "",
        frontier=[_frontier(best, cost) for cost in COSTS] if best else [],
        best=_best(best, important),
        factors=[_factor(factor) for factor in important],
        importance=_importance(important),
        comparison=_comparison(best),
        winner=best[0].rows[0].trial.digest[:12] if best else "",
    )


class Cost(NamedTuple):
    """A cost of a configuration, for a chart of accuracy against it."""

    title: str
    label: str
    of: Callable[[Candidate], float]
    form: str


COSTS = (
    Cost("Accuracy and parameters", "parameters", lambda one: one.parameters, "{:,.0f}"),
    Cost("Accuracy and time", "core-seconds of a training", lambda one: one.cpu_seconds, "{:.3g}"),
)


def _frontier(best: Sequence[Candidate], cost: Cost) -> Figure:
    """Draw accuracy against a cost; the frontier is a line, with intervals."""
    edge = frontier(best, cost.of)
    drawn = [*best[:DRAWN], *(one for one in edge if one not in best[:DRAWN])]
    costs, accuracies = [cost.of(one) for one in drawn], [one.accuracy for one in drawn]
    step = charts.tick_step(0, max(costs) or 1, 4)
    ticks = [k * step for k in range(int(max(costs) / step) + 1)]
    x = charts.Axis(0, max(costs) * 1.05 or 1, ticks, cost.label, "{:,g}")
    low = min([*accuracies, *(one.interval[0] for one in edge)])
    high = max(one.interval[1] for one in edge)
    y = charts.percent_axis(low, high, "accuracy", charts.tick_step(low, high, 5))
    marks = [charts.Mark(cost.of(one), one.accuracy) for one in drawn if one not in edge]
    marks += [charts.Mark(cost.of(one), one.accuracy, *one.interval, colour=1) for one in edge]
    table = Table(
        [cost.label, "accuracy", "95 % interval", "configuration"],
        [
            [cost.form.format(cost.of(one)), f"{one.accuracy:.2%}", _interval(one), _describe(one)]
            for one in edge
        ],
    )
    return Figure(
        cost.title,
        charts.scatter(f"Accuracy against {cost.label}", x, y, marks),
        "Each point is a configuration; the coloured ones are more accurate than all that cost no more.",
        table=table,
    )


def _interval(one: Candidate) -> str:
    low, high = one.interval
    return f"{low:.2%} to {high:.2%}"


def _describe(one: Candidate) -> str:
    trial = one.rows[0].trial
    return f"{trial.arch}, {trial.digest[:12]}"


def _best(best: Sequence[Candidate], items: Sequence[Factor]) -> Table:
    """List the best configurations, with the factors that differ."""
    head = ["configuration", "accuracy", "spread of seeds", "95 % interval", "seeds", "core-seconds"]
    head += [factor.name for factor in items]
    rows = []
    for one in best[:SHOWN]:
        cells = columns(one.rows[0])
        rows.append(
            [
                one.rows[0].trial.digest[:12],
                f"{one.accuracy:.2%}",
                f"{one.spread:.2%}" if len(one.rows) > 1 else "",
                _interval(one),
                len(one.rows),
                f"{one.cpu_seconds:.3g}",
                *(", ".join(_cell(cells[name]) for name in factor.columns) for factor in items),
            ]
        )
    return Table(head, rows)


def _cell(value: Cell) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _importance(items: Sequence[Factor]) -> Table:
    rows = [[one.name, f"{one.explained:.0%}", f"{100 * one.effect:.2f}"] for one in items]
    return Table(["factor", "variance explained", "points between the levels"], rows)


def _factor(factor: Factor) -> Figure:
    """Draw the mean of each level with the spread over all other factors."""
    rows = [
        charts.Interval(level.name, level.mean, level.mean - level.spread, level.mean + level.spread, 1)
        for level in factor.levels
    ]
    low, high = max(0.0, min(row.low for row in rows)), min(1.0, max(row.high for row in rows))
    if high - low < 1e-4:
        low, high = max(0.0, low - 0.01), min(1.0, high + 0.01)
    step = charts.tick_step(low, high, 5)
    first, last = -int(-low / step // 1), int(high / step + 1e-9)
    x = charts.Axis(low, high, [k * step for k in range(first, last + 1)], "accuracy", "{:.1%}")
    table = Table(
        [factor.name, "trainings", "mean", "standard deviation"],
        [[one.name, one.count, f"{one.mean:.2%}", f"{one.spread:.2%}"] for one in factor.levels],
    )
    return Figure(factor.name, charts.intervals(f"Accuracy by {factor.name}", x, rows), table=table)


def p_text(p: float) -> str:
    """Return a p value with its relation: "p = 0.017", or "p < 0.001"."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _comparison(best: Sequence[Candidate]) -> Table | None:
    """Compare winner and runner-up, seed by seed; None without a runner-up on the same letters."""
    if len(best) < 2 or not (results := compare(best[0], best[1])):
        return None
    return Table(
        [
            "seed",
            "winner",
            "runner-up",
            "only the winner correct",
            "only the runner-up correct",
            "McNemar's test",
        ],
        [
            [
                one.seed,
                f"{one.first.accuracy:.2%}",
                f"{one.second.accuracy:.2%}",
                one.result.only_first,
                one.result.only_second,
                p_text(one.result.p),
            ]
            for one in results
        ],
    )
