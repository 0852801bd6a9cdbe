"""Strokes and pictures become images of 28x28; what is neither is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lenet import ink
from lenet.errors import LenetError
from lenet.ink import rasterize, rasterize_picture
from lenet.ink.rasterize import rasterize_all
from made import F_PICTURE

F_STROKES = ([[0, 0], [0, 10]], [[0, 0], [6, 0]], [[0, 4], [4, 4]])


def test_rasterizes_upright_and_ignores_times() -> None:
    image = rasterize(F_STROKES)
    assert image is not None
    assert image.shape == (28, 28)
    assert image.dtype == np.uint8
    assert image[:, :14].sum() > 2 * image[:, 14:].sum()  # an F has its stem on the left
    assert image[:14].sum() > 1.4 * image[14:].sum()  # and its arms above
    timed = [[[x, y, 7 * i] for i, (x, y) in enumerate(stroke)] for stroke in F_STROKES]
    np.testing.assert_array_equal(rasterize(timed), image)
    np.testing.assert_array_equal(rasterize([np.array(s) for s in F_STROKES] + [[]]), image)


def test_a_dot_is_drawn_and_no_point_is_nothing() -> None:
    dot = rasterize([[(5, 5)]])
    assert dot is not None
    assert dot.max() > 0
    assert rasterize([]) is None
    assert rasterize([[], np.empty((0, 2))]) is None


@pytest.mark.parametrize(
    "strokes",
    [
        [[[0, np.nan]]],
        [[[0, np.inf]]],
        [[[0, 1e12]]],
        [[[0, 10**400]]],
        np.zeros((1, 100_001, 2)),
        [[1, 2]],
        [[[1]]],
        [["ab"]],
        [[[1, 2], [3]]],
        [5],
        [None],
    ],
)
def test_rasterize_refuses_what_is_no_drawing(strokes: Any) -> None:
    with pytest.raises(LenetError):
        rasterize(strokes)


@pytest.mark.parametrize("pen", [0.0, -1.0, 1.5, np.nan, np.inf])
def test_rasterize_refuses_a_pen_width(pen: float) -> None:
    with pytest.raises(LenetError, match="pen width"):
        rasterize(F_STROKES, pen)


def test_a_picture_becomes_the_letter_whatever_its_polarity() -> None:
    image = rasterize_picture(F_PICTURE)
    assert image is not None
    assert image[:, :14].sum() > 2 * image[:, 14:].sum()
    assert image[:14].sum() > 1.4 * image[14:].sum()
    np.testing.assert_array_equal(rasterize_picture(255 - F_PICTURE), image)
    assert rasterize_picture(np.full((9, 9), 77, np.uint8)) is None


@pytest.mark.parametrize(
    "picture", [np.zeros((3, 3)), np.zeros((3, 3, 3), np.uint8), np.zeros((0, 3), np.uint8)]
)
def test_rasterize_picture_refuses_other_arrays(picture: np.ndarray) -> None:
    with pytest.raises(LenetError, match="uint8"):
        rasterize_picture(picture)


@pytest.mark.parametrize("name", ["rasterise", "rasterise_picture"])
def test_old_names_work_with_a_warning(name: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"{name} is now "):
        function = getattr(ink, name)
    assert function is getattr(ink, name.replace("ise", "ize"))


def test_many_drawings_become_the_images_of_each() -> None:
    """Of several threads' shares, with empty strokes and drawings among them."""
    random = np.random.default_rng(0)
    drawings = [
        [random.normal(size=(n, 2)).cumsum(0) for n in random.integers(0, 9, random.integers(0, 4))]
        for _ in range(1100)
    ]
    pens = random.uniform(0.05, 0.4, len(drawings))
    images = rasterize_all(drawings, pens)
    for strokes, pen, image in zip(drawings, pens.tolist(), images, strict=True):
        alone = rasterize(strokes, pen)
        np.testing.assert_array_equal(image, np.zeros((28, 28), np.uint8) if alone is None else alone)
    assert rasterize_all([], []).shape == (0, 28, 28)
    with pytest.raises(LenetError, match="one for each"):
        rasterize_all(drawings, pens[1:])
    with pytest.raises(LenetError, match="a coordinate"):
        rasterize_all([*drawings, [[[0, 1e12]]]], [*pens, 0.1])
    with pytest.raises(LenetError, match="an argument is out of its range"):
        rasterize_all(drawings, [*pens[1:], np.nan])
