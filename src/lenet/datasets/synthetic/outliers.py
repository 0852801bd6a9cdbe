"""Drawings that are no letter, made by the project: what a recogniser should decline.

They are of several kinds, so that no one way of being no letter is mistaken for all of them:

scribbles  one long curve without aim
signs      four to eight lines, bows and rings, most of them level or upright: the characters of a
           script that nobody writes
shapes     polygons, stars, spirals, zigzags, grids, arrows, targets, faces
crowds     two or three letters beside or across one another
mosaics    quarters of four letters put together
turned     letters on their side, upside down or mirrored that are then no other letter
characters those of Devanagari and Japanese, from handwriting fonts
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from lenet._util import rng
from lenet.datasets.dataset import SIDE, Dataset
from lenet.datasets.synthetic.ood_characters import attributions, characters
from lenet.errors import DataError
from lenet.ink import rasterize, rasterize_picture

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

NUMBERS = 64  # random ones that each image may use
PENS = (0.07, 0.22)  # as wide as letters are drawn for training

# Of these neither case becomes a letter, or nearly one: turned by so many quarters, or mirrored.
_TURNED = {1: "AGKPQS", 2: "GK", 3: "AGKPQS", "mirrored": "GK"}


def make_outliers(
    count: int, letters: Dataset, *, seed: int = 0, kinds: Sequence[str] | None = None
) -> tuple[Image, list[str]]:
    """Draws `count` images without a letter, the kinds taking turns.

    letters  what crowds, mosaics and turned letters are made of; of classes A-Z
    seed     0..2^32-1; an image depends on it, on its place and on the letters alone
    kinds    some of `KINDS`, all by default

    Returns uint8 (count, 28, 28) and the kind of each. Raises LenetError for an unknown kind and
    a seed out of range.
    """
    names = list(KINDS) if kinds is None else list(kinds)
    if not names or not set(names) <= set(KINDS):
        raise DataError(f"no such kinds of outliers: {names}; there are {', '.join(KINDS)}")
    numbers = rng.uniform(count * NUMBERS, seed, rng.NONLETTERS).reshape(count, NUMBERS)
    kind = [names[row % len(names)] for row in range(count)]
    images = np.empty((count, SIDE, SIDE), np.uint8)
    for row in range(count):
        images[row] = KINDS[kind[row]](numbers[row], letters)
    return images, kind


def with_outliers(
    letters: Dataset, targets: npt.NDArray[np.float32], share: float, *, seed: int = 0
) -> tuple[Dataset, npt.NDArray[np.float32]]:
    """Training data followed by `share` times as many non-letters, to be answered with the same
    probability for each class (Hendrycks et al. 2019, "outlier exposure").

    targets  float32 (n, classes), what the letters should be answered with; rows sum to 1

    Returns the data, in which non-letters are a source of their own, and the targets of all. The
    labels of non-letters are 0 and mean nothing.
    """
    images, _ = make_outliers(round(share * len(letters)), letters, seed=seed)
    count, classes = len(images), targets.shape[1]
    labels = np.zeros(count, np.uint8)
    others = Dataset(
        images, labels, ("synthetic outliers",), attributions=attributions(), classes=letters.classes
    )
    uniform = np.full((count, classes), 1 / classes, np.float32)
    return Dataset.concatenate([letters, others]), np.concatenate([targets, uniform])


# ---- Drawn with strokes --------------------------------------------------------------------


def _draw(strokes: Sequence[Floats], pen: float) -> Image:
    image = rasterize(strokes, PENS[0] + pen * (PENS[1] - PENS[0]))
    if image is None:
        raise AssertionError("a drawing without a point")
    return image


def _placed(stroke: Floats, turn: float, scale: Sequence[float], place: Sequence[float]) -> Floats:
    """Points (n, 2) stretched, turned by so many whole turns, and moved."""
    cos, sin = np.cos(2 * np.pi * turn), np.sin(2 * np.pi * turn)
    return np.asarray(stroke * scale @ np.array([[cos, sin], [-sin, cos]]) + place)


def _arc(begin: float, end: float, points: int = 24) -> Floats:
    """A part of a circle of radius 1, from and to in whole turns."""
    angle = 2 * np.pi * np.linspace(begin, end, points)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _line(*points: tuple[float, float]) -> Floats:
    return np.array(points, np.float64)


def _scribble(numbers: Floats, letters: Dataset) -> Image:
    pen, many, *rest = numbers
    curve = np.array(rest).reshape(-1, 2)[: 9 + int(20 * many)]
    for _ in range(3):  # cuts the corners (Chaikin 1974)
        ahead = curve[1:]
        curve = np.stack([0.75 * curve[:-1] + 0.25 * ahead, 0.25 * curve[:-1] + 0.75 * ahead], 1)
        curve = curve.reshape(-1, 2)
    return _draw([curve], pen)


def _sign(numbers: Floats, letters: Dataset) -> Image:
    pen, many, *rest = numbers
    parts = np.array(rest[:56]).reshape(8, 7)
    return _draw([_part_of_sign(*part) for part in parts[: 4 + int(5 * many)]], pen)


def _part_of_sign(
    form: float, x: float, y: float, size: float, flat: float, turn: float, bow: float
) -> Floats:
    scale, place = 0.15 + 0.35 * size, (x, y)
    if form < 0.55:  # within some 15 degrees of level, upright or, seldom, aslant
        eighths = 2 * int(2 * turn) + int(bow < 0.2)
        return _placed(_line((-1, 0), (1, 0)), (eighths + 0.6 * flat - 0.3) / 8, (scale,) * 2, place)
    if form < 0.8:
        return _placed(_arc(0, 0.2 + 0.5 * bow), turn, (scale, scale * (0.4 + 0.6 * flat)), place)
    return _placed(_arc(0, 1), turn, (0.6 * scale, 0.6 * scale * (0.6 + 0.4 * flat)), place)


def _shape(numbers: Floats, letters: Dataset) -> Image:
    pen, form, size, turn, flat, *_ = numbers
    strokes = SHAPES[int(form * len(SHAPES))](size)
    return _draw([_placed(stroke, turn, (1, 0.6 + 0.4 * flat), (0, 0)) for stroke in strokes], pen)


def _polygon(size: float) -> list[Floats]:
    corners = 3 + int(4 * size)
    diagonal = _arc(0, 1, corners + 1)[[0, corners // 2]]
    return [_arc(0, 1, corners + 1), diagonal] if size * 4 % 1 < 0.5 else [_arc(0, 1, corners + 1)]


def _star(size: float) -> list[Floats]:
    corners = 5 + 2 * int(2 * size)
    return [_arc(0, corners // 2, corners + 1)]


def _spiral(size: float) -> list[Floats]:
    turns = 2 + 2 * size
    return [_arc(0, turns, 100) * np.linspace(0.05, 1, 100)[:, None]]


def _zigzag(size: float) -> list[Floats]:
    corners = 6 + int(5 * size)
    return [np.stack([np.linspace(-1, 1, corners), 0.4 * (-1.0) ** np.arange(corners)], axis=1)]


def _grid(size: float) -> list[Floats]:
    at = np.linspace(-0.6, 0.6, 2 + int(2 * size))
    return [line for a in at for line in (_line((a, -1), (a, 1)), _line((-1, a), (1, a)))]


def _rays(size: float) -> list[Floats]:
    count = 3 + int(3 * size)
    return [_arc(k / (2 * count), k / (2 * count) + 0.5, 2) for k in range(count)]


def _arrow(size: float) -> list[Floats]:
    head = 0.3 + 0.4 * size
    heads = [_line((1 - head, -head), (1, 0), (1 - head, head))]
    if size > 0.5:
        heads.append(-heads[0])
    return [_line((-1, 0), (1, 0)), *heads]


def _target(size: float) -> list[Floats]:
    return [_arc(0, 1), (0.2 + 0.4 * size) * _arc(0, 1)]


def _face(size: float) -> list[Floats]:
    eyes = [_line((x, -0.3)) for x in (-0.35, 0.35)]
    return [_arc(0, 1), *eyes, (0.4 + 0.2 * size) * _arc(0.05, 0.45)]


SHAPES = (_polygon, _star, _spiral, _zigzag, _grid, _rays, _arrow, _target, _face)

# ---- Made of letters -----------------------------------------------------------------------


def _crowd(numbers: Floats, letters: Dataset) -> Image:
    """Each letter is shifted from the one before, to the side or down, by some of its size."""
    many, down, aside, thick, *rest = numbers
    canvas = np.zeros((3 * SIDE + 8, 3 * SIDE + 8), np.uint8)
    y = x = 4
    for share, far in np.array(rest[:6]).reshape(3, 2)[: 2 + int(2 * many)]:
        part = canvas[y : y + SIDE, x : x + SIDE]
        np.maximum(part, letters.images[int(share * len(letters))], out=part)
        shift, other = int((0.4 + 0.5 * far) * SIDE), int(6 * aside)
        y, x = (y + shift, x + other) if down < 0.5 else (y + other, x + shift)
    for _ in range(int(3 * thick)):  # a pen as wide as that of one letter
        canvas[1:] = np.maximum(canvas[1:], canvas[:-1])
        canvas[:, 1:] = np.maximum(canvas[:, 1:], canvas[:, :-1])
    image = rasterize_picture(255 - canvas)
    return np.zeros((SIDE, SIDE), np.uint8) if image is None else image


def _mosaic(numbers: Floats, letters: Dataset) -> Image:
    """Each quarter of the image is a quarter of another letter, which had another place there."""
    half, image = SIDE // 2, np.empty((SIDE, SIDE), np.uint8)
    for k, share in enumerate(numbers[:4]):
        source = letters.images[int(share * len(letters))]
        other = (k + 1 + int(3 * numbers[4 + k])) % 4
        (y, x), (v, u) = ((half * place for place in divmod(corner, 2)) for corner in (k, other))
        image[y : y + half, x : x + half] = source[v : v + half, u : u + half]
    return image


def _turned(numbers: Floats, letters: Dataset) -> Image:
    how = list(_TURNED)[int(len(_TURNED) * numbers[0])]
    usable = [letters.classes.index(name) for name in _TURNED[how] if name in letters.classes]
    rows = [np.flatnonzero(letters.labels == label) for label in usable]
    rows = [some for some in rows if len(some)]
    if not rows:
        return _mosaic(numbers, letters)
    some = rows[int(len(rows) * numbers[1])]
    image = letters.images[some[int(len(some) * numbers[2])]]
    return np.rot90(image, how) if isinstance(how, int) else image[:, ::-1]


# ---- Of other scripts ----------------------------------------------------------------------


def _character(numbers: Floats, letters: Dataset) -> Image:
    known = characters()
    return np.asarray(known[int(numbers[0] * len(known))])


KINDS: dict[str, Callable[[Floats, Dataset], Image]] = {
    "scribbles": _scribble,
    "signs": _sign,
    "shapes": _shape,
    "crowds": _crowd,
    "mosaics": _mosaic,
    "turned": _turned,
    "characters": _character,
}
