"""Suggest the name that a misspelt word means."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def closest(word: str, names: Iterable[str]) -> str | None:
    """Return the known name that is most like a word, whatever its case; None if none is like it."""
    by_key = {name.lower(): name for name in names}
    close = difflib.get_close_matches(word.lower(), by_key, n=1)
    return by_key[close[0]] if close else None


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return "did you mean NAME?" for the closest known name; "" if none is like the word."""
    name = closest(word, names)
    return f"did you mean {name}?" if name else ""
