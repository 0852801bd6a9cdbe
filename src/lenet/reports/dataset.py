"""What is in data sets: counts, copies, suspicious labels; as text and as a page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet._util import html as pages
from lenet._util import rng
from lenet.datasets import Dataset
from lenet.datasets.dataset import SIDE
from lenet.datasets.licenses import terms
from lenet.datasets.near_duplicates import LIMIT, MAX_PAIRS, firsts

COLUMNS = 24  # of a contact sheet
SHOWN = 48  # pictures of each kind of finding

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Copies:
    """Pairs of images of several sets, counted by the sets that they are in.

    within   for each set, its images that are copies of one before them in it
    across   (first set, second set): images of the second that are copies of one of the first
    differ   pairs of rows with different labels, int64 (m, 2)
    """

    within: list[int]
    across: dict[tuple[int, int], int]
    differ: Rows


@dataclass(frozen=True)
class Suspicion:
    """Labels of a set that are probably wrong.

    rows     int64 (m,), the most suspicious first
    answers  int64 (m,), what the network takes them for
    judge    who said so; where nobody could, why
    """

    rows: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    answers: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    judge: str = ""


def together(parts: Sequence[Dataset]) -> Dataset:
    """The sets as one, to be compared. Where their classes differ it has the classes of all, upper
    and lower case being one: the a of one split of EMNIST is in the A of another."""
    if len({part.classes for part in parts}) == 1:
        return Dataset.concatenate(parts)
    names = [[_merged(name) for name in part.classes] for part in parts]
    classes = tuple(dict.fromkeys(name for some in names for name in some))
    return Dataset.concatenate(
        [
            replace(
                part,
                classes=classes,
                labels=np.array([classes.index(name) for name in some], np.uint8)[part.labels],
            )
            for part, some in zip(parts, names, strict=True)
        ]
    )


def _merged(name: str) -> str:
    return name.upper() if len(name.upper()) == 1 else name


def equal(whole: Dataset, sets: int) -> Copies:
    """Images that are the same byte for byte; the sets of `whole` are numbered by its sources."""
    first, source = firsts(whole.images), whole.sources
    rows = [first[source == number] for number in range(sets)]
    within = [len(own) - len(np.unique(own)) for own in rows]
    across = {(a, b): int(np.isin(rows[b], rows[a]).sum()) for a in range(sets) for b in range(a + 1, sets)}
    later = np.flatnonzero(whole.labels != whole.labels[first])
    return Copies(within, across, np.stack([first[later], later], axis=1))


def nearly(whole: Dataset, pairs: Rows, sets: int) -> Copies:
    """The same of pairs of rows, the lower one first, that are nearly the same."""
    source, labels = whole.sources[pairs], whole.labels[pairs]

    def count(a: int, b: int) -> int:
        return len(np.unique(pairs[(source == (a, b)).all(axis=1), 1]))

    within = [count(a, a) for a in range(sets)]
    across = {(a, b): count(a, b) for a in range(sets) for b in range(a + 1, sets)}
    return Copies(within, across, pairs[labels[:, 0] != labels[:, 1]])


def describe(data: Dataset, spec: str, repeated: int) -> str:
    """A few lines of text on one set."""
    counts = "  ".join(f"{name} {n:,}" for name, n in zip(data.classes, data.counts(), strict=True))
    lines = [
        f"{spec}  {len(data):,} images, {len(data.classes)} classes",
        f"  {counts}",
        f"  source: {', '.join(data.names)}",
        f"  licence: {licence(data)}",
    ]
    if repeated:
        lines.append(f"  {repeated:,} equal to one before it, byte for byte")
    return "\n".join(lines)


def licence(data: Dataset) -> str:
    """The credits in a line; of many only the number."""
    if len(data.credits) > 3:
        return f"{len(data.credits)} credits, such as {data.credits[0]}"
    known = dict.fromkeys(filter(None, map(terms, data.names)))
    return "; ".join(data.credits or known) or "not told by the file"


def contact_sheet(data: Dataset) -> npt.NDArray[np.uint8]:
    """A line of up to 24 images for each class, chosen at random: uint8 (28 k, 672)."""
    sheet = np.zeros((len(data.classes), SIDE, COLUMNS, SIDE), np.uint8)
    key = rng.uniform(len(data), 0, rng.SAMPLES)
    for label in range(len(data.classes)):
        rows = np.flatnonzero(data.labels == label)
        chosen = rows[np.argsort(key[rows], kind="stable")[:COLUMNS]]
        for column, row in enumerate(chosen):
            sheet[label, :, column] = data.images[row]
    return sheet.reshape(-1, COLUMNS * SIDE)


def page(
    specs: Sequence[str],
    parts: Sequence[Dataset],
    whole: Dataset,
    exact: Copies,
    near: tuple[Rows, npt.NDArray[np.float64]],
    suspicions: Sequence[Suspicion],
) -> bytes:
    """The page on these sets; `whole` is all of them, `near` its pairs and their distances."""
    sections = [_overview(specs, parts), _copies(specs, whole, exact, near)]
    for spec, data, suspicion in zip(specs, parts, suspicions, strict=True):
        sections += [
            pages.heading(spec),
            pages.paragraph(f"Source: {', '.join(data.names)}. Licence: {licence(data)}.", note=True),
            pages.bars(data.classes, data.counts().tolist(), f"images of each class of {spec}"),
            pages.behind(
                "The numbers",
                pages.table(
                    ("class", "images"),
                    [(name, f"{n:,}") for name, n in zip(data.classes, data.counts(), strict=True)],
                ),
            ),
            pages.heading("Contact sheet", 3),
            pages.paragraph(f"A line for each class, up to {COLUMNS} images of it, at random."),
            pages.picture(contact_sheet(data), f"some images of each class of {spec}"),
            pages.heading("Suspicious labels", 3),
            *_suspicious(data, suspicion),
        ]
    return pages.page("Data: " + ", ".join(specs), sections)


def _overview(specs: Sequence[str], parts: Sequence[Dataset]) -> str:
    rows = [
        (
            *(spec, f"{len(data):,}", len(data.classes), f"{data.counts().min():,}"),
            *(f"{data.counts().max():,}", f"{data.images.mean() / 255:.3f}"),
        )
        for spec, data in zip(specs, parts, strict=True)
    ]
    head = ("set", "images", "classes", "rarest class", "commonest class", "mean ink")
    return pages.table(head, rows)


def _copies(
    specs: Sequence[str],
    whole: Dataset,
    exact: Copies,
    near: tuple[Rows, npt.NDArray[np.float64]],
) -> str:
    pairs, distances = near
    similar = nearly(whole, pairs, len(specs))
    rows = [
        (f"within {spec}", f"{equal:,}", f"{near:,}")
        for spec, equal, near in zip(specs, exact.within, similar.within, strict=True)
    ]
    rows += [
        (f"{specs[a]} and {specs[b]}", f"{exact.across[a, b]:,}", f"{similar.across[a, b]:,}")
        for a, b in exact.across
    ]
    cut = len(pairs) == MAX_PAIRS
    # Those of different labels first: one of the two is wrong.
    order = np.argsort(whole.labels[pairs[:, 0]] == whole.labels[pairs[:, 1]], kind="stable")
    pairs = np.concatenate([exact.differ, pairs[order]])[:SHOWN]
    distances = np.concatenate([np.zeros(len(exact.differ)), distances[order]])[:SHOWN]
    shown = [
        pages.picture(
            np.concatenate([whole.images[a], whole.images[b]], axis=1),
            "two images that are nearly the same",
            f"{whole.classes[whole.labels[a]]} {whole.classes[whole.labels[b]]}  {distance:.3f}",
            scale=2,
        )
        for (a, b), distance in zip(pairs.tolist(), distances, strict=True)
    ]
    differ = len(exact.differ) + len(similar.differ)
    return "\n".join(
        [
            pages.heading("Copies"),
            pages.table(("images that another has", "byte for byte", "nearly"), rows),
            pages.paragraph(
                "Nearly: the distance |a - b| / max(|a|, |b|) of the images as 14 x 14 means is "
                f"at most {LIMIT}, and they are not equal. {differ:,} pairs, equal or nearly, have "
                "different labels; they are shown first. Bare bars are often alike "
                "without being copies."
                + (f" There are more: the search ended at {MAX_PAIRS:,} pairs." if cut else ""),
                note=True,
            ),
            *shown,
        ]
    )


def _suspicious(data: Dataset, suspicion: Suspicion) -> list[str]:
    shown = [
        pages.picture(
            data.images[row],
            f"an image labelled {data.classes[data.labels[row]]}",
            f"{data.classes[data.labels[row]]}, or {data.classes[answer]}? #{row}",
            scale=2,
        )
        for row, answer in zip(suspicion.rows[:SHOWN], suspicion.answers[:SHOWN], strict=True)
    ]
    return [
        pages.paragraph(f"{len(suspicion.rows):,} of {len(data):,}. {suspicion.judge}"),
        *shown,
    ]


def as_json(
    specs: Sequence[str],
    parts: Sequence[Dataset],
    found: Copies,
    similar: Copies,
    suspicions: Sequence[Suspicion],
) -> bytes:
    """The same for programs."""
    sets: list[dict[str, Any]] = [
        {
            "data": spec,
            "images": len(data),
            "counts": dict(zip(data.classes, data.counts().tolist(), strict=True)),
            "sources": list(data.names),
            "credits": list(data.credits),
            "equal": found.within[k],
            "nearly_equal": similar.within[k],
            "suspicious": suspicions[k].rows.tolist(),
            "judge": suspicions[k].judge,
        }
        for k, (spec, data) in enumerate(zip(specs, parts, strict=True))
    ]
    between = [
        {"sets": [specs[a], specs[b]], "equal": count, "nearly_equal": similar.across[a, b]}
        for (a, b), count in found.across.items()
    ]
    return (json.dumps({"sets": sets, "between": between}, indent=1) + "\n").encode()
