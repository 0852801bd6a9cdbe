"""Names, colours and numbers of the evaluation report's page."""

from __future__ import annotations

from collections.abc import Sequence

from lenet.evaluation.report import DatasetEvaluation

COLOURS = 5  # of lines; more data sets take turns


def colour(k: int) -> int:
    """Return the number of the k-th data set's colour."""
    return k % COLOURS + 1


def percent(value: float | None) -> str:
    """Write a fraction in per cent; None as a dash."""
    return "-" if value is None else f"{value:.2%}"


def interval(bounds: tuple[float, float]) -> str:
    """Write an interval in per cent."""
    return "{:.1%} to {:.1%}".format(*bounds)


def dataset_legend(datasets: Sequence[DatasetEvaluation]) -> list[tuple[str, str]]:
    """List the title and the line class of each data set."""
    return [(data.title, f"c{colour(k)}") for k, data in enumerate(datasets)]
