"""Pack the strokes of a drawing as the engine reads them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import chain

import numpy as np
import numpy.typing as npt

from lenet.engine import PackedStrokes
from lenet.errors import DataError

_LISTS = frozenset((list, tuple))
_NUMBERS = frozenset((int, float))  # exact types: NumPy judges all others
_WIDTHS = frozenset((2, 3))  # x and y, perhaps a time
_POINT = 16  # bytes: x and y


def pack(strokes: Iterable[npt.ArrayLike]) -> PackedStrokes:
    """Pack the strokes of a drawing.

    Args:
        strokes: points (n, 2), or (n, 3) with a time that is ignored; x to the right, y down.

    Raises:
        DataError: a stroke is not a list of points; the engine checks the coordinates' range.
    """
    if not isinstance(strokes, Iterable):
        raise DataError(f"a {type(strokes).__name__} is not a drawing; give a list of strokes")
    if type(strokes) not in _LISTS:
        strokes = list(strokes)
    packed = _pack_lists(strokes)  # type: ignore[arg-type]
    if packed is not None:
        return packed
    points = [_stroke_bytes(stroke, number) for number, stroke in enumerate(strokes, 1)]
    return PackedStrokes(b"".join(points), [len(stroke) // _POINT for stroke in points])


def _pack_lists(strokes: list[list[list[float]]]) -> PackedStrokes | None:
    """Pack nested lists or tuples of numbers, such as those of JSON; None for any other values."""
    if not _LISTS.issuperset(map(type, strokes)):
        return None
    points = [*chain.from_iterable(strokes)]
    if not _LISTS.issuperset(map(type, points)):
        return None
    widths = set(map(len, points))
    numbers = [*chain.from_iterable(points)]
    if not (widths <= _WIDTHS and len(widths) < 2 and _NUMBERS.issuperset(map(type, numbers))):
        return None
    try:
        packed = array("d", numbers)
    except OverflowError:  # an integer beyond float64
        return None
    if 3 in widths:
        del packed[2::3]
    return PackedStrokes(packed.tobytes(), [*map(len, strokes)])


def _stroke_bytes(stroke: npt.ArrayLike, number: int) -> bytes:
    """Return the points of one stroke: float64 (n, 2)."""
    if type(stroke) is np.ndarray and stroke.dtype == np.float64 and stroke.shape[1:] == (2,):
        return stroke.tobytes()
    try:
        points = np.asarray(stroke)
    except ValueError:  # points of different lengths
        points = np.empty(())
    if points.size == 0 and points.ndim:
        return b""
    if points.ndim != 2 or points.shape[1] not in (2, 3) or points.dtype.kind not in "iuf":
        raise DataError(f"stroke {number}: not a list of points; give each point as [x, y]")
    return points[:, :2].astype(np.float64).tobytes()
