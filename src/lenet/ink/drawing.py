"""The drawing: pen strokes with what is known of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Drawing:
    """One drawn letter.

    strokes  float64 (n, 2) each: x to the right, y down, any unit; one point is a dot
    label    what it shows, with its case; None when nobody said
    drawer   pseudonym of who drew it
    source   where it was read, such as "file.jsonl:12"
    credit   whom the letter's form is owed to, and under which licence
    """

    strokes: tuple[npt.NDArray[np.float64], ...]
    label: str | None = None
    drawer: str | None = None
    source: str = ""
    credit: str | None = None
