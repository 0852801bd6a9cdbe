"""JSON Lines, as `lenet predict --json` prints them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

from lenet.bulk.writers.marked import MarkedWriter
from lenet.bulk.writers.types import Letters, Mark
from lenet.engine import unpack
from lenet.metrics.decision import VERDICTS


class JsonlWriter(MarkedWriter):
    """Writes a line for each letter; with logits, `"logits"` is its last key."""

    suffix = "jsonl"

    def encode(self, letters: Letters, mark: Mark, stream: BinaryIO) -> None:
        """Write letters."""
        stream.writelines(line.encode() for line in _lines(letters))


def _lines(letters: Letters) -> Iterator[str]:
    """Yield the lines of `lenet.inference.lines.as_json`, in less time."""
    names = [json.dumps(label) for label in letters.labels]
    pairs = [f"[{name}, " for name in names]
    verdicts = [json.dumps(verdict) for verdict in VERDICTS]
    rows = zip(letters.sources, letters.best.tolist(), unpack(letters.raw), _logits(letters), strict=True)
    for source, best, (verdict, classes, probabilities), logits in rows:
        candidates = [f"{pairs[k]}{round(p, 7)!r}]" for k, p in zip(classes, probabilities, strict=True)]
        yield (
            f'{{"source": {json.dumps(source)}, "letter": {names[best] if best >= 0 else "null"}, '
            f'"candidates": [{", ".join(candidates)}], "verdict": {verdicts[verdict]}{logits}}}\n'
        )


def _logits(letters: Letters) -> Iterator[str]:
    """Yield the logits of each letter as the end of its line; "" without logits."""
    if letters.logits is None:
        yield from [""] * len(letters.sources)
        return
    for row in letters.logits.tolist():
        yield f', "logits": {json.dumps([round(value, 5) for value in row])}'
