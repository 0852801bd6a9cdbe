"""The orientations against NumPy's rotations, Pillow's transpositions and EXIF's numbers."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from lenet.ink import Orientation

IMAGE = np.arange(15, dtype=np.uint8).reshape(3, 5)  # no symmetry

PILLOW = {
    Orientation.FLIP_HORIZONTAL: Image.Transpose.FLIP_LEFT_RIGHT,
    Orientation.ROT180: Image.Transpose.ROTATE_180,
    Orientation.FLIP_VERTICAL: Image.Transpose.FLIP_TOP_BOTTOM,
    Orientation.TRANSPOSED: Image.Transpose.TRANSPOSE,
    Orientation.ROT90: Image.Transpose.ROTATE_90,
    Orientation.TRANSVERSE: Image.Transpose.TRANSVERSE,
    Orientation.ROT270: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize(("orientation", "method"), list(PILLOW.items()))
def test_each_orientation_is_pillows(orientation: Orientation, method: Image.Transpose) -> None:
    expected = np.asarray(Image.fromarray(IMAGE).transpose(method))
    np.testing.assert_array_equal(orientation.apply(IMAGE), expected)


@pytest.mark.parametrize(("number", "orientation"), list(enumerate(Orientation, 1)))
def test_exif_numbers_them_in_this_order(number: int, orientation: Orientation) -> None:
    stored = Image.fromarray(np.ascontiguousarray(orientation.apply(IMAGE)))
    stored.getexif()[0x0112] = number
    np.testing.assert_array_equal(np.asarray(ImageOps.exif_transpose(stored)), IMAGE)


@pytest.mark.parametrize("orientation", list(Orientation))
def test_the_inverse_undoes_it_for_many_images(orientation: Orientation) -> None:
    images = np.stack([IMAGE, IMAGE + 100])
    np.testing.assert_array_equal(orientation.inverse.apply(orientation.apply(images)), images)


def test_rotations_are_numpys() -> None:
    for quarters, name in enumerate(["upright", "rot90", "rot180", "rot270"]):
        np.testing.assert_array_equal(Orientation(name).apply(IMAGE), np.rot90(IMAGE, quarters))


def test_emnist_is_another_name_of_transposed() -> None:
    assert Orientation("emnist") is Orientation.TRANSPOSED
    with pytest.raises(ValueError, match="sideways"):
        Orientation("sideways")
