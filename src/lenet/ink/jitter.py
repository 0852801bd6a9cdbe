"""Jitter strokes, to imitate an unsteady hand.

Each stroke is rotated, scaled and shifted on its own, and waves are added to its path. Augmentation
of the whole image cannot do this.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lenet._util import rng

TURN = math.radians(7)  # uniform in +-TURN, about the middle of a stroke
SCALE = 0.09  # factor e^u, u uniform in +-SCALE
SHIFT = 0.045  # fraction of the drawing's longer side, on each axis
WAVE = 0.026  # the same fraction, at knots along the path, interpolated linearly
KNOT = 0.2  # distance of two knots, as a fraction of the longer side
MAX_KNOTS = 256  # in one stroke

Points = npt.NDArray[np.float64]


def jitter_strokes(
    strokes: Sequence[npt.ArrayLike], seed: int, use: int, strength: float = 1
) -> list[Points]:
    """Return jittered strokes, points (n, 2) each.

    Strokes without a point stay empty, and a drawing without extent stays as it is.

    Args:
        strokes: points (n, 2) each.
        seed: 0..2^32-1; the result depends only on the strokes, the seed, `use` and the strength.
        use: second half of the key of the random numbers, see `lenet._util.rng`.
        strength: factor of all amounts. 1 imitates the variation of one writer; printed letters,
            which no one has drawn yet, take more.
    """
    originals = [np.asarray(stroke, np.float64).reshape(-1, 2) for stroke in strokes]
    inked = [stroke for stroke in originals if len(stroke)]
    side = float(np.ptp(np.concatenate(inked), axis=0).max()) if inked else 0.0
    if side == 0 or not math.isfinite(side):
        return originals
    knots = [_knots(stroke, side) for stroke in originals]
    numbers = rng.uniform(sum(4 + 2 * count for count in knots), seed, use)
    numbers = strength * (2 * numbers - 1)
    redrawn = []
    for stroke, count in zip(originals, knots, strict=True):
        own, numbers = numbers[: 4 + 2 * count], numbers[4 + 2 * count :]
        redrawn.append(_redrawn(stroke, side, own) if len(stroke) else stroke)
    return redrawn


def _along(stroke: Points) -> Points:
    """Return the length of the path up to each point."""
    steps = np.hypot(*np.diff(stroke, axis=0).T)
    return np.concatenate([np.zeros(1), steps.cumsum()])


def _knots(stroke: Points, side: float) -> int:
    length = float(_along(stroke)[-1]) if len(stroke) else 0.0
    return min(int(length / (KNOT * side)) + 2, MAX_KNOTS)


def _redrawn(stroke: Points, side: float, numbers: Points) -> Points:
    """Return one stroke jittered by numbers (4 + 2 * knots,), about -1..1."""
    angle, size, *shift = numbers[:4] * (TURN, SCALE, SHIFT * side, SHIFT * side)
    middle = stroke.mean(axis=0)
    cosine, sine = math.cos(angle) * math.exp(size), math.sin(angle) * math.exp(size)
    turned = (stroke - middle) @ np.array([[cosine, sine], [-sine, cosine]])
    along = _along(stroke)
    across, down = np.split(WAVE * side * numbers[4:], 2)
    places = np.linspace(0, along[-1], len(across))
    wave = [np.interp(along, places, part) for part in (across, down)]
    moved: Points = turned + middle + shift + np.stack(wave, axis=1)
    return moved
