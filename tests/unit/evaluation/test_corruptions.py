"""Changes of images against what they should do to an F."""

from __future__ import annotations

import numpy as np
import pytest

from lenet.datasets import load
from lenet.evaluation.corruptions import CORRUPTIONS, AffineWarp


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Eight equal F."""
    image = np.zeros((28, 28), np.uint8)
    image[5:23, 9:12] = image[5:8, 9:20] = image[13:16, 9:17] = 255
    return np.tile(image, (8, 1, 1))


def change(name: str, images: np.ndarray, strength: float) -> np.ndarray:
    return CORRUPTIONS[name].apply(images, strength)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_is_graded_and_repeatable(name: str, images: np.ndarray) -> None:
    before, kind = images.copy(), CORRUPTIONS[name]
    assert len(kind.strengths) == 5
    assert list(kind.strengths) == sorted(kind.strengths)
    levels = [kind.apply(images, strength) for strength in kind.strengths]
    far = [np.abs(level.astype(int) - images).mean() for level in levels]
    assert far == sorted(far)
    assert far[0] > 0
    assert {level.dtype for level in levels} == {np.dtype(np.uint8)}
    np.testing.assert_array_equal(kind.apply(images, kind.strengths[-1]), levels[-1])
    np.testing.assert_array_equal(images, before)


def test_translation_goes_all_four_ways(images: np.ndarray) -> None:
    moved = change("translation", images, 3)
    for k, (axis, by) in enumerate(((2, -3), (1, -3), (2, 3), (1, 3))):
        np.testing.assert_array_equal(moved[k], np.roll(images, by, axis)[k])


def test_rotation_goes_both_ways(images: np.ndarray) -> None:
    turned = change("rotation", images, 90)
    assert {image.tobytes() for image in turned[:2]} == {np.rot90(images[0], k).tobytes() for k in (1, 3)}


def test_smaller_and_squeezed_keep_the_middle(images: np.ndarray) -> None:
    for name, tall in (("smaller", False), ("squeezed", True)):
        inked = change(name, images, 50)[0] > 64
        height, width = (int(inked.any(axis=axis).sum()) for axis in (1, 0))
        assert abs(height - (18 if tall else 9)) <= 1
        assert abs(width - 6) <= 1


def test_strokes_by_pixels(images: np.ndarray) -> None:
    assert int((change("thicker strokes", images, 2)[0, 18] > 0).sum()) == 5
    assert int((change("thinner strokes", images, 2)[0, 18] > 0).sum()) == 1
    half = change("thicker strokes", images, 1)[0, 18]
    assert half[[7, 8, 9, 12, 13]].tolist() == [0, 128, 255, 128, 0]


def test_noise_and_clutter_change_so_many_pixels(images: np.ndarray) -> None:
    many = np.tile(images, (100, 1, 1))
    assert (change("noise", many, 7) != many).mean() == pytest.approx(0.07, abs=0.003)
    cluttered = change("clutter", images, 5)
    assert (cluttered >= images).all()


def test_a_warp_that_does_nothing() -> None:
    images = load("font-letters").images[:20]
    np.testing.assert_array_equal(AffineWarp(np.eye(2))(images), images)
