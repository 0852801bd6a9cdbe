"""CSV: a header, then a row for each letter; UTF-8, lines end with a line feed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from lenet.bulk.writers.marked import MarkedWriter
from lenet.bulk.writers.types import Letters, Mark
from lenet.engine import unpack
from lenet.engine.abi import CANDIDATES
from lenet.metrics.decision import VERDICTS

_VERDICTS = [str(verdict) for verdict in VERDICTS]


class CsvWriter(MarkedWriter):
    """Writes source, letter, verdict, confidence, then five labels with their probabilities."""

    suffix = "csv"

    def encode(self, letters: Letters, mark: Mark, stream: BinaryIO) -> None:
        """Write letters."""
        text = io.TextIOWrapper(stream, "utf-8", errors="backslashreplace", newline="", write_through=True)
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(_header(letters))
        rows.writerows(_rows(letters))
        text.detach()

    def count(self, stream: BinaryIO) -> int:
        """Return the number of rows after the header; a name may have line feeds."""
        text = io.TextIOWrapper(stream, "utf-8", newline="")
        rows = sum(1 for _ in csv.reader(text)) - 1
        text.detach()
        return rows


def _header(letters: Letters) -> list[str]:
    pairs = [name for n in range(1, CANDIDATES + 1) for name in (f"candidate_{n}", f"probability_{n}")]
    logits = [] if letters.logits is None else [f"logit_{label}" for label in letters.labels]
    return ["source", "letter", "verdict", "confidence", *pairs, *logits]


def _rows(letters: Letters) -> Iterator[list[str | float]]:
    names = letters.labels
    rows = zip(letters.sources, letters.best.tolist(), unpack(letters.raw), strict=True)
    for number, (source, best, (verdict, classes, probabilities)) in enumerate(rows):
        shares = [round(probability, 7) for probability in probabilities] or [0.0]
        row: list[str | float] = [source, names[best] if best >= 0 else "", _VERDICTS[verdict], shares[0]]
        for index, share in zip(classes, shares, strict=False):
            row += (names[index], share)
        row += [""] * (2 * (CANDIDATES - len(classes)))
        if letters.logits is not None:
            row += [round(value, 5) for value in letters.logits[number].tolist()]
        yield row
