"""Letters drawn once more by a less steady hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lenet.datasets import Rendering, load
from lenet.ink.jitter import jitter_strokes

POINT = st.tuples(*2 * [st.floats(-1e6, 1e6, allow_nan=False)])
STROKES = st.lists(st.lists(POINT, max_size=12), min_size=1, max_size=4)


@settings(max_examples=100, deadline=None)
@given(STROKES, st.integers(0, 2**32 - 1))
def test_every_point_stays_near_where_it_was(strokes: list[np.ndarray], seed: int) -> None:
    redrawn = jitter_strokes(strokes, seed, 2**33)
    assert [len(stroke) for stroke in redrawn] == [len(stroke) for stroke in strokes]
    points = np.concatenate([np.reshape(stroke, (-1, 2)) for stroke in strokes])
    if not len(points):
        return
    side = np.ptp(points, axis=0).max()
    moved = np.concatenate(redrawn) - points
    assert np.isfinite(moved).all()
    # Turned by 7 degrees and scaled by 9 % about the middle, shifted by 4.5 %, waving by 2.6 %.
    assert np.abs(moved).max() <= side * (1.5 * (0.13 + 0.1) + 0.045 + 0.027) + 1e-6


def test_strokes_move_apart_and_the_same_numbers_give_the_same() -> None:
    cross = [[(0, 5), (10, 5)], [(5, 0), (5, 10)]]
    one, same, other = (jitter_strokes(cross, seed, 2**33) for seed in (1, 1, 2))
    for a, b, c in zip(one, same, other, strict=True):
        np.testing.assert_array_equal(a, b)
        assert np.abs(a - c).max() > 0.05
    shifts = [np.mean(stroke, axis=0) - (5, 5) for stroke in one]
    assert np.abs(shifts[0] - shifts[1]).max() > 0.05


def test_a_stronger_hand_moves_every_point_further_the_same_way() -> None:
    cross = [[(0, 5), (10, 5)], [(5, 0), (5, 10)]]
    one, double = (jitter_strokes(cross, 1, 2**33, strength) for strength in (0.01, 0.02))
    for plain, near, far in zip(cross, one, double, strict=True):
        np.testing.assert_allclose(far - plain, 2 * (near - plain), atol=0.01)


def test_a_dot_and_nothing_stay_drawable() -> None:
    assert [len(stroke) for stroke in jitter_strokes([[], [(1, 2)]], 0, 2**33)] == [0, 1]
    np.testing.assert_array_equal(jitter_strokes([[(1, 2)]], 0, 2**33)[0], [[1, 2]])


def test_every_other_copy_is_redrawn(tmp_path: Path) -> None:
    path = tmp_path / "letters.jsonl"
    row = {"label": "L", "strokes": [[[0, 0], [0, 10]], [[0, 10], [6, 10]]]}
    path.write_text(2 * (json.dumps(row) + "\n"))
    plain, redrawn = (
        load(str(path), rendering=Rendering(renders_per_drawing=4, stroke_jitter=strengths))
        for strengths in ((0,), (0, 1))
    )
    same = (plain.images == redrawn.images).all(axis=(1, 2))
    assert same.tolist() == 2 * [True, False, True, False]
    assert redrawn.groups.tolist() == 4 * [0] + 4 * [1]
    assert (redrawn.images[1] != redrawn.images[5]).any()
