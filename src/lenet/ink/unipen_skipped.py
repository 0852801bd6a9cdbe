"""Count what the reader of UNIPEN leaves out, for a note to the user."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

MAX_NAMES = 3  # of files in a note


class Reason(StrEnum):
    """Why a segment is not a letter; the value is its plural in a note."""

    DIGIT = "digits"
    SYMBOL = "other characters"
    BAD = "segments of quality BAD"
    MISSING = "segments whose strokes are missing or empty"
    TOO_LARGE = "segments of too many points"


class Skipped:
    """Count segments that were left out by reason, and name files without `.SEGMENT` and folders."""

    def __init__(self) -> None:
        self.segments: Counter[Reason] = Counter()
        self.files: list[str] = []
        self.folders: set[str] = set()

    def note(self) -> str:
        """Return a note of one line; "" if nothing was left out."""
        parts = [f"{count:,} {_words(reason, count)}" for reason, count in self.segments.items()]
        if self.files:
            names = ", ".join(self.files[:MAX_NAMES]) + (", ..." if len(self.files) > MAX_NAMES else "")
            files = "file" if len(self.files) == 1 else "files"
            parts.append(f"{len(self.files):,} {files} without .SEGMENT of a letter ({names})")
        if self.folders:
            parts.append(f"folders {', '.join(sorted(self.folders))}")
        return f"left out {'; '.join(parts)}" if parts else ""


def _words(reason: Reason, count: int) -> str:
    if count != 1:
        return reason
    return reason.replace("segments", "segment").replace("digits", "digit").replace("characters", "character")
