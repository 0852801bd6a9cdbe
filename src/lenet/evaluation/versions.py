"""Mild versions of an image, to be answered with the mean over them: test-time augmentation.

The strengths were chosen on `unipen_dev`; docs/research/recipes.md has what they bring.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from lenet.evaluation.robustness import Images, Warp, turn

SHIFT, DEGREES, SLANT = 0.75, 5.0, 0.15  # pixels; degrees; columns a row
MOST = 9


def versions(images: Images, count: int) -> Iterator[Images]:
    """The first `count`, 1..9, of: the images uint8 (n, 28, 28) as they are, shifted in four ways,
    turned in two, slanted in two. Each depends on its image alone; with 1, 5, 7 or 9 no side is
    preferred.
    """
    yield images
    for k in range(count - 1):
        yield _change(k)(images)


@cache
def _change(k: int) -> Warp:
    """The k-th change, from 0."""
    shifts = [(0, SHIFT), (0, -SHIFT), (SHIFT, 0), (-SHIFT, 0)]
    if k < len(shifts):
        return Warp(np.eye(2), shifts[k])
    by = (1, -1)[k % 2]
    return Warp(turn(by * DEGREES) if k < 6 else np.array([[1, 0], [by * SLANT, 1]]))
