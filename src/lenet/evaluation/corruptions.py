"""Images changed more and more, to see how much a network bears: the list of LeCun et al. 1998
(figure 13: translation, rotation, scale, squeezing, stroke width, noise), and clutter.

What is changed is the 28x28 image that the network sees. Drawings on the page are cropped and
centred before, so that there place and size do not matter.
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
    """A way of changing images.

    unit      what `strengths` count
    strengths of level 1 to 5
    apply     (images uint8 (n, 28, 28), strength) -> images; a function of these alone
    """

    unit: str
    strengths: tuple[float, ...]
    apply: Callable[[Images, float], Images]


class Warp:
    """A bilinear change of place: the pixel at p = (y, x), from the middle, shows the image at
    `matrix @ p + shift`; beyond the image there is paper.

    It is kept as the four pixels that each pixel is mixed of, and their shares, which are 0 beyond
    the image.
    """

    def __init__(self, matrix: npt.ArrayLike, shift: npt.ArrayLike = (0.0, 0.0)) -> None:
        """`matrix` is (2, 2), `shift` (2,), in pixels."""
        middle = (SIDE - 1) / 2
        places = np.indices((SIDE, SIDE)).reshape(2, -1).T - middle  # (784, 2): y, x
        source = places @ np.asarray(matrix, np.float64).T + np.asarray(shift) + middle
        self.taps: list[tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]] = []
        for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
            at = np.floor(source).astype(np.intp) + corner
            inside = ((at >= 0) & (at < SIDE)).all(axis=1)
            share = np.where(inside, np.prod(1 - np.abs(source - at), axis=1), 0)
            pixels = np.where(inside, at @ (SIDE, 1), 0)
            self.taps.append((pixels, share.astype(np.float32)))

    def __call__(self, images: Images) -> Images:
        """Images uint8 (n, 28, 28), changed."""
        flat = images.reshape(len(images), SIDE * SIDE)
        mixed = sum(flat[:, pixels] * share for pixels, share in self.taps)
        return np.asarray(np.rint(mixed).astype(np.uint8).reshape(images.shape))


def turn(degrees: float) -> npt.NDArray[np.float64]:
    """The matrix (2, 2) that turns an image."""
    angle = np.radians(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin], [sin, cos]])


def _both_ways(images: Images, change: Callable[[Images, float], Images], by: float) -> Images:
    """Every other image the one way, the others the opposite one."""
    changed = np.empty_like(images)
    changed[::2], changed[1::2] = change(images[::2], by), change(images[1::2], -by)
    return changed


def _translate(images: Images, pixels: float) -> Images:
    """Level and upright in turn, too: of four images each goes another way."""
    changed = np.empty_like(images)
    for k, (y, x) in enumerate(((0, 1), (1, 0), (0, -1), (-1, 0))):
        changed[k::4] = Warp(np.eye(2), (y * pixels, x * pixels))(images[k::4])
    return changed


def _rotate(images: Images, degrees: float) -> Images:
    def turned(some: Images, by: float) -> Images:
        return Warp(turn(by))(some)

    return _both_ways(images, turned, degrees)


def _shrink(images: Images, percent: float) -> Images:
    return Warp(np.eye(2) / (1 - percent / 100))(images)


def _squeeze(images: Images, percent: float) -> Images:
    return Warp(np.diag([1, 1 / (1 - percent / 100)]))(images)


def _extreme(images: Images, reduce: np.ufunc) -> Images:
    """The 3x3 maximum or minimum; paper is around the image."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    windows = [padded[:, y : y + SIDE, x : x + SIDE] for y in range(3) for x in range(3)]
    return np.asarray(reduce.reduce(windows))


def _widen(images: Images, pixels: float) -> Images:
    """Half of the pixels on each side: whole steps of the 3x3 maximum, the rest as a mix."""
    return _spread(images, pixels / 2, np.maximum)


def _narrow(images: Images, pixels: float) -> Images:
    return _spread(images, pixels / 2, np.minimum)


def _spread(images: Images, steps: float, reduce: np.ufunc) -> Images:
    while steps >= 1:
        images, steps = _extreme(images, reduce), steps - 1
    mixed = (1 - steps) * images + steps * _extreme(images, reduce)
    return np.rint(mixed).astype(np.uint8)


def _noise(images: Images, percent: float) -> Images:
    """So many of the pixels become their opposite."""
    chance = rng.uniform(images.size, 0, rng.NOISE).reshape(images.shape)
    return np.where(chance < percent / 100, 255 - images, images)


def _clutter(images: Images, pieces: float) -> Images:
    """Pieces of 8x8 pixels of other images, laid over the edges of each image."""
    side, count = 8, round(pieces)
    changed = images.copy()
    numbers = rng.uniform(len(images) * LEVELS * 4, 0, rng.CLUTTER)
    for row, own in enumerate(numbers.reshape(len(images), LEVELS, 4)[:, :count]):
        for which, place, edge, cut in own:
            other = images[int(which * len(images))]
            y, x = (int(place * (SIDE - side)), int(edge * 2) * (SIDE - side))
            y, x = (y, x) if edge * 4 % 2 < 1 else (x, y)
            v = u = 4 + int(cut * (SIDE - side - 8))
            part = changed[row, y : y + side, x : x + side]
            np.maximum(part, other[v : v + side, u : u + side], out=part)
    return changed


CORRUPTIONS = {
    "translation": Corruption("pixels", (1, 2, 3, 4, 5), _translate),
    "rotation": Corruption("degrees", (10, 20, 30, 40, 50), _rotate),
    "smaller": Corruption("% less", (10, 20, 30, 40, 50), _shrink),
    "squeezed": Corruption("% narrower", (10, 20, 30, 40, 50), _squeeze),
    "thicker strokes": Corruption("pixels", (0.5, 1, 2, 3, 4), _widen),
    "thinner strokes": Corruption("pixels", (0.5, 1, 1.5, 2, 2.5), _narrow),
    "noise": Corruption("% of pixels", (1, 2, 4, 7, 10), _noise),
    "clutter": Corruption("pieces", (1, 2, 3, 4, 5), _clutter),
}
