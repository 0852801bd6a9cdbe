"""Write recognitions as JSON lines, for `lenet predict`."""

from __future__ import annotations

import json

from lenet.inference.recognizer import Recognition


def as_json(source: str, recognition: Recognition) -> str:
    """Return a recognition as JSON; other programs rely on its keys."""
    return json.dumps(
        {
            "source": source,
            "letter": recognition.letter,
            "candidates": [[letter, round(p, 7)] for letter, p in recognition.candidates],
            "verdict": recognition.verdict,
        }
    )
