"""Generate synthetic outliers: images that are not letters, which a recognizer should reject.

There are several kinds, so that a model does not learn one kind only:

scribbles  one long random curve
signs      four to eight lines, bows and rings, most of them level or upright: the characters of a
           script that does not exist
shapes     polygons, stars, spirals, zigzags, grids, arrows, targets, faces
crowds     two or three letters side by side or overlapping
mosaics    quarters of four letters put together
turned     letters rotated by quarters or mirrored, if the result is not another letter
characters Devanagari and Japanese characters, from handwriting fonts
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

NUMBERS = 64  # random numbers for each image
PENS = (0.07, 0.22)  # the pen widths of letters in training

# Letters that resemble no letter in either case when rotated by 1, 2 or 3 quarters, or mirrored.
_TURNED = {1: "AGKPQS", 2: "GK", 3: "AGKPQS", "mirrored": "GK"}


def make_outliers(
    count: int, letters: Dataset, *, seed: int = 0, kinds: Sequence[str] | None = None
) -> tuple[Image, list[str]]:
    """Generate outliers; the kinds take turns.

    Args:
        count: number of images.
        letters: letters A-Z, from which crowds, mosaics and turned letters are made.
        seed: 0..2^32-1; an image depends only on the seed, its position and the letters.
        kinds: some of `KINDS`; all by default.

    Returns:
        uint8 (count, 28, 28), and the kind of each image.

    Raises:
        LenetError: a kind is unknown, or the seed is out of range.
    """
    names = list(KINDS) if kinds is None else list(kinds)
    if not names or not set(names) <= set(KINDS):
        raise DataError(f"no such kinds of outliers: {names}; there are {', '.join(KINDS)}")
    numbers = rng.uniform(count * NUMBERS, seed, rng.OUTLIERS).reshape(count, NUMBERS)
    kind = [names[row % len(names)] for row in range(count)]
    images = np.empty((count, SIDE, SIDE), np.uint8)
    for row in range(count):
        images[row] = KINDS[kind[row]](numbers[row], letters)
    return images, kind


def with_outliers(
    letters: Dataset, targets: npt.NDArray[np.float32], share: float, *, seed: int = 0
) -> tuple[Dataset, npt.NDArray[np.float32]]:
    """Append outliers with uniform targets to training data (Hendrycks et al. 2019, outlier exposure).

    Args:
        letters: the training data.
        targets: float32 (n, classes), the soft targets of the letters; rows sum to 1.
        share: number of outliers as a fraction of the number of letters.
        seed: 0..2^32-1, see `make_outliers`.

    Returns:
        The data, in which the outliers are a source of their own, and all targets. The labels of
        outliers are 0 and have no meaning.
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
    """Scale points (n, 2), rotate them by `turn` full turns, and move them."""
    cos, sin = np.cos(2 * np.pi * turn), np.sin(2 * np.pi * turn)
    return np.asarray(stroke * scale @ np.array([[cos, sin], [-sin, cos]]) + place)


def _arc(begin: float, end: float, points: int = 24) -> Floats:
    """Return an arc of the unit circle; `begin` and `end` in full turns."""
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
    return _draw([_part_of_sign(part) for part in parts[: 4 + int(5 * many)]], pen)


def _part_of_sign(numbers: Floats) -> Floats:
    """Return a line, an arc or a ring, chosen by seven random numbers."""
    form, x, y, size, flat, turn, bow = numbers
    scale, place = 0.15 + 0.35 * size, (x, y)
    if form < 0.55:  # within about 15 degrees of horizontal, vertical or, rarely, diagonal
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
    """Draw two or three letters, each shifted to the side or down from the previous one."""
    many, down, aside, thick, *rest = numbers
    canvas = np.zeros((3 * SIDE + 8, 3 * SIDE + 8), np.uint8)
    y = x = 4
    for share, far in np.array(rest[:6]).reshape(3, 2)[: 2 + int(2 * many)]:
        part = canvas[y : y + SIDE, x : x + SIDE]
        np.maximum(part, letters.images[int(share * len(letters))], out=part)
        shift, other = int((0.4 + 0.5 * far) * SIDE), int(6 * aside)
        y, x = (y + shift, x + other) if down < 0.5 else (y + other, x + shift)
    for _ in range(int(3 * thick)):  # restores the pen width of a single letter
        canvas[1:] = np.maximum(canvas[1:], canvas[:-1])
        canvas[:, 1:] = np.maximum(canvas[:, 1:], canvas[:, :-1])
    image = rasterize_picture(255 - canvas)
    return np.zeros((SIDE, SIDE), np.uint8) if image is None else image


def _mosaic(numbers: Floats, letters: Dataset) -> Image:
    """Fill each quarter of the image with a quarter of another letter, from another corner."""
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
