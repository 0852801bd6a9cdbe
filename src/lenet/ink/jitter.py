"""The same letter by a less steady hand: what turning a picture as a whole cannot bring.

Each stroke is turned, scaled and shifted a little by itself, as strokes are when the pen was lifted
between them, and its path waves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lenet._util import rng

TURN = math.radians(7)  # each uniform in +-: of a stroke, about its middle
SCALE = 0.09  # by e^u
SHIFT = 0.045  # share of the drawing's longer side, each axis
WAVE = 0.026  # the same, of points KNOT of it apart along the path, and linearly between them
KNOT = 0.2
MAX_KNOTS = 256  # of one stroke

Points = npt.NDArray[np.float64]


def jitter_strokes(
    strokes: Sequence[npt.ArrayLike], seed: int, use: int, strength: float = 1
) -> list[Points]:
    """The strokes, points (n, 2) each, drawn once more; a function of seed and use alone.

    strength  how many times what one hand does to the same letter: a printed form, which no hand
              has drawn yet, takes more

    Strokes without a point stay empty, and a drawing without extent stays as it is.
    """
    given = [np.asarray(stroke, np.float64).reshape(-1, 2) for stroke in strokes]
    inked = [stroke for stroke in given if len(stroke)]
    side = float(np.ptp(np.concatenate(inked), axis=0).max()) if inked else 0.0
    if side == 0 or not math.isfinite(side):
        return given
    knots = [_knots(stroke, side) for stroke in given]
    numbers = rng.uniform(sum(4 + 2 * count for count in knots), seed, use)
    numbers = strength * (2 * numbers - 1)
    redrawn = []
    for stroke, count in zip(given, knots, strict=True):
        own, numbers = numbers[: 4 + 2 * count], numbers[4 + 2 * count :]
        redrawn.append(_redrawn(stroke, side, own) if len(stroke) else stroke)
    return redrawn


def _along(stroke: Points) -> Points:
    """The length of the path up to each point."""
    steps = np.hypot(*np.diff(stroke, axis=0).T)
    return np.concatenate([np.zeros(1), steps.cumsum()])


def _knots(stroke: Points, side: float) -> int:
    length = float(_along(stroke)[-1]) if len(stroke) else 0.0
    return min(int(length / (KNOT * side)) + 2, MAX_KNOTS)


def _redrawn(stroke: Points, side: float, numbers: Points) -> Points:
    """One stroke; numbers (4 + 2 * knots,), about -1..1."""
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
