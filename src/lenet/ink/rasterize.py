"""Convert drawings and pictures to 28x28 images, by the steps that NIST used for EMNIST."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from lenet import engine
from lenet.engine.abi import MAX_CLEANED_SIDE
from lenet.engine.abi import MAX_PEN as MAX_PEN
from lenet.engine.abi import MIN_PEN as MIN_PEN
from lenet.errors import DataError
from lenet.ink.packing import pack

DEFAULT_PEN = engine.DEFAULT_PEN
"""Pen width as a fraction of the longer side of the points' bounding box.

At this width strokes have the mean ink of NIST's scanned letters.
"""


def rasterize(strokes: Iterable[npt.ArrayLike], pen: float = DEFAULT_PEN) -> npt.NDArray[np.uint8] | None:
    """Convert strokes to an image, by the steps that NIST used for EMNIST.

    Args:
        strokes: points (n, 2), or (n, 3) with a time that is ignored; x to the right, y down, any
            unit.
        pen: pen width, 0.02..1 of the longer side of the points' bounding box.

    Returns:
        uint8 (28, 28), upright, ink bright; None for a drawing without a point.

    Raises:
        LenetError: a coordinate is NaN, infinite or beyond +-10^9, there are more than 100,000
            points, points have another shape, or the pen width is out of range.
    """
    if not MIN_PEN <= pen <= MAX_PEN:
        raise DataError(f"pen width {pen} is out of range; give {MIN_PEN}..{MAX_PEN:g}")
    return engine.ink_strokes(pack(strokes), pen)


def rasterize_all(drawings: Sequence[Iterable[npt.ArrayLike]], pens: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Convert drawings to images, each as `rasterize` does; threads share the work.

    Args:
        drawings: the strokes of each drawing.
        pens: float64 (n,), the pen width of each.

    Returns:
        uint8 (n, 28, 28); all zero for a drawing without a point.

    Raises:
        LenetError: `rasterize` refuses one of the drawings; the message does not tell which.
    """
    return engine.ink_drawings([pack(strokes) for strokes in drawings], np.asarray(pens, np.float64))


def rasterize_picture(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8] | None:
    """Convert a picture of one letter to an image, by the steps that NIST used for EMNIST.

    Args:
        picture: uint8 (height, width), dark ink on light or the reverse.

    Returns:
        uint8 (28, 28), upright, ink bright; None for a picture of one tone.

    Raises:
        LenetError: another dtype or shape, or more than 16,384 pixels on a side.
    """
    if picture.dtype != np.uint8 or picture.ndim != 2 or picture.size == 0:
        raise DataError(f"a picture must be uint8 (height, width), not {picture.dtype} {picture.shape}")
    return engine.ink_picture(picture)


def clean_picture(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Remove what surrounds the letter in a picture: frames, form cells, edges of a scan, rules.

    Args:
        picture: uint8 (height, width), dark ink on light or the reverse.

    Returns:
        The same picture if there is nothing to remove. Else uint8, made smaller by a whole factor where
        a side has more than 2,048 pixels, with the tones of the paper in place of what was removed.
    """
    factor = -(-max(picture.shape) // MAX_CLEANED_SIDE)
    height, width = (side // factor for side in picture.shape)
    if min(height, width) < 1:
        return picture
    small = picture
    if factor > 1:
        blocks = picture[: height * factor, : width * factor].reshape(height, factor, width, factor)
        small = blocks.mean(axis=(1, 3), dtype=np.float32).round().astype(np.uint8)
    cleaned = engine.clean_picture(small, one_letter=True)
    return picture if cleaned is None else cleaned
