"""Drawings that become images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lenet.datasets.readers.strokes import rasterise_drawings
from lenet.ink import Drawing, rasterise
from made import (
    drawing,
    refusal,
)


def test_drawings_become_images_by_the_one_definition() -> None:
    drawings = [drawing(), drawing("z", tilt=2), drawing("f", tilt=3)]
    data = rasterise_drawings(iter(drawings), name="mine")
    assert data.labels.tolist() == [5, 25, 5]
    assert data.names == ("mine",)
    for image, one in zip(data.images, drawings, strict=True):
        np.testing.assert_array_equal(image, rasterise(one.strokes))
    assert len(rasterise_drawings([])) == 0


def test_pen_widths_are_counted() -> None:
    drawings = [drawing(tilt=tilt) for tilt in range(12)]
    pens = (0.06, 0.14)
    one = rasterise_drawings(drawings, pens, seed=3)
    three = rasterise_drawings(drawings, pens, copies=3, seed=3)
    assert three.groups.tolist() == np.arange(12).repeat(3).tolist()
    assert three.labels.tolist() == [5] * 36
    np.testing.assert_array_equal(three.images[::3], one.images)  # more copies, the same first
    np.testing.assert_array_equal(rasterise_drawings(drawings[:5], pens, seed=3).images, one.images[:5])
    assert (rasterise_drawings(drawings, pens, seed=4).images != one.images).any()
    ink = three.images.reshape(12, 3, -1).mean(axis=2)
    assert len(np.unique(ink)) > 24  # widths differ
    thin, thick = (rasterise_drawings(drawings, (pen, pen)).images.mean() for pen in pens)
    assert thin < three.images.mean() < thick


def test_each_drawer_gives_at_most_so_many() -> None:
    drawings = [drawing(drawer=f"d{n % 2}", tilt=n / 10) for n in range(40)]
    drawings += [drawing(drawer=None, tilt=n / 10) for n in range(40, 60)]
    every = rasterise_drawings(drawings).images
    rows_of = []
    for seed in (0, 1):
        few = rasterise_drawings(drawings, per_drawer=5, seed=seed)
        rows = [int(np.flatnonzero((every == image).all(axis=(1, 2)))[0]) for image in few.images]
        assert rows == sorted(rows)
        assert [sum(row < 40 and row % 2 == d for row in rows) for d in (0, 1)] == [5, 5]
        assert rows[10:] == list(range(40, 60))  # nobody knows whether they are by one hand
        rows_of.append(rows[:10])
    assert rows_of[0] != rows_of[1]
    assert rows_of[0] != list(range(10))


def test_hands_take_turns() -> None:
    drawings = [drawing(), drawing("z")]
    plain, both = (rasterise_drawings(drawings, copies=4, hands=hands) for hands in ((0,), (0, 2)))
    same = (plain.images == both.images).all(axis=(1, 2))
    assert same.tolist() == 2 * [True, False, True, False]
    never = rasterise_drawings(drawings, copies=2, hands=(1.5,))
    assert (never.images != plain.images[::2]).any(axis=(1, 2)).all()


def test_credits_are_carried_on_once_each() -> None:
    drawings = [replace(drawing(), credit=credit) for credit in ("by b", None, "by a", "by b")]
    assert rasterise_drawings(drawings).credits == ("by b", "by a")


@pytest.mark.parametrize("label", [None, "", "é", "4", "ab", "\u017f", "\u212a"])
def test_labels_are_letters(label: str | None) -> None:
    assert refusal(rasterise_drawings, [drawing(label)]).startswith("f.jsonl:7: label")


def test_empty_drawings_and_wrong_numbers_are_refused() -> None:
    empty = Drawing((), "a", None, "f.jsonl:9")
    assert refusal(rasterise_drawings, [empty]).startswith("f.jsonl:9: the drawing is empty")
    for pens in ((0.2, 0.1), (0.0, 0.1), (0.1, 1.1), (np.nan, 0.1)):
        assert "pen widths" in refusal(rasterise_drawings, [drawing()], pens)
    refusal(rasterise_drawings, [drawing()], copies=0)
    refusal(rasterise_drawings, [drawing()], per_drawer=0)
    assert "hands" in refusal(rasterise_drawings, [drawing()], hands=())
    for seed in (-1, 2**32):
        assert "seed" in refusal(rasterise_drawings, [drawing()], seed=seed)
