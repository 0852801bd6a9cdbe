"""Strokes in files: what is read, and that whatever cannot be read is a LenetError."""

import gzip
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet.errors import LenetError
from lenet.ink import Drawing, read_drawings, write_drawings
from made import FUZZ

F_STROKES = ([[0, 0], [0, 10]], [[0, 0], [6, 0]], [[0, 4], [4, 4]])


def line(strokes: object = F_STROKES, label: object = "F", **more: object) -> bytes:
    return json.dumps({"writer": "d1", "label": label, "strokes": strokes, **more}).encode() + b"\n"


def refusal(path: Path, call: Callable[..., object] = lambda path: list(read_drawings(path))) -> str:
    """The LenetError that the call must raise: one line, returned without the file it names."""
    with pytest.raises(LenetError) as caught:
        call(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message.removeprefix(str(path))


@pytest.mark.parametrize("name", ["f.jsonl", "f.jsonl.gz", "misnamed"])
@pytest.mark.parametrize("packed", [False, True])
def test_reads_strokes_known_by_content(tmp_path: Path, name: str, packed: bool) -> None:
    data = b"\n" + line(script="Latin") + b"  \r\n" + line([[[1.5, -2, 30]]], "g") + line([], None)
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if packed else data)
    first, second, third = read_drawings(path)
    assert [d.source for d in (first, second, third)] == [f"{path}:{n}" for n in (2, 4, 5)]
    assert [d.label for d in (first, second, third)] == ["F", "g", None]
    assert first.writer == "d1"
    assert [stroke.tolist() for stroke in first.strokes] == list(map(list, F_STROKES))
    assert second.strokes[0].tolist() == [[1.5, -2.0]]  # the time is dropped
    assert second.strokes[0].dtype == np.float64
    assert third.strokes == ()


def test_reads_a_byte_order_mark_empty_strokes_and_uneven_points(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + line([[], [[1, 2], [3, 4, 5]], []]))
    (drawing,) = read_drawings(path)
    assert [stroke.tolist() for stroke in drawing.strokes] == [[], [[1, 2], [3, 4]], []]
    assert all(stroke.shape[1:] == (2,) for stroke in drawing.strokes)


@pytest.mark.parametrize("packed", [False, True])
def test_reads_standard_input(monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    data = line() + line()
    stream = io.BufferedReader(io.BytesIO(gzip.compress(data) if packed else data))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
    assert [drawing.source for drawing in read_drawings("-")] == ["-:1", "-:2"]


BAD_LINES = {
    "broken": (b'{"strokes": [[[1, 2]]\n', "not JSON"),
    "a list": (b"[1]\n", '"strokes"'),
    "no strokes": (b'{"label": "a"}\n', '"strokes"'),
    "strokes null": (line(None), "list of strokes"),
    "strokes a word": (line("ab"), "list of strokes"),
    "stroke a number": (line([3]), "list of strokes"),
    "point a number": (line([[3]]), "each point"),
    "point a word": (line([["ab"]]), "each point"),
    "one coordinate": (line([[[1]]]), "each point"),
    "a word": (line([[[1, "2"]]]), "each point"),
    "a bool": (line([[[1, True]]]), "each point"),
    "null": (line([[[1, None]]]), "each point"),
    "apart": (line([[[1, 2, 3, 4], [5, 6, 7, 8]], [[1, 2], [3, 4]]]), "lie apart"),
    "NaN": (b'{"strokes": [[[NaN, 1]]]}\n', "NaN is not a number"),
    "Infinity": (b'{"strokes": [[[-Infinity, 1]]]}\n', "Infinity is not a number"),
    "overflow": (b'{"strokes": [[[1, 1e999]]]}\n', "coordinate inf"),
    "huge": (line([[[1, 2], [1, -1e12]]]), "coordinate -1e+12"),
    "long integer": (b'{"strokes": [[[1, 1%s]]]}\n' % (b"0" * 400), "coordinate inf"),
    "longer integer": (b'{"strokes": [[[1, 1%s]]]}\n' % (b"0" * 5000), "not JSON"),
    "label 5": (line(label=5), '"label" must be'),
    "label list": (line(label=["a"]), '"label" must be'),
    "attribution 5": (line(attribution=5), '"attribution" must be'),
    "credit 5": (line(credit=5), '"credit" must be'),
    "half a character": (b'{"label": "\\ud800", "strokes": []}\n', "Unicode"),
    "drawer 5": (b'{"drawer": 5, "strokes": []}\n', '"drawer" must be'),
    "writer 5": (line(writer=5), '"writer" must be'),
    "not UTF-8": (b'{"label": "\xe4", "strokes": []}\n', "not UTF-8"),
    "UTF-16": (line().decode().encode("utf-16-le"), "not JSON"),
    "too many points": (line([[[0, 0]] * 100_001]), "more than 100,000 points"),
    "too many strokes": (line([[]] * 100_001), "more than 100,000 points"),
    "deep": (b'{"strokes": ' + b"[" * 100_000 + b"\n", "nested too deeply"),
}


@pytest.mark.parametrize(("bad", "expected"), BAD_LINES.values(), ids=BAD_LINES)
def test_refuses_a_line_by_its_place(tmp_path: Path, bad: bytes, expected: str) -> None:
    path = tmp_path / "f.jsonl"
    path.write_bytes(line() + bad + line())
    drawings = read_drawings(path)
    assert next(drawings).label == "F"  # what came before is not lost
    message = refusal(path, lambda path: next(drawings))
    assert message.startswith(":2: ")
    assert expected in message


def test_accepts_a_hundred_thousand_points(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    path.write_bytes(line([[[0, 0]] * 100_000]))
    assert len(next(read_drawings(path)).strokes[0]) == 100_000


def test_refuses_an_endless_line_without_reading_it_all(tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb") as stream:
        for _ in range(20):
            stream.write(b" " * 2**20)
    assert refusal(path).startswith(":1: longer than 16 MiB")


def test_refuses_a_damaged_gzip(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl.gz"
    rng = np.random.default_rng(0)
    whole = gzip.compress(b"".join(line([rng.random((9, 2)).tolist()]) for _ in range(300)))
    wrong_sum = whole[:-8] + bytes(4) + whole[-4:]
    for damaged in (whole[: len(whole) // 2], whole[:-1], whole + b"more", wrong_sum, whole[:5]):
        path.write_bytes(damaged)
        assert "gzip data is cut short or damaged" in refusal(path)


def test_names_what_cannot_be_opened(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "absent.jsonl")
    assert "no letter in it" in refusal(tmp_path)


@FUZZ
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes, packed: bool) -> None:
    path = tmp_path / "f"
    path.write_bytes(gzip.compress(data) if packed else data)
    try:
        list(read_drawings(path))
    except LenetError as error:
        assert "\n" not in str(error)  # noqa: PT017


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner),
)


@pytest.mark.slow
@FUZZ
@given(json_values, json_values)
def test_any_json_is_read_or_refused(tmp_path: Path, strokes: Any, label: object) -> None:
    path = tmp_path / "f"
    path.write_bytes(line(strokes, label))
    try:
        (drawing,) = read_drawings(path)
    except LenetError:
        return
    assert drawing.label == label
    assert sum(map(len, drawing.strokes)) == sum(map(len, strokes))


def test_the_keys_of_earlier_files_are_read(tmp_path: Path) -> None:
    old = {"drawer": "d1", "credit": "by A"}
    new = {"writer": "d2", "attribution": "by B"}
    path = tmp_path / "f.jsonl"
    path.write_text(
        "".join(json.dumps({"strokes": [], **keys}) + "\n" for keys in (old, new, {**old, **new}))
    )
    read = [(drawing.writer, drawing.attribution) for drawing in read_drawings(path)]
    assert read == [("d1", "by A"), ("d2", "by B"), ("d2", "by B")]
    write_drawings(path, read_drawings(path))
    written = [json.loads(record) for record in path.read_text().splitlines()]
    assert all(set(record) == {"writer", "attribution", "label", "strokes"} for record in written)


coordinates = st.floats(-1e9, 1e9) | st.integers(-(10**9), 10**9).map(float)
points = st.lists(st.tuples(coordinates, coordinates), max_size=5)


@FUZZ
@given(st.lists(points, max_size=4), st.none() | st.characters(codec="utf-8"), st.booleans())
def test_drawings_survive_a_round_trip(
    tmp_path: Path, strokes: list[list[tuple[float, float]]], label: str, packed: bool
) -> None:
    arrays = tuple(np.array(stroke, np.float64).reshape(-1, 2) for stroke in strokes)
    path = tmp_path / ("f.jsonl.gz" if packed else "f.jsonl")
    write_drawings(path, [Drawing(arrays, label, "d", attribution=label)])
    (back,) = read_drawings(path)
    assert (back.label, back.writer, back.attribution) == (label, "d", label)
    assert len(back.strokes) == len(arrays)
    for one, other in zip(back.strokes, arrays, strict=True):
        np.testing.assert_array_equal(one, other)


def test_writing_is_deterministic_and_keeps_the_old_file_on_failure(tmp_path: Path) -> None:
    path, other = tmp_path / "f.jsonl.gz", tmp_path / "other.jsonl.gz"
    drawing = Drawing((np.array([[0.0, 1.0]]),), "a", "d")
    write_drawings(path, [drawing])
    write_drawings(other, iter([drawing]))
    before = path.read_bytes()
    assert before == other.read_bytes()
    assert before[4:8] == bytes(4)  # gzip's time stamp
    bad = Drawing((np.array([[0.0, np.nan]]),), "a", "d")
    assert ":2: a coordinate" in refusal(path, lambda path: write_drawings(path, [drawing, bad]))
    assert path.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [path, other]
