"""Corrupt images with increasing strength, to measure robustness.

The list is that of LeCun et al. 1998, figure 13 (translation, rotation, scale, squeezing, stroke
width, noise), and clutter; five strengths each as in Hendrycks & Dietterich 2019. The corruptions
change the 28x28 image; drawings on the page are cropped and centred before, so position and size
do not matter there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lenet._util import rng
from lenet.datasets.dataset import SIDE

Images = npt.NDArray[np.uint8]
LEVELS = 5


@dataclass(frozen=True)
class Corruption:
    """A way of corrupting images.

    Attributes:
        unit: unit of the strengths.
        strengths: at levels 1 to 5.
        apply: (images uint8 (n, 28, 28), strength) -> corrupted images; depends on these alone.
    """

    unit: str
    strengths: tuple[float, ...]
    apply: Callable[[Images, float], Images]


class AffineWarp:
    """A bilinear warp: the pixel at p = (y, x) from the centre shows the image at M p + shift.

    Beyond the image there is background. The warp is stored as the four source pixels of each
    pixel and their weights, which are 0 beyond the image.
    """

    def __init__(self, matrix: npt.ArrayLike, shift: npt.ArrayLike = (0.0, 0.0)) -> None:
        """Prepare the warp.

        Args:
            matrix: M, (2, 2).
            shift: (2,), in pixels.
        """
        middle = (SIDE - 1) / 2
        target = np.indices((SIDE, SIDE)).reshape(2, -1).T - middle  # (784, 2): y, x
        source = target @ np.asarray(matrix, np.float64).T + np.asarray(shift) + middle
        self.taps: list[tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]] = []
        for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
            at = np.floor(source).astype(np.intp) + corner
            inside = ((at >= 0) & (at < SIDE)).all(axis=1)
            weight = np.where(inside, np.prod(1 - np.abs(source - at), axis=1), 0)
            pixels = np.where(inside, at @ (SIDE, 1), 0)
            self.taps.append((pixels, weight.astype(np.float32)))

    def __call__(self, images: Images) -> Images:
        """Warp images uint8 (n, 28, 28)."""
        flat = images.reshape(len(images), SIDE * SIDE)
        mixed = sum(flat[:, pixels] * weight for pixels, weight in self.taps)
        return np.asarray(np.rint(mixed).astype(np.uint8).reshape(images.shape))


def rotation(degrees: float) -> npt.NDArray[np.float64]:
    """Return the matrix (2, 2) that rotates an image."""
    angle = np.radians(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin], [sin, cos]])


def _translate(images: Images, pixels: float) -> Images:
    """Shift every fourth image right, down, left or up."""
    shifted = np.empty_like(images)
    for k, (y, x) in enumerate(((0, 1), (1, 0), (0, -1), (-1, 0))):
        shifted[k::4] = AffineWarp(np.eye(2), (y * pixels, x * pixels))(images[k::4])
    return shifted


def _rotate(images: Images, degrees: float) -> Images:
    """Rotate every other image the opposite way."""
    rotated = np.empty_like(images)
    for k, sign in enumerate((1, -1)):
        rotated[k::2] = AffineWarp(rotation(sign * degrees))(images[k::2])
    return rotated


def _shrink(images: Images, percent: float) -> Images:
    return AffineWarp(np.eye(2) / (1 - percent / 100))(images)


def _squeeze(images: Images, percent: float) -> Images:
    return AffineWarp(np.diag([1, 1 / (1 - percent / 100)]))(images)


def _extremum(images: Images, reduce: np.ufunc) -> Images:
    """Take the maximum or minimum of every 3x3 pixels; background surrounds the image."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    windows = [padded[:, y : y + SIDE, x : x + SIDE] for y in range(3) for x in range(3)]
    return np.asarray(reduce.reduce(windows))


def _thicken(images: Images, pixels: float) -> Images:
    return _change_stroke_width(images, pixels / 2, np.maximum)


def _thin(images: Images, pixels: float) -> Images:
    return _change_stroke_width(images, pixels / 2, np.minimum)


def _change_stroke_width(images: Images, steps: float, reduce: np.ufunc) -> Images:
    """Move each edge by `steps` pixels: whole steps of the 3x3 extremum, the rest as a mix."""
    while steps >= 1:
        images, steps = _extremum(images, reduce), steps - 1
    mixed = (1 - steps) * images + steps * _extremum(images, reduce)
    return np.rint(mixed).astype(np.uint8)


def _noise(images: Images, percent: float) -> Images:
    """Invert random pixels."""
    chance = rng.uniform(images.size, 0, rng.NOISE).reshape(images.shape)
    return np.where(chance < percent / 100, 255 - images, images)


def _clutter(images: Images, pieces: float) -> Images:
    """Lay pieces of 8x8 pixels of other images over the edges of each image."""
    side, count = 8, round(pieces)
    cluttered = images.copy()
    numbers = rng.uniform(len(images) * LEVELS * 4, 0, rng.CLUTTER)
    for row, own in enumerate(numbers.reshape(len(images), LEVELS, 4)[:, :count]):
        for source, place, edge, cut in own:
            other = images[int(source * len(images))]
            y, x = int(place * (SIDE - side)), int(edge * 2) * (SIDE - side)
            y, x = (y, x) if edge * 4 % 2 < 1 else (x, y)
            v = u = 4 + int(cut * (SIDE - side - 8))
            piece = cluttered[row, y : y + side, x : x + side]
            np.maximum(piece, other[v : v + side, u : u + side], out=piece)
    return cluttered


CORRUPTIONS = {
    "translation": Corruption("pixels", (1, 2, 3, 4, 5), _translate),
    "rotation": Corruption("degrees", (10, 20, 30, 40, 50), _rotate),
    "smaller": Corruption("% less", (10, 20, 30, 40, 50), _shrink),
    "squeezed": Corruption("% narrower", (10, 20, 30, 40, 50), _squeeze),
    "thicker strokes": Corruption("pixels", (0.5, 1, 2, 3, 4), _thicken),
    "thinner strokes": Corruption("pixels", (0.5, 1, 1.5, 2, 2.5), _thin),
    "noise": Corruption("% of pixels", (1, 2, 4, 7, 10), _noise),
    "clutter": Corruption("pieces", (1, 2, 3, 4, 5), _clutter),
}
