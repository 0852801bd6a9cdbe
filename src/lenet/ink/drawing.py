"""The drawing: pen strokes, their label, their writer and their attribution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Drawing:
    """One drawn letter.

    Attributes:
        strokes: float64 (n, 2) each: x to the right, y down, any unit; one point is a dot.
        label: the letter, in its case; None if it is unknown.
        writer: pseudonym of the writer.
        source: place of the drawing in its file, such as "file.jsonl:12".
        attribution: attribution that the licence of the letter's form asks for.
        id: identity of a contribution in an export of `lenet collect`; None for other drawings.
        part: part of such an export: "train", "validation" or "test"; a writer is in one part for good.
    """

    strokes: tuple[npt.NDArray[np.float64], ...]
    label: str | None = None
    writer: str | None = None
    source: str = ""
    attribution: str | None = None
    id: str | None = None
    part: str | None = None
