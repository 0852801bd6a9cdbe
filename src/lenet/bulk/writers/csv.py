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
    for number, (verdict, classes, probabilities) in enumerate(unpack(letters.raw)):
        best = int(letters.raw["classes"][number, 0]) if verdict <= 1 else -1
        letter = names[best] if best >= 0 else ""
        confidence = round(probabilities[0], 7) if probabilities else 0.0
        row: list[str | float] = [letters.sources[number], letter, VERDICTS[verdict], confidence]
        for index, probability in zip(classes, probabilities, strict=True):
            row += [names[index], round(probability, 7)]
        row += [""] * (2 * (CANDIDATES - len(classes)))
        if letters.logits is not None:
            row += [round(value, 5) for value in letters.logits[number].tolist()]
        yield row
