"""Strokes, pictures and files in, letters out: the package's public names."""

from __future__ import annotations

import copy
import pickle
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

import lenet
from class_networks import save_network
from lenet import Recognizer, ink
from lenet.errors import DataError, LenetError
from lenet.inference.recognizer import ANSWER
from lenet.metrics.decision import Verdict

L = [[(0, 0), (0, 10), (6, 10)]]


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return lenet.load()


def picture(ink: int = 30, paper: int = 230) -> np.ndarray:
    """An L."""
    grey = np.full((60, 50), paper, np.uint8)
    grey[8:52, 10:16] = grey[46:52, 10:40] = ink
    return grey


def test_strokes_of_every_form_are_one_drawing(recognizer: Recognizer) -> None:
    forms: list[Any] = [L, [np.array(L[0])], [[(x, y, 17) for x, y in L[0]]], (tuple(L[0]),), np.array(L)]
    answers = [recognizer.recognize(form) for form in forms]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0].letter == "L"
    assert answers[0].verdict == "letter"
    assert len(answers[0].candidates) == 5
    assert answers[0].confidence == answers[0].candidates[0][1] > 0.9


def test_pictures_by_array_and_by_path(recognizer: Recognizer, tmp_path: Path) -> None:
    for tone, paper in ((30, 230), (230, 30)):
        grey = picture(tone, paper)
        Image.fromarray(grey).save(tmp_path / "l.png")
        assert recognizer.recognize(grey).letter == "L"
        assert recognizer.recognize(tmp_path / "l.png") == recognizer.recognize(grey)


@pytest.mark.parametrize("ink", [0, 255])
def test_ink_on_a_transparent_ground_is_ink_whatever_its_colour(
    recognizer: Recognizer, tmp_path: Path, ink: int
) -> None:
    opaque = np.where(picture() < 128, 255, 0).astype(np.uint8)
    layers = [np.full_like(opaque, ink)] * 3
    Image.fromarray(np.dstack([*layers, opaque])).save(tmp_path / "l.png")
    assert recognizer.recognize(tmp_path / "l.png").letter == "L"


@pytest.mark.parametrize("nothing", [[], [[]], np.zeros((30, 30), np.uint8), np.zeros((5, 5, 4), np.uint8)])
def test_nothing_gets_no_letter(recognizer: Recognizer, nothing: Any) -> None:
    answer = recognizer.recognize(nothing)
    assert (answer.letter, answer.verdict, answer.candidates) == (None, "empty", ())
    assert answer.confidence == 0


@pytest.mark.parametrize(
    "drawing",
    [None, 5, [5], [[1, 2]], [[("1", "2")]], [[(True, False)]], [[(0, float("nan"))]],
     [[(0, 1e12)]], np.zeros((5, 5)), np.zeros((0, 5, 3), np.uint8), np.zeros((5, 5, 5), np.uint8),
     np.zeros((30, 30, 3)), np.zeros((30, 30, 4), np.int64), "missing.png"],
)  # fmt: skip
def test_what_is_no_drawing_is_refused_in_one_line(recognizer: Recognizer, drawing: Any) -> None:
    with pytest.raises(lenet.LenetError) as refused:
        recognizer.recognize(drawing)
    assert "\n" not in str(refused.value)


def test_strokes_are_recognized_while_another_thread_imports_pillow(
    recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL.Image", ModuleType("PIL.Image"))  # as an import begins
    assert recognizer.recognize([[(0, 0), (0, 10)], [(0, 10), (6, 10)]]).letter == "L"


def test_many_images_keep_their_order(recognizer: Recognizer) -> None:
    image = ink.rasterize(L)
    assert image is not None
    answers = recognizer.recognize_images([None, image, np.zeros_like(image), image])
    assert [answer.verdict for answer in answers] == ["empty", "letter", "empty", "letter"]
    assert recognizer.recognize_images([]) == []


def test_many_drawings_at_once_are_those_one_by_one(recognizer: Recognizer) -> None:
    drawings: list[Any] = [L, [], [[(0, 0)]], (np.array(L[0]),), [[]], [[(0, 0, 1), (9, 9, 2)]]] * 20
    expected = [recognizer.recognize(drawing) for drawing in drawings]
    answers = recognizer.recognize_all(iter(drawings))
    assert [answer.verdict for answer in answers] == [answer.verdict for answer in expected]
    assert [answer.letter for answer in answers] == [answer.letter for answer in expected]
    confidences = [answer.confidence for answer in expected]
    assert [answer.confidence for answer in answers] == pytest.approx(confidences, abs=1e-5)
    assert recognizer.recognize_all([]) == []
    assert recognizer.recognize_all([L]) == [recognizer.recognize(L)]


@pytest.mark.parametrize(
    ("drawing", "problem"),
    [
        (None, "a NoneType is not a drawing; give a list of strokes"),
        ([[(1, 2)], ["ab"]], "stroke 2: not a list of points; give each point as [x, y]"),
        ([[(0, float("nan"))]], "a coordinate is not a number, infinite, or beyond 1e+09"),
    ],
)
def test_a_wrong_drawing_among_many_is_named(recognizer: Recognizer, drawing: Any, problem: str) -> None:
    with pytest.raises(DataError) as refused:
        recognizer.recognize_all([L, L, drawing, L])
    assert str(refused.value).startswith(f"drawing 3: {problem}")
    with pytest.raises(DataError) as alone:
        recognizer.recognize_all([drawing])
    assert str(refused.value) == f"drawing 3: {alone.value}"
    with pytest.raises(DataError, match=f"^{re.escape(str(alone.value))}$"):
        recognizer.recognize(drawing)


def test_an_array_has_the_fields_of_recognitions(recognizer: Recognizer) -> None:
    images = [None, ink.rasterize(L), ink.rasterize([[(0, 0)]]), np.eye(28, dtype=np.uint8) * 255]
    answers = recognizer.recognize_images(images)
    array = recognizer.recognize_array(images)
    assert array.dtype == ANSWER
    assert array["letter"].tolist() == [answer.letter or "" for answer in answers]
    assert array["verdict"].tolist() == [answer.verdict for answer in answers]
    assert array["confidence"].tolist() == [answer.confidence for answer in answers]
    for row, answer in zip(array, answers, strict=True):
        assert [tuple(pair) for pair in row["candidates"].tolist() if pair[0]] == [*answer.candidates]
    assert {"empty", "letter"} < set(array["verdict"])
    assert recognizer.recognize_array([]).shape == (0,)


def test_few_classes_have_few_candidates(tmp_path: Path) -> None:
    few = lenet.load(save_network(tmp_path / "few.safetensors", "HKT"))
    answer = few.recognize(L)
    assert sorted(letter for letter, _ in answer.candidates) == ["H", "K", "T"]
    [row] = few.recognize_array([ink.rasterize(L)])
    assert row["candidates"]["label"].tolist()[3:] == ["", ""]


def test_a_copied_recognizer_recognizes_the_same(recognizer: Recognizer) -> None:
    expected = recognizer.recognize(L)
    for copied in (copy.deepcopy(recognizer), pickle.loads(pickle.dumps(recognizer))):
        assert copied.recognize(L) == expected


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_a_picture_in_memory_is_read_like_its_file(recognizer: Recognizer, tmp_path: Path, mode: str) -> None:
    coloured = np.dstack([np.where(picture() < 128, 200, 240).astype(np.uint8), *[picture()] * 2])
    image = Image.fromarray(coloured).convert(mode)
    image.save(tmp_path / "l.png")
    expected = recognizer.recognize(tmp_path / "l.png")
    assert expected.letter == "L"
    assert recognizer.recognize(np.asarray(image)) == expected
    assert recognizer.recognize(image) == expected


def test_a_damaged_image_of_pillow_is_refused(recognizer: Recognizer, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (60, 60), np.uint8)
    Image.fromarray(noise).save(tmp_path / "l.png")
    (tmp_path / "l.png").write_bytes((tmp_path / "l.png").read_bytes()[:900])
    with Image.open(tmp_path / "l.png") as image, pytest.raises(DataError, match="the picture is damaged"):
        recognizer.recognize(image)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((28, 28)), "images must be uint8 (n, 28, 28), not (28, 28)"),
        (np.zeros((1, 28, 28, 1), np.uint8), "images must be uint8 (n, 28, 28), not (1, 28, 28, 1)"),
        (np.zeros((2, 28, 28)), "image 0 must be uint8 (28, 28), not float64 (28, 28)"),
        ([None, np.zeros((20, 20), np.uint8)], "image 1 must be uint8 (28, 28), not uint8 (20, 20)"),
        ([[0] * 784], "image 0 must be an array, uint8 (28, 28), or None"),
    ],
)
def test_images_of_another_shape_are_refused(recognizer: Recognizer, images: Any, message: str) -> None:
    with pytest.raises(DataError) as refused:
        recognizer.recognize_images(images)
    assert str(refused.value) == message


def test_a_recognition_has_a_verdict_and_a_short_text(recognizer: Recognizer) -> None:
    answers = [recognizer.recognize(drawing) for drawing in (L, [], [[(0, 0)]])]
    assert {type(answer.verdict) for answer in answers} == {Verdict}
    confidence = round(answers[0].confidence, 4)
    assert repr(answers[0]) == f"Recognition(letter='L', verdict='letter', confidence={confidence})"
    assert repr(answers[1]) == "Recognition(letter=None, verdict='empty', confidence=0.0)"


def test_models_of_the_package_go_by_name(tmp_path: Path) -> None:
    assert lenet.load("holzweber2021").model.training.name == "holzweber2021"
    assert lenet.load().model.training.name == "modern-s"
    (tmp_path / "holzweber2021").write_bytes(b"")
    with pytest.raises(LenetError, match="an empty file, not a model"):
        lenet.load(tmp_path / "holzweber2021")
    pretrained = "no such file or pretrained model; pretrained: holzweber2021, modern-l, modern-s"
    for name in ("none", "modern-x", "n" * 300):
        with pytest.raises(LenetError, match=f"^{name}: {pretrained}$"):
            lenet.load(name)
    with pytest.raises(LenetError, match=r"none: no such file; check the name$"):
        lenet.load(tmp_path / "none")
