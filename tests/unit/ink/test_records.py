"""Records that are read fast equal the drawings of the reader of all forms."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet.engine.abi import MAX_COORDINATE
from lenet.errors import LenetError
from lenet.ink import Drawing
from lenet.ink.drawing_json import drawings_of
from lenet.ink.records import RecordReader
from made import FUZZ

NUMBERS = st.floats(-1e9, 1e9) | st.integers(-(10**9), 10**9) | st.integers(-(10**30), 10**30)
TEXTS = st.none() | st.text(max_size=3)
STROKES = st.sampled_from([2, 3]).flatmap(
    lambda width: st.lists(
        st.lists(st.lists(NUMBERS, min_size=width, max_size=width), max_size=4), max_size=3
    )
)
RECORDS = st.fixed_dictionaries(
    {"strokes": STROKES},
    optional={
        **dict.fromkeys(("label", "word", "writer", "drawer", "attribution", "credit"), TEXTS),
        "time": NUMBERS | TEXTS,
        "id": st.uuids().map(str) | TEXTS | NUMBERS,
        "part": st.sampled_from(["train", "test", "other", 1, [], {}]),
    },
)
ODD = (
    st.none()
    | st.booleans()
    | NUMBERS
    | st.just(math.inf)
    | st.text(max_size=2)
    | st.lists(NUMBERS, max_size=3)
    | st.lists(RECORDS, max_size=2)
)


def expected(value: Any) -> Drawing | None:
    """Return the drawing by the reader of all forms; None if there is an error or not one drawing."""
    try:
        drawings = list(drawings_of(value, "f:1"))
    except LenetError:
        return None
    return drawings[0] if len(drawings) == 1 else None


def assert_equal(drawing: Drawing, other: Drawing) -> None:
    for name in ("label", "writer", "attribution", "id", "part"):
        assert getattr(drawing, name) == getattr(other, name)
    assert len(drawing.strokes) == len(other.strokes)
    for stroke, points in zip(drawing.strokes, other.strokes, strict=True):
        assert stroke.dtype == np.float64
        assert stroke.shape == points.shape
        np.testing.assert_array_equal(stroke, points)


@FUZZ
@given(st.lists(RECORDS, max_size=4), st.booleans())
def test_records_have_the_values_that_json_has(records: list[dict[str, Any]], is_ascii: bool) -> None:
    reader = RecordReader()
    for record in records:
        line = json.dumps(record, ensure_ascii=is_ascii)
        drawing = reader.read(line.encode(errors="surrogatepass"), "f:1")
        other = expected(json.loads(line))
        if drawing is not None:
            assert other is not None
            assert drawing.source == "f:1"
            assert_equal(drawing, other)
        elif other is not None:  # only numbers beyond 64 bits are left to the other reader
            numbers = [n for stroke in record["strokes"] for point in stroke for n in point]
            assert any(abs(n) > MAX_COORDINATE for n in numbers)


@FUZZ
@given(RECORDS, st.sampled_from(["strokes", "label", "word", "writer", "drawings", "drawing", "points"]), ODD)
def test_wrong_records_are_left_to_the_other_reader(record: dict[str, Any], key: str, value: Any) -> None:
    record[key] = value
    line = json.dumps(record)
    drawing = RecordReader().read(line.encode(errors="surrogatepass"), "f:1")
    if drawing is not None:
        other = expected(json.loads(line))
        assert other is not None
        assert_equal(drawing, other)


@pytest.mark.parametrize(
    "line",
    [
        b'{"strokes": [[[1, 2]]], "x": "\xff"}',
        b'{"strokes": [[[1, 2]]], "label": "\\ud800"}',
        b'{"strokes": [[[1, 2], [3]]]}',
        b'{"strokes": [[[1, 2], [3, 4, 5]]]}',
        b'{"strokes": [[[1, true]]]}',
        b'{"strokes": [[[1, "2"]]]}',
        b'{"strokes": [[[1, NaN]]]}',
        b'{"strokes": [[[1, 1e400]]]}',
        b'{"strokes": [[[1, 2000000000]]]}',
        b'{"strokes": ' + b"[" * 100_000,
        b'{"strokes": [[[1, 2]]]} x',
        b'{"strokes": [[[1, 2]]], "drawings": []}',
        b"[]",
        b"",
    ],
)
def test_lines_of_other_forms_give_none(line: bytes) -> None:
    assert RecordReader().read(line, "f:1") is None


def test_the_widths_of_points_may_change_from_line_to_line() -> None:
    reader = RecordReader()
    lines = [b'{"strokes": [[[1, 2]]]}', b'{"strokes": [[[1, 2, 3]]]}'] * 2
    for line in lines:
        drawing = reader.read(line, "f:1")
        assert drawing is not None
        assert drawing.strokes[0].tolist() == [[1, 2]]
