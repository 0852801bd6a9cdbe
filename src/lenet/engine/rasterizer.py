"""Rasterize strokes and pictures to 28x28 with the engine."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lenet.engine.abi import SIDE
from lenet.engine.library import ByteArray, at, checked, function
from lenet.engine.network import in_shares
from lenet.errors import DataError, LenetError

_ink_strokes = function("ink_strokes")
_ink_drawings = function("ink_drawings")
_ink_picture = function("ink_picture")
_grey_picture = function("grey_picture")
_clean_picture_bytes = function("clean_picture_bytes")
_clean_picture = function("clean_picture")

DEFAULT_PEN = float(function("default_pen")())


class PackedStrokes(NamedTuple):
    """Strokes of a drawing as the engine reads them.

    Attributes:
        points: float64 (n, 2), x right and y down, of all strokes one after another.
        lengths: number of points of each stroke.
    """

    points: bytes
    lengths: Sequence[int]


def ink_strokes(strokes: PackedStrokes, pen: float) -> ByteArray | None:
    """Rasterize a drawing to uint8 (28, 28), ink bright; None for a drawing without a point.

    Args:
        strokes: the drawing.
        pen: pen width as a fraction of the longer side of the points' bounding box, 0.02..1.

    Raises:
        LenetError: coordinates or sizes that the engine refuses.
    """
    image = np.empty((SIDE, SIDE), np.uint8)
    ends = array("i", accumulate(strokes.lengths))
    inked = checked(_ink_strokes(strokes.points, ends.buffer_info()[0], len(ends), pen, at(image)))
    return image if inked else None


def ink_drawings(drawings: Sequence[PackedStrokes], pens: NDArray[np.float64]) -> ByteArray:
    """Rasterize drawings, by several threads, to uint8 (n, 28, 28); a drawing without a point is black.

    Args:
        drawings: the drawings.
        pens: float64 (n,), the pen width of each, see `ink_strokes`.

    Raises:
        LenetError: coordinates or sizes of a drawing that the engine refuses.
    """
    pens = np.ascontiguousarray(pens, np.float64)
    if pens.shape != (len(drawings),):
        raise LenetError(f"{len(drawings)} drawings, but {pens.shape} pen widths; give one for each")
    points = np.frombuffer(b"".join([drawing.points for drawing in drawings]))
    stroke_ends = np.array([end for drawing in drawings for end in accumulate(drawing.lengths)], np.int32)
    last_strokes = np.cumsum([0, *(len(drawing.lengths) for drawing in drawings)])
    first_points = np.cumsum([0, *(len(drawing.points) // points.itemsize for drawing in drawings)])
    images = np.empty((len(drawings), SIDE, SIDE), np.uint8)

    def work(first: int, end: int) -> int:
        ends = (last_strokes[first + 1 : end + 1] - last_strokes[first]).astype(np.int32)
        return int(
            _ink_drawings(
                at(points[first_points[first] :]),
                at(stroke_ends[last_strokes[first] :]),
                at(ends),
                end - first,
                at(pens[first:]),
                at(images[first:]),
            )
        )

    in_shares(work, len(drawings))
    return images


def ink_picture(picture: ByteArray) -> ByteArray | None:
    """Rasterize a grey picture, uint8 (height, width), to uint8 (28, 28); None if it is blank."""
    picture = np.ascontiguousarray(picture, np.uint8)
    if picture.ndim != 2:
        raise DataError(f"a picture has two dimensions, this array {picture.ndim}")
    image = np.empty((SIDE, SIDE), np.uint8)
    return image if checked(_ink_picture(at(picture), *picture.shape, at(image))) else None


def grey_picture(picture: ByteArray) -> ByteArray:
    """Convert colours, uint8 (height, width, 3), to grey, uint8 (height, width).

    Grey is the brightness or, where ink and paper are equally bright, the colours that tell them apart.
    """
    picture = np.ascontiguousarray(picture, np.uint8)
    grey = np.empty(picture.shape[:2], np.uint8)
    checked(_grey_picture(at(picture), *grey.shape, at(grey)))
    return grey


def clean_picture(picture: ByteArray, one_letter: bool) -> ByteArray | None:
    """Remove what surrounds the writing in a grey picture, uint8 (height, width), at most 2,048 a side.

    Args:
        picture: uint8 (height, width).
        one_letter: the picture holds one letter, not text: open frames around it are removed, too.

    Returns:
        uint8 (height, width); None if there is nothing to remove.
    """
    picture = np.ascontiguousarray(picture, np.uint8)
    workspace = np.empty(checked(_clean_picture_bytes(*picture.shape)), np.uint8)
    cleaned = np.empty_like(picture)
    removed = checked(_clean_picture(at(picture), *picture.shape, one_letter, at(cleaned), at(workspace)))
    return cleaned if removed else None
