"""Frames, cells, edges of a scan and rules are removed from pictures, and nothing from a letter alone."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

import lenet
from lenet import engine, ink
from lenet.datasets import load
from lenet.errors import LenetError
from lenet.inference.recognizer import Recognizer
from lenet.ink.tones import grey
from lenet.labels import LETTERS
from made_pictures import KINDS, Drawings, pictures
from repository import ROOT

STROKES = ROOT / "src" / "lenet" / "datasets" / "assets" / "font_strokes.jsonl.gz"
EACH = 10  # pictures of a kind
HARD = {"cell_on_letter", "squared", "equally_bright"}  # of which some cannot be read


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return lenet.load()


@pytest.fixture(scope="module")
def drawings(recognizer: Recognizer) -> Drawings:
    """Drawings that the model reads when nothing surrounds them."""
    labelled = [(str(d.label).upper(), d.strokes) for d in list(ink.read_drawings(STROKES))[::7]]
    answers = recognizer.recognize_images([ink.rasterize(strokes) for _, strokes in labelled])
    return [drawing for drawing, answer in zip(labelled, answers, strict=True) if answer.letter == drawing[0]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_is_read_whatever_surrounds_it(
    kind: str, recognizer: Recognizer, drawings: Drawings
) -> None:
    answers = [
        (label, recognizer.recognize(grey(picture)).letter)
        for label, picture in pictures(kind, drawings, EACH)
    ]
    correct = sum(label == answer for label, answer in answers)
    assert correct >= (EACH - 3 if kind in HARD else EACH - 1), answers


def is_unchanged(picture: np.ndarray) -> bool:
    return ink.clean_picture(picture) is picture


def test_nothing_is_removed_from_a_letter_alone(recognizer: Recognizer) -> None:
    images = load("font-letters").images[::60]
    for image in images:
        large = np.asarray(Image.fromarray(image).resize((140, 140), Image.Resampling.BICUBIC))
        assert is_unchanged(large)
        assert is_unchanged(255 - large)
        rows, columns = np.flatnonzero((large > 128).any(1)), np.flatnonzero((large > 128).any(0))
        tight = large[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        before, after = (ink.rasterize_picture(picture) for picture in (tight, ink.clean_picture(tight)))
        read_before, read_after = recognizer.recognize_images([before, after])
        assert read_before.letter in (None, read_after.letter)  # where ink fills the border, none is read


def sheet(*boxes: tuple[int, int, int, int], size: int = 120) -> np.ndarray:
    """Dark boxes (top, bottom, left, right) on light paper."""
    picture = np.full((size, size), 240, np.uint8)
    for top, bottom, left, right in boxes:
        picture[top:bottom, left:right] = 20
    return picture


E = [(30, 90, 30, 40), (30, 40, 30, 80), (55, 65, 30, 75), (80, 90, 30, 80)]
FRAME = [(5, 8, 5, 115), (112, 115, 5, 115), (5, 115, 5, 8), (5, 115, 112, 115)]


def test_only_the_frame_goes() -> None:
    np.testing.assert_array_equal(ink.clean_picture(sheet(*E, *FRAME)), sheet(*E))
    np.testing.assert_array_equal(255 - ink.clean_picture(255 - sheet(*E, *FRAME)), sheet(*E))


def test_bars_across_the_whole_picture_are_a_letter() -> None:
    for bars in (
        [(0, 120, 0, 8), (0, 8, 0, 120), (56, 64, 0, 110), (112, 120, 0, 120)],  # E, cut tightly
        [(0, 120, 0, 8), (0, 120, 112, 120), (56, 64, 0, 120)],  # H
        [(0, 8, 0, 120), (0, 120, 56, 64)],  # T
        [(0, 120, 0, 3), (117, 120, 0, 120)],  # a thin L
        [(0, 120, 50, 62)],  # I
        [(20, 100, 20, 26), (20, 100, 94, 100), (20, 26, 20, 100), (94, 100, 20, 100)],  # a square O
    ):
        assert is_unchanged(sheet(*bars))


def test_a_shadow_is_not_the_edge_of_a_sheet() -> None:
    shadow = np.linspace(60, 230, 300)[None, :].repeat(200, 0)
    shadow[60:140, 200:210] = shadow[130:140, 200:250] = 40
    assert is_unchanged(shadow.astype(np.uint8))


def test_rules_go_and_the_strokes_across_them_stay() -> None:
    rules = [(row, row + 2, 0, 120) for row in range(10, 120, 14)]
    cleaned = ink.clean_picture(sheet(*E, *rules))
    assert np.abs(cleaned.astype(int) - sheet(*E))[:, :29].max() == 0
    assert np.abs(cleaned.astype(int) - sheet(*E))[:, 82:].max() == 0
    assert (cleaned[sheet(*E) == 20] == 20).all()


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("width", [1, 2])
def test_strokes_that_paler_rules_cut_are_joined(width: int, squared: bool, inverted: bool) -> None:
    image = Image.new("L", (300, 360), 240)
    pen = ImageDraw.Draw(image)
    for stroke in ([(80, 60), (82, 300)], [(80, 60), (200, 100), (84, 180)], [(120, 160), (220, 300)]):
        pen.line(stroke, fill=20, width=22)
    for at in range(16, 360, 40):
        pen.line([(0, at), (299, at + 6)], fill=190, width=width)
        if squared:
            pen.line([(at, 0), (at - 6, 359)], fill=190, width=width)
    picture = np.asarray(image)
    picture = 255 - picture if inverted else picture
    cleaned = engine.clean_picture(picture, one_letter=False)
    assert cleaned is not None
    is_ink = cleaned > 128 if inverted else cleaned < 128
    pieces, _ = ndimage.label(is_ink)
    assert np.bincount(pieces[is_ink]).max() > 0.98 * is_ink.sum()
    assert not is_ink[:, 240:].any()


def test_a_rule_along_a_stem_goes_and_the_stem_stays() -> None:
    image = Image.new("L", (300, 360), 240)
    pen = ImageDraw.Draw(image)
    for at in range(15, 360, 55):
        pen.line([(0, at), (299, at)], fill=60, width=2)
        pen.line([(at, 0), (at, 359)], fill=60, width=2)
    for stroke in (
        [(126, 60), (126, 310)],
        [(126, 60), (210, 100), (126, 170)],
    ):  # a P; its stem is on a rule
        pen.line(stroke, fill=20, width=24)
    cleaned = engine.clean_picture(np.asarray(image), one_letter=False)
    assert cleaned is not None
    assert (cleaned[70:300, 120:132] < 128).all()
    assert (cleaned[:45] > 128).all()
    assert (cleaned[320:] > 128).all()


def test_writing_that_a_line_joins_to_the_border_stays() -> None:
    image = Image.new("L", (300, 360), 240)
    pen = ImageDraw.Draw(image)
    pen.line([(126, 0), (126, 359)], fill=60, width=2)
    pen.ellipse([180, 160, 230, 220], fill=20)  # what would remain
    for stroke in ([(126, 60), (126, 310)], [(126, 60), (210, 100), (126, 150)]):
        pen.line(stroke, fill=20, width=24)
    cleaned = engine.clean_picture(np.asarray(image), one_letter=False)
    assert cleaned is None or (cleaned[70:300, 120:132] < 128).all()


def test_large_pictures_are_made_smaller_only_where_something_goes() -> None:
    plain = np.kron(sheet(*E), np.ones((20, 20), np.uint8))
    assert ink.clean_picture(plain) is plain
    framed = np.kron(sheet(*E, *FRAME), np.ones((20, 20), np.uint8))
    np.testing.assert_array_equal(ink.clean_picture(framed), sheet(*E).repeat(10, 0).repeat(10, 1))


def test_any_picture_is_cleaned_in_bounded_memory() -> None:
    rng = np.random.default_rng(3)
    for shape in ((1, 1), (16, 16), (15, 300), (300, 17), (64, 64)):
        for tones in (2, 3, 256):
            picture = (rng.integers(0, tones, shape) * (255 // (tones - 1))).astype(np.uint8)
            assert ink.clean_picture(picture).dtype == np.uint8
    assert ink.clean_picture(np.zeros((1, 9_000), np.uint8)).shape == (1, 9_000)
    with pytest.raises(LenetError):
        ink.rasterize_picture(ink.clean_picture(np.zeros((0, 3), np.uint8)))


def test_labels_are_letters(drawings: Drawings) -> None:
    assert {label for label, _ in drawings} <= set(LETTERS)
