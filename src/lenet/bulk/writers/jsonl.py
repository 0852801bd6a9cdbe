"""JSON Lines, as `lenet predict --json` prints them."""

from __future__ import annotations

import json
from typing import BinaryIO

from lenet.bulk.writers.marked import MarkedWriter
from lenet.bulk.writers.types import Letters, Mark
from lenet.engine import unpack
from lenet.inference.lines import line
from lenet.metrics.decision import VERDICTS


class JsonlWriter(MarkedWriter):
    """Writes a line for each letter; with logits, `"logits"` is its last key."""

    suffix = "jsonl"

    def encode(self, letters: Letters, mark: Mark, stream: BinaryIO) -> None:
        """Write letters."""
        names = letters.labels
        rows = zip(letters.sources, unpack(letters.raw), letters.best.tolist(), strict=True)
        for number, (source, (verdict, classes, probabilities), best) in enumerate(rows):
            candidates = [(names[index], p) for index, p in zip(classes, probabilities, strict=True)]
            text = line(source, names[best] if best >= 0 else None, candidates, VERDICTS[verdict])
            if letters.logits is not None:
                logits = [round(value, 5) for value in letters.logits[number].tolist()]
                text = f'{text[:-1]}, "logits": {json.dumps(logits)}}}'
            stream.write(text.encode() + b"\n")
