"""Drawings that become images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from lenet.datasets.readers import strokes as reader
from lenet.datasets.readers.strokes import Rendering, rasterize_drawings
from lenet.errors import DataError
from lenet.ink import Drawing, rasterize
from made import (
    drawing,
    refusal,
)


def test_drawings_become_images_by_the_one_definition() -> None:
    drawings = [drawing(), drawing("z", tilt=2), drawing("f", tilt=3)]
    data = rasterize_drawings(iter(drawings), name="mine")
    assert data.labels.tolist() == [5, 25, 5]
    assert data.names == ("mine",)
    for image, one in zip(data.images, drawings, strict=True):
        np.testing.assert_array_equal(image, rasterize(one.strokes))
    assert len(rasterize_drawings([])) == 0


@pytest.mark.parametrize(
    "rendering",
    [
        Rendering((0.1, 0.3), seed=3),
        Rendering((0.1, 0.3), renders_per_drawing=2, seed=3),
        Rendering(renders_per_drawing=3, stroke_jitter=(0, 1)),
        Rendering(max_per_writer=5, stroke_jitter=(1,)),
    ],
    ids=["pens", "two renders", "jitter", "jitter and limit"],
)
def test_chunks_change_no_image(monkeypatch: pytest.MonkeyPatch, rendering: Rendering) -> None:
    drawings = [drawing(tilt=tilt, writer=f"w{tilt % 3}") for tilt in range(21)]
    whole = rasterize_drawings(drawings, rendering)
    monkeypatch.setattr(reader, "_CHUNK", 4)
    np.testing.assert_array_equal(rasterize_drawings(iter(drawings), rendering).images, whole.images)


def test_the_first_drawing_that_is_refused_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_CHUNK", 4)
    drawings = [drawing(tilt=tilt) for tilt in range(21)]
    far = (np.array([[0, 1e12], [1, 1]]),)
    drawings[9] = Drawing(far, "a", None, "f.jsonl:10")
    drawings[10] = Drawing((), "a", None, "f.jsonl:11")
    assert refusal(rasterize_drawings, iter(drawings)).startswith("f.jsonl:10: a coordinate")
    drawings[6] = Drawing((), "a", None, "f.jsonl:7")
    assert refusal(rasterize_drawings, iter(drawings)).startswith("f.jsonl:7: the drawing is empty")


def test_an_error_of_the_source_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_CHUNK", 4)

    def source() -> Iterator[Drawing]:
        yield from [drawing(tilt=tilt) for tilt in range(9)]
        raise DataError("f.jsonl:10: not JSON")

    assert refusal(rasterize_drawings, source()) == "f.jsonl:10: not JSON"


def test_pen_widths_are_counted() -> None:
    drawings = [drawing(tilt=tilt) for tilt in range(12)]
    pens = (0.06, 0.14)
    once = Rendering(pens, seed=3)
    one = rasterize_drawings(drawings, once)
    three = rasterize_drawings(drawings, replace(once, renders_per_drawing=3))
    assert three.groups.tolist() == np.arange(12).repeat(3).tolist()
    assert three.labels.tolist() == [5] * 36
    np.testing.assert_array_equal(three.images[::3], one.images)  # the first stays the same
    np.testing.assert_array_equal(rasterize_drawings(drawings[:5], once).images, one.images[:5])
    assert (rasterize_drawings(drawings, replace(once, seed=4)).images != one.images).any()
    ink = three.images.reshape(12, 3, -1).mean(axis=2)
    assert len(np.unique(ink)) > 24  # widths differ
    thin, thick = (rasterize_drawings(drawings, Rendering((pen, pen))).images.mean() for pen in pens)
    assert thin < three.images.mean() < thick


def test_at_most_max_per_writer_drawings_of_each_writer_are_taken() -> None:
    drawings = [drawing(writer=f"d{n % 2}", tilt=n / 10) for n in range(40)]
    drawings += [drawing(writer=None, tilt=n / 10) for n in range(40, 60)]
    every = rasterize_drawings(drawings).images
    rows_of = []
    for seed in (0, 1):
        few = rasterize_drawings(drawings, Rendering(max_per_writer=5, seed=seed))
        rows = [int(np.flatnonzero((every == image).all(axis=(1, 2)))[0]) for image in few.images]
        assert rows == sorted(rows)
        assert [sum(row < 40 and row % 2 == d for row in rows) for d in (0, 1)] == [5, 5]
        assert rows[10:] == list(range(40, 60))  # drawings without a writer all stay
        rows_of.append(rows[:10])
    assert rows_of[0] != rows_of[1]
    assert rows_of[0] != list(range(10))


def test_strengths_of_jitter_take_turns() -> None:
    drawings = [drawing(), drawing("z")]
    plain, both = (
        rasterize_drawings(drawings, Rendering(renders_per_drawing=4, stroke_jitter=strengths))
        for strengths in ((0,), (0, 2))
    )
    same = (plain.images == both.images).all(axis=(1, 2))
    assert same.tolist() == 2 * [True, False, True, False]
    never = rasterize_drawings(drawings, Rendering(renders_per_drawing=2, stroke_jitter=(1.5,)))
    assert (never.images != plain.images[::2]).any(axis=(1, 2)).all()


def test_attributions_are_carried_on_once_each() -> None:
    drawings = [replace(drawing(), attribution=line) for line in ("by b", None, "by a", "by b")]
    assert rasterize_drawings(drawings).attributions == ("by b", "by a")


@pytest.mark.parametrize("label", [None, "", "é", "-", "ab", "\u017f", "\u212a"])
def test_labels_are_letters_or_digits(label: str | None) -> None:
    assert refusal(rasterize_drawings, [drawing(label)]).startswith("f.jsonl:7: label")


def test_empty_drawings_and_wrong_numbers_are_refused() -> None:
    empty = Drawing((), "a", None, "f.jsonl:9")
    assert refusal(rasterize_drawings, [empty]).startswith("f.jsonl:9: the drawing is empty")
    for pens in ((0.2, 0.1), (0.0, 0.1), (0.1, 1.1), (np.nan, 0.1)):
        assert "pen widths" in refusal(Rendering, pens)
    assert "renders_per_drawing" in refusal(Rendering, renders_per_drawing=0)
    assert "max_per_writer" in refusal(Rendering, max_per_writer=0)
    assert "stroke_jitter" in refusal(Rendering, stroke_jitter=())
    for seed in (-1, 2**32):
        assert "seed" in refusal(rasterize_drawings, [drawing()], Rendering(seed=seed))
