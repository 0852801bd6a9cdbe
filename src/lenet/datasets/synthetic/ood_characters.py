"""Out-of-distribution characters: digits, and characters of scripts that share none with Latin.

tools/assets/render_ood_characters.py renders them from handwriting fonts; the package carries them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet.datasets.readers.npz import read_arrays

EMBEDDED = Path(__file__).parents[1] / "assets" / "ood_characters.npz"

_LIMITS = {"images": 2**22, "kind": 2**20, "attributions": 2**16}


@cache
def characters() -> npt.NDArray[np.uint8]:
    """Return characters of other scripts, uint8 (n, 28, 28); models are trained to reject them."""
    return _images("characters")


@cache
def digits() -> npt.NDArray[np.uint8]:
    """Return 0 to 9 of each font, uint8 (n, 28, 28), for evaluation only: some look like letters."""
    return _images("digits")


def attributions() -> tuple[str, ...]:
    """Return the attributions that the fonts' licences ask for."""
    return tuple(map(str, read_arrays(EMBEDDED, _LIMITS)["attributions"]))


def _images(kind: str) -> npt.NDArray[np.uint8]:
    arrays = read_arrays(EMBEDDED, _LIMITS)
    return np.asarray(arrays["images"][arrays["kind"] == kind])
