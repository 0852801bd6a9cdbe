"""Strokes of any form are packed as NumPy reads each of them, or refused as NumPy does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lenet.errors import DataError
from lenet.ink.packing import pack

Packed = tuple[bytes, list[int]]


def by_numpy(strokes: Any) -> Packed | str:
    """Pack each stroke by NumPy's rules, the oracle; return the error's text where it is not one."""
    arrays = []
    for number, stroke in enumerate(strokes, 1):
        try:
            array = np.asarray(stroke)
        except ValueError:
            array = np.empty(())
        if array.size == 0 and array.ndim:
            array = np.empty((0, 2))
        elif array.ndim != 2 or array.shape[1] not in (2, 3) or array.dtype.kind not in "iuf":
            return f"stroke {number}: not a list of points; give each point as [x, y]"
        arrays.append(array[:, :2].astype(np.float64))
    return np.concatenate([np.empty((0, 2)), *arrays]).tobytes(), [len(array) for array in arrays]


def packed(strokes: Any) -> Packed | str:
    try:
        points, lengths = pack(strokes)
    except DataError as error:
        return str(error)
    return points, list(lengths)


numbers = st.floats() | st.integers(-(10**9), 10**9)
others: st.SearchStrategy[Any] = st.sampled_from([True, None, "1", np.float32(1), np.int8(1), [], 2**63])
rare: st.SearchStrategy[Any] = st.one_of(numbers, numbers, numbers, others)


def points_of(number: st.SearchStrategy[Any], low: int, high: int) -> st.SearchStrategy[Any]:
    point = st.lists(number, min_size=low, max_size=high)
    return point | point.map(tuple)


strokes = st.lists(st.lists(points_of(numbers, 2, 2), max_size=5), max_size=4) | st.lists(
    st.lists(points_of(numbers, 3, 3), max_size=5), max_size=4
)
anything = st.lists(st.lists(points_of(rare, 2, 3), max_size=4) | st.lists(points_of(rare, 0, 4)), max_size=3)
arrays = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from([1, 2, 3, 4]), st.sampled_from("fdiI?U")).map(
        lambda form: np.ones(form[:2], form[2])
    ),
    max_size=3,
)


@given(strokes | anything | arrays)
@example([[[True, False]]])
@example([[[1, True]]])
@example([[[1, 2], [3, 4, 5]]])
@example([[[1, 2]], [[3, 4, 5]]])
@example([[[]], [[], []]])
@example([(np.float64(1), 2)])
@example([[["1", "2"]]])
@example([[[1, 2, "3"]]])
@example([[[1, 2, None]]])
@example([[[10**400, 0]]])
@example([5])
@example([None])
@example(["ab"])
@example({(1, 2): 3})
def test_packing_agrees_with_numpy(drawing: Any) -> None:
    assert packed(drawing) == by_numpy(drawing)


def test_arrays_and_generators_are_drawings() -> None:
    expected = packed([[(0, 1), (2, 3)], [(4, 5), (6, 7)]])
    array = np.arange(8).reshape(2, 2, 2)
    for form in (array, array.astype(float), iter(array), (stroke[:, ::-1][:, ::-1] for stroke in array)):
        assert packed(form) == expected
    for dtype in (">f8", np.float16, np.int8):
        assert packed([*array.astype(dtype)]) == expected


@pytest.mark.parametrize("nothing", [None, 5])
def test_what_is_no_list_is_refused(nothing: Any) -> None:
    with pytest.raises(DataError, match="is not a drawing; give a list of strokes"):
        pack(nothing)
