"""Strokes in JSON Lines are read in any ranges, as `lenet predict` reads them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from bulk_reading import read_all, read_shards
from lenet.bulk.plan import find_sources, plan_shards
from lenet.inference.inputs import read_inputs
from lenet.ink.jsonl import MAX_LINE

LINES = [
    b"\xef\xbb\xbf" + json.dumps({"strokes": [[[1, 2], [3, 9]]]}).encode(),
    *(json.dumps({"label": "ü", "strokes": [[[n, 2], [3, 4]], [[5, 5]]]}).encode() for n in range(20)),
    b"",
    b'{"strokes": []}',
    b'{"drawings": [[[[1, 2], [3, 4]]], [[[1, 9], [3, 4]]]]}',
    b'{"drawing": [[[1, 2, 3], [4, 5, 9]]]}',
    *(b'[[{"x": 1, "y": %d}, {"x": 3, "y": 4}]]' % n for n in range(5)),
]
BAD = [b"[", b'{"strokes": [[[1, NaN]]]}', b"\xff", b'{"strokes": 3}', b'{"strokes": [[[1e300, 1]]]}']


def write(path: Path, lines: list[bytes], end: bytes = b"\n") -> str:
    """Write lines, gzipped if the name says so."""
    data = b"\n".join(lines) + end
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return str(path)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "strokes"])
@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_letters_are_those_of_predict(tmp_path: Path, name: str, size: int, end: bytes) -> None:
    path = write(tmp_path / name, LINES, end)
    inputs = list(read_inputs(path))
    everything = read_all([path], size)
    assert everything.names == [item.source for item in inputs]
    blank = np.zeros((28, 28), np.uint8)
    images = [blank if item.image is None else item.image for item in inputs]
    np.testing.assert_array_equal(everything.images, images)
    assert not everything.rejects


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
@pytest.mark.parametrize("size", [2, 1000])
def test_each_bad_line_is_rejected_with_its_offset(tmp_path: Path, name: str, size: int) -> None:
    lines = [line for pair in zip(LINES, BAD, strict=False) for line in pair] + LINES[1:]
    path = write(tmp_path / name, lines)
    everything = read_all([path], size)
    data = b"\n".join(lines)
    assert [reject.source for reject in everything.rejects] == [f"{path}:{n}" for n in (2, 4, 6, 8, 10)]
    for reject, line in zip(everything.rejects, BAD, strict=True):
        assert data[reject.offset :].startswith(line + b"\n")
    assert everything.rejects[0].reason.startswith("not JSON")
    good = read_all([write(tmp_path / f"good-{name}", [*LINES[:5], *LINES[1:]])])
    np.testing.assert_array_equal(everything.images, good.images)


def test_shards_are_read_in_any_order(tmp_path: Path) -> None:
    sources = find_sources([write(tmp_path / "a.jsonl.gz", LINES)])
    first, second, *_ = plan_shards(sources, 3, "")
    names = read_shards(sources, [second, first]).names
    assert [name.rpartition(":")[2] for name in names] == ["4", "5", "6", "1", "2", "3"]


def test_a_line_that_is_too_long_is_rejected(tmp_path: Path) -> None:
    long = b'{"strokes": [[[1, 2]]], "x": "' + b"x" * MAX_LINE + b'"}'
    path = write(tmp_path / "a.jsonl", [LINES[1], long, LINES[1]])
    everything = read_all([path], 1)
    assert everything.names == [f"{path}:1", f"{path}:3"]
    [reject] = everything.rejects
    assert reject[:2] == (f"{path}:2", len(LINES[1]) + 1)
    assert "longer than 16 MiB" in reject.reason


def test_after_a_damage_of_the_packed_data_the_rest_is_rejected(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    lines = [json.dumps({"strokes": [rng.random((9, 2)).tolist()]}).encode() for _ in range(300)]
    path = Path(write(tmp_path / "a.jsonl.gz", lines))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    everything = read_all([str(path)], 50)
    assert 100 < len(everything.names) < 200
    assert len(everything.rejects) == 1
    assert "cut short" in everything.rejects[0].reason


def test_json_over_several_lines_is_read_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"strokes": [[[1, 2], [3, 4]]]}] * 3, indent=1))
    [source] = find_sources([str(path)])
    assert source.kind == "strokes"
    assert read_all([str(path)]).names == [f"{path}:1:{n}" for n in (1, 2, 3)]


def test_an_empty_file_of_lines_has_no_letters(tmp_path: Path) -> None:
    assert read_all([write(tmp_path / "a.jsonl", [], b"")]).names == []
