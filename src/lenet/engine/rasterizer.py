"""Rasterize strokes and pictures to 28x28 with the engine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lenet.engine.abi import SIDE
from lenet.engine.library import ByteArray, at, checked, function
from lenet.errors import DataError

_ink_strokes = function("ink_strokes")
_ink_picture = function("ink_picture")
_grey_picture = function("grey_picture")
_clean_picture_bytes = function("clean_picture_bytes")
_clean_picture = function("clean_picture")

DEFAULT_PEN = float(function("default_pen")())


def ink_strokes(points: NDArray[np.float64], ends: NDArray[np.int32], pen: float) -> ByteArray | None:
    """Rasterize a drawing to uint8 (28, 28), ink bright; None for a drawing without a point.

    Args:
        points: float64 (n, 2), x right and y down.
        ends: int32 (strokes,), the index after each stroke's last point.
        pen: pen width as a fraction of the longer side of the points' bounding box, 0.02..1.

    Raises:
        LenetError: coordinates or sizes that the engine refuses.
    """
    points = np.ascontiguousarray(points, np.float64)
    ends = np.ascontiguousarray(ends, np.int32)
    if (int(ends[-1]) if len(ends) else 0) != len(points) or (len(points) and points.shape[1:] != (2,)):
        raise DataError("the strokes' ends do not match the points")
    image = np.empty((SIDE, SIDE), np.uint8)
    return image if checked(_ink_strokes(at(points), at(ends), len(ends), pen, at(image))) else None


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
