"""What all parts of the page share: how a data set is named, coloured and put into words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lenet.reports.evaluation.html import legend

Found = dict[str, Any]

COLOURS = 5  # of lines; more data sets take turns


def colour(k: int) -> int:
    """The number of a data set's colour."""
    return k % COLOURS + 1


def title(one: Found) -> str:
    """A data set by its name and domain."""
    return f"{one['data']} ({one['domain']})" if one["domain"] else str(one["data"])


def shares(values: Sequence[float | None]) -> list[str]:
    """Shares in per cent."""
    return ["-" if value is None else f"{value:.2%}" for value in values]


def interval(one: Found) -> str:
    """An interval in per cent."""
    low, high = one["interval"]
    return f"{low:.1%} to {high:.1%}"


def sets_legend(sets: Sequence[Found]) -> str:
    """Whose line is which."""
    return legend([(title(one), f"c{colour(k)}") for k, one in enumerate(sets)])
