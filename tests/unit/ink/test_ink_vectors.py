"""Strokes and pictures -> 28x28: the committed bytes, a second implementation, and SD19 itself."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reference_ink
from lenet import engine, ink
from repository import VECTORS as VECTORS_FOLDER

VECTORS = json.loads((VECTORS_FOLDER / "ink.json").read_text(encoding="utf-8"))


def named(vectors: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", vectors, ids=[v["name"] for v in vectors])


def test_vectors_are_of_this_rasterizer_version() -> None:
    assert VECTORS["version"] == engine.RASTERIZER_VERSION


@named(VECTORS["strokes"])
def test_strokes_become_the_committed_bytes(vector: dict[str, Any]) -> None:
    image = ink.rasterize(vector["strokes"], vector["pen"])
    assert image is not None
    assert image.tobytes().hex() == vector["image"]
    assert reference_ink.strokes(vector["strokes"], vector["pen"]).hex() == vector["image"]


@named(VECTORS["pictures"])
def test_pictures_become_the_committed_bytes(vector: dict[str, Any]) -> None:
    tones = np.frombuffer(bytes.fromhex(vector["picture"]), np.uint8)
    picture = tones.reshape(vector["height"], vector["width"])
    image, expected = ink.rasterize_picture(picture), reference_ink.picture(picture.tolist())
    assert image is not None
    assert expected is not None
    assert image.tobytes().hex() == expected.hex() == vector["image"]


coordinates = st.floats(-1e9, 1e9) | st.integers(-50, 50).map(float)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.tuples(coordinates, coordinates), max_size=4), min_size=1, max_size=3),
    st.floats(0.02, 1),
)
def test_any_strokes_match_the_second_implementation(
    drawing: list[list[tuple[float, float]]], pen: float
) -> None:
    image = ink.rasterize(drawing, pen)
    if not any(drawing):
        assert image is None
    else:
        assert image is not None
        assert image.tobytes() == reference_ink.strokes(drawing, pen)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.randoms(use_true_random=False))
def test_any_picture_matches_the_second_implementation(
    height: int, width: int, random: random.Random
) -> None:
    palette = [random.randrange(256) for _ in range(random.randrange(1, 5))]
    rows = [[random.choice(palette) for _ in range(width)] for _ in range(height)]
    image = ink.rasterize_picture(np.array(rows, np.uint8))
    expected = reference_ink.picture(rows)
    assert (None if image is None else image.tobytes()) == expected


def test_the_thinnest_pen_still_leaves_ink() -> None:
    for drawing in ([[(3, 3)]], [[(0, 0), (1, 0)]], [[(0, 0), (0, 1)]], [[(0, 0), (1, 1)]]):
        image = ink.rasterize(drawing, 0.02)
        assert image is not None
        assert image.max() == 255


def test_the_result_depends_on_neither_place_nor_size() -> None:
    drawing = np.array([[0, 0], [3, 40], [17, 25.0]])
    image = ink.rasterize([drawing])
    assert image is not None
    for moved in (drawing * 64, drawing + 1024):
        np.testing.assert_array_equal(ink.rasterize([moved]), image, strict=True)


def test_x_grows_to_the_right_and_y_down() -> None:
    image = ink.rasterize([[(0, 0), (0, 10), (6, 10)]])  # an L
    assert image is not None
    assert image[4:24, 6:10].max(axis=1).min() > 200  # its bar stands on the left
    assert image[4:18, 15:].max() == 0
    assert image[20:26, 10:20].max(axis=0).min() > 200  # its foot lies below


def test_scanned_letters_become_what_emnist_made_of_them(shared: Path) -> None:
    """NIST's 128x128 originals against the 28x28 images made of them as EMNIST was."""
    letters = np.load(shared / "letters" / "sd19_letters.npz")["images"]
    packed = np.load(shared / "letters" / "sd19_letters_128_packed.npz")["ink_bits"]
    rows = np.arange(0, len(letters), 31)
    originals = np.unpackbits(packed[rows], axis=1).reshape(-1, 128, 128)
    made = np.array([ink.rasterize_picture((1 - bits) * np.uint8(255)) for bits in originals])
    difference = made.astype(float) - letters[rows]
    assert np.sqrt((difference**2).mean()) < 24  # of 255: the scans' own resolution varies
    assert abs(made.mean() - letters[rows].mean()) < 0.01 * 255


def test_drawn_letters_have_the_ink_of_scanned_ones(shared: Path) -> None:
    scanned = np.load(shared / "letters" / "sd19_letters.npz")["images"].mean()
    drawings = list(ink.read_drawings(shared / "strokes" / "unipen_dev.jsonl.gz"))[::8]
    drawn = np.mean([ink.rasterize(drawing.strokes) for drawing in drawings])
    assert abs(drawn - scanned) < 0.01 * 255
