"""Report on data sets: counts, duplicates and probable label errors, as text, page and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet._util import rng
from lenet.datasets import Dataset
from lenet.datasets.dataset import SIDE
from lenet.datasets.near_duplicates import LIMIT, MAX_PAIRS
from lenet.datasets.records import record_of
from lenet.evaluation.duplicates import Duplicates, Rows, near_duplicates
from lenet.evaluation.label_errors import LabelIssues
from lenet.reports import charts
from lenet.reports.html import Figure, Table, render

FORMAT = "lenet-data-report/1"
COLUMNS = 24  # of a contact sheet
SHOWN = 48  # pictures of each kind of finding
MAX_ATTRIBUTIONS = 3  # more are only counted

Images = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class DataReport:
    """Counts, duplicates and probable label errors of data sets.

    Attributes:
        names: the names under which they were asked for.
        parts: the data sets.
        merged: all of them as one, see `duplicates.merge`.
        exact: their exact duplicates.
        pairs: int64 (m, 2), rows of `merged` that are nearly equal, nearest first.
        distances: float64 (m,), 0..1, of these pairs.
        label_issues: probable label errors of each data set.
    """

    names: Sequence[str]
    parts: Sequence[Dataset]
    merged: Dataset
    exact: Duplicates
    pairs: Rows
    distances: npt.NDArray[np.float64]
    label_issues: Sequence[LabelIssues]

    @property
    def near(self) -> Duplicates:
        """Count the near-duplicates."""
        return near_duplicates(self.merged, self.pairs, len(self.parts))

    def to_json(self) -> dict[str, Any]:
        """Return the content of info.json."""
        near = self.near
        return {
            "format": FORMAT,
            "datasets": [
                {
                    "data": name,
                    "n": len(data),
                    "counts": dict(zip(data.classes, data.counts().tolist(), strict=True)),
                    "sources": list(data.names),
                    "attributions": list(data.attributions),
                    "duplicates": self.exact.within[k],
                    "near_duplicates": near.within[k],
                    "label_issues": self.label_issues[k].rows.tolist(),
                    "judge": self.label_issues[k].judge,
                }
                for k, (name, data) in enumerate(zip(self.names, self.parts, strict=True))
            ],
            "between": [
                {
                    "data": [self.names[a], self.names[b]],
                    "duplicates": count,
                    "near_duplicates": near.between[a, b],
                }
                for (a, b), count in self.exact.between.items()
            ],
        }


def describe(data: Dataset, name: str, duplicates: int) -> str:
    """Describe a data set in a few lines of text."""
    counts = "  ".join(f"{label} {n:,}" for label, n in zip(data.classes, data.counts(), strict=True))
    lines = [
        f"{name}  {len(data):,} images, {len(data.classes)} classes",
        f"  {counts}",
        f"  source: {', '.join(data.names)}",
        f"  licence: {licence(data)}",
    ]
    if duplicates:
        lines.append(f"  {duplicates:,} exact duplicates of an earlier image")
    lines += [f"  {note}" for note in data.notes]
    return "\n".join(lines)


def licence(data: Dataset) -> str:
    """Name the attributions in a line, or their number if there are many."""
    if len(data.attributions) > MAX_ATTRIBUTIONS:
        return f"{len(data.attributions)} attributions, such as {data.attributions[0]}"
    known = dict.fromkeys(record.license for name in data.names if (record := record_of(name)))
    return "; ".join(data.attributions or known) or "not stated in the file"


def contact_sheet(data: Dataset) -> Images:
    """Arrange up to 24 random images of each class in a row: uint8 (28 classes, 672)."""
    sheet = np.zeros((len(data.classes), SIDE, COLUMNS, SIDE), np.uint8)
    key = rng.uniform(len(data), 0, rng.SAMPLES)
    for label in range(len(data.classes)):
        rows = np.flatnonzero(data.labels == label)
        chosen = rows[np.argsort(key[rows], kind="stable")[:COLUMNS]]
        for column, row in enumerate(chosen):
            sheet[label, :, column] = data.images[row]
    return sheet.reshape(-1, COLUMNS * SIDE)


# ---- The page ------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """A small picture with its caption; `alt` is for screen readers."""

    image: Images
    alt: str
    caption: str


@dataclass(frozen=True, eq=False)
class DatasetView:
    """A data set's section of the page."""

    name: str
    data: Dataset
    licence: str
    counts: Figure
    contact_sheet: Images
    issues: LabelIssues
    thumbnails: Sequence[Thumbnail]


def render_page(report: DataReport) -> bytes:
    """Render the page of a report.

    Returns:
        HTML in UTF-8, complete in itself.
    """
    rows = zip(report.names, report.parts, report.label_issues, strict=True)
    return render(
        "dataset.html.j2",
        names=report.names,
        overview=_overview(report),
        duplicates=_duplicates_table(report),
        pairs=_pairs(report),
        conflicts=len(report.exact.conflicts) + len(report.near.conflicts),
        limit=LIMIT,
        cut_at=MAX_PAIRS if len(report.pairs) == MAX_PAIRS else None,
        columns=COLUMNS,
        datasets=[_dataset(name, data, issues) for name, data, issues in rows],
    )


def _overview(report: DataReport) -> Table:
    head = ["data set", "images", "classes", "smallest class", "largest class", "mean ink"]
    rows = []
    for name, data in zip(report.names, report.parts, strict=True):
        counts, ink = data.counts(), data.images.mean() / 255
        row = [name, f"{len(data):,}", str(len(data.classes)), f"{counts.min():,}", f"{counts.max():,}"]
        rows.append([*row, f"{ink:.3f}"])
    return Table(head, rows)


def _duplicates_table(report: DataReport) -> Table:
    names, exact, near = report.names, report.exact, report.near
    rows = [
        [f"within {name}", f"{equal:,}", f"{similar:,}"]
        for name, equal, similar in zip(names, exact.within, near.within, strict=True)
    ]
    rows += [
        [f"{names[a]} and {names[b]}", f"{count:,}", f"{near.between[a, b]:,}"]
        for (a, b), count in exact.between.items()
    ]
    return Table(["images", "exact duplicates", "near-duplicates"], rows)


def _pairs(report: DataReport) -> list[Thumbnail]:
    """Show pairs of duplicates, those of different labels first: one of the two is wrong."""
    data, exact = report.merged, report.exact.conflicts
    same_label = data.labels[report.pairs[:, 0]] == data.labels[report.pairs[:, 1]]
    order = np.argsort(same_label, kind="stable")
    pairs = np.concatenate([exact, report.pairs[order]])[:SHOWN]
    distances = np.concatenate([np.zeros(len(exact)), report.distances[order]])[:SHOWN]
    return [
        Thumbnail(
            np.concatenate([data.images[a], data.images[b]], axis=1),
            "two images that are nearly equal",
            f"{data.classes[data.labels[a]]} {data.classes[data.labels[b]]}  {distance:.3f}",
        )
        for (a, b), distance in zip(pairs.tolist(), distances, strict=True)
    ]


def _dataset(name: str, data: Dataset, issues: LabelIssues) -> DatasetView:
    counts = data.counts().tolist()
    numbers = [[label, f"{n:,}"] for label, n in zip(data.classes, counts, strict=True)]
    return DatasetView(
        name,
        data,
        licence(data),
        Figure(
            "Images by class",
            charts.columns(f"Images of each class of {name}", data.classes, counts),
            table=Table(["class", "images"], numbers),
            css="wide",
        ),
        contact_sheet(data),
        issues,
        [_issue(data, row, other) for row, other in zip(issues.rows[:SHOWN], issues.suggested, strict=False)],
    )


def _issue(data: Dataset, row: int, suggested: int) -> Thumbnail:
    label, other = data.classes[data.labels[row]], data.classes[suggested]
    return Thumbnail(data.images[row], f"an image labelled {label}", f"{label}, or {other}? #{row}")
