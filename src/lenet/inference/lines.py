"""Write recognitions as JSON lines, for `lenet predict`."""

from __future__ import annotations

import json
from collections.abc import Sequence

from lenet.inference.recognizer import Recognition

Candidates = Sequence[tuple[str, float]]


def as_json(source: str, recognition: Recognition) -> str:
    """Return a recognition as JSON; other programs rely on its keys."""
    return line(source, recognition.letter, recognition.candidates, recognition.verdict)


def line(source: str, letter: str | None, candidates: Candidates, verdict: str) -> str:
    """Return the parts of a recognition as JSON, like `as_json`."""
    return json.dumps(
        {
            "source": source,
            "letter": letter,
            "candidates": [[label, round(p, 7)] for label, p in candidates],
            "verdict": verdict,
        }
    )
