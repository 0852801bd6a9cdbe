"""The eight orientations in which square images are stored."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Scalar = TypeVar("Scalar", bound=np.generic)


class Orientation(StrEnum):
    """How stored images relate to upright ones: stored = orientation.apply(upright).

    The eight are those of EXIF's tag Orientation, in its order from 1 to 8. Rotations are
    counterclockwise, as in `numpy.rot90` and `PIL.Image.Transpose`. EMNIST's files are transposed;
    `Orientation("emnist")` is another name of `TRANSPOSED`.
    """

    UPRIGHT = "upright"
    FLIP_HORIZONTAL = "flip-horizontal"  # left and right exchanged
    ROT180 = "rot180"
    FLIP_VERTICAL = "flip-vertical"  # top and bottom exchanged
    TRANSPOSED = "transposed"  # rows and columns exchanged
    ROT90 = "rot90"
    TRANSVERSE = "transverse"  # transposed at the other diagonal
    ROT270 = "rot270"

    @classmethod
    def _missing_(cls, value: object) -> Orientation | None:
        return cls.TRANSPOSED if value == "emnist" else None

    @property
    def inverse(self) -> Orientation:
        """The orientation that undoes this one: upright = orientation.inverse.apply(stored)."""
        match self:
            case Orientation.ROT90:
                return Orientation.ROT270
            case Orientation.ROT270:
                return Orientation.ROT90
            case _:
                return self

    @property
    def steps(self) -> tuple[bool, int, int]:
        """Return True if rows and columns are exchanged; then the steps along both, -1 for reversed."""
        return _STEPS[self]

    def apply(self, images: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """Turn upright images to this orientation.

        Args:
            images: (..., rows, columns), of any dtype.

        Returns:
            A view of the images: (..., columns, rows) where rows and columns are exchanged.
        """
        exchanged, rows, columns = self.steps
        return (images.swapaxes(-2, -1) if exchanged else images)[..., ::rows, ::columns]


_STEPS = {
    Orientation.UPRIGHT: (False, 1, 1),
    Orientation.FLIP_HORIZONTAL: (False, 1, -1),
    Orientation.ROT180: (False, -1, -1),
    Orientation.FLIP_VERTICAL: (False, -1, 1),
    Orientation.TRANSPOSED: (True, 1, 1),
    Orientation.ROT90: (True, -1, 1),
    Orientation.TRANSVERSE: (True, -1, -1),
    Orientation.ROT270: (True, 1, -1),
}
