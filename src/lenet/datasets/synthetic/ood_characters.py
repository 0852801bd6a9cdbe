"""Characters that are no Latin letter, which the package carries: digits, and those of scripts that
share none with Latin, rendered from handwriting fonts by tools/assets/render_ood_characters.py."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet.datasets.readers.npz import read_arrays

EMBEDDED = Path(__file__).parents[1] / "assets" / "ood_characters.npz"

_LIMITS = {"images": 2**22, "kind": 2**20, "credits": 2**16}


@cache
def characters() -> npt.NDArray[np.uint8]:
    """Of other scripts, uint8 (n, 28, 28): models are trained to decline them."""
    return _images("characters")


@cache
def digits() -> npt.NDArray[np.uint8]:
    """0 to 9 of each font, uint8 (n, 28, 28). Some digits are letters, too: only measured on."""
    return _images("digits")


def attributions() -> tuple[str, ...]:
    """Whom the characters are owed to and under which licence, a line each."""
    return tuple(map(str, read_arrays(EMBEDDED, _LIMITS)["credits"]))


def _images(kind: str) -> npt.NDArray[np.uint8]:
    arrays = read_arrays(EMBEDDED, _LIMITS)
    return np.asarray(arrays["images"][arrays["kind"] == kind])
