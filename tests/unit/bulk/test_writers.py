"""Writers of letters: their rows, and the marks of done shards."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

import lenet
from bulk_runs import MODEL, letters
from lenet.bulk.manifest import OutputFormat
from lenet.bulk.storage import LocalTarget
from lenet.bulk.types import Batch, Reject
from lenet.bulk.work import Item, encode_rejects, recognize
from lenet.bulk.writers import Letters, Mark, writer_of
from lenet.errors import DataError, LenetError
from lenet.inference.lines import as_json

FORMATS = list(OutputFormat)
IMAGES = letters(700)
ODD = ['a "quoted" name', "line\nfeed", "ümlaut", "comma, and ;", "\udcff.png"]


def recognized(logits: bool = False, sizes: tuple[int, ...] = (700,)) -> Letters:
    """Recognize the images in batches of some sizes, with a rejected item before each."""
    items: list[Item] = []
    names = [*ODD, *(f"letters.npz:{number}" for number in range(6, 701))]
    start = 0
    for size in sizes:
        items.append(Reject("x", start, "damaged"))
        items.append(Batch(names[start : start + size], IMAGES[start : start + size]))
        start += size
    result, rejects = recognize(items, lenet.load(MODEL), logits)
    assert [reject.offset for reject in rejects] == np.cumsum([0, *sizes])[:-1].tolist()
    return result


def encoded(output_format: OutputFormat, result: Letters) -> bytes:
    stream = io.BytesIO()
    writer_of(output_format).encode(result, mark_of(result), stream)
    return stream.getvalue()


def mark_of(result: Letters) -> Mark:
    return Mark("ab" * 32, len(result.sources), 0, "cd" * 32)


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize("logits", [False, True])
def test_the_sizes_of_batches_change_no_byte(output_format: OutputFormat, logits: bool) -> None:
    once = encoded(output_format, recognized(logits))
    for sizes in [(1, 255, 256, 188), (300, 400), (0, 511, 1, 188)]:
        assert encoded(output_format, recognized(logits, sizes)) == once


def test_lines_are_those_of_as_json() -> None:
    result = recognized()
    images = [IMAGES[start : start + 256] for start in range(0, 700, 256)]
    recognitions = [one for part in images for one in lenet.load(MODEL).recognize_images(part)]
    expected = [as_json(name, one) for name, one in zip(result.sources, recognitions, strict=True)]
    assert encoded(OutputFormat.JSONL, result).decode().splitlines() == expected


def test_lines_with_logits_have_one_more_key() -> None:
    plain = map(json.loads, encoded(OutputFormat.JSONL, recognized()).splitlines())
    result = recognized(logits=True)
    rows = map(json.loads, encoded(OutputFormat.JSONL, result).splitlines())
    assert result.logits is not None
    for row, one, logits in zip(rows, plain, result.logits, strict=True):
        assert row.pop("logits") == pytest.approx(logits.tolist(), abs=1e-5)
        assert row == one


def test_names_that_are_not_unicode_are_escaped_in_parquet() -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    names = pq.read_table(io.BytesIO(encoded(OutputFormat.PARQUET, recognized())))["source"].to_pylist()
    assert names[:5] == [*ODD[:4], "\\udcff.png"]


def test_few_classes_have_few_candidates() -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    full = recognized()
    raw = full.raw[:2].copy()
    raw["verdict"], raw["candidates"] = 0, 2
    raw["classes"] = [[1, 0, -1, -1, -1]] * 2
    raw["probabilities"] = [[0.75, 0.25, 0, 0, 0]] * 2
    result = Letters(["a", "b"], raw, "ÄÖ")
    [row, _] = pq.read_table(io.BytesIO(encoded(OutputFormat.PARQUET, result))).to_pylist()
    assert (row["letter"], row["verdict"], row["confidence"]) == ("Ö", "letter", 0.75)
    assert [tuple(one.values()) for one in row["candidates"]] == [("Ö", 0.75), ("Ä", 0.25)]
    assert encoded(OutputFormat.CSV, result).decode().splitlines()[1] == "a,Ö,letter,0.75,Ö,0.75,Ä,0.25,,,,,,"
    first = json.loads(encoded(OutputFormat.JSONL, result).splitlines()[0])
    assert first["candidates"] == [["Ö", 0.75], ["Ä", 0.25]]


@pytest.mark.parametrize("output_format", FORMATS)
def test_a_shard_tells_that_it_is_done(output_format: OutputFormat, tmp_path: Path) -> None:
    target, writer, result = LocalTarget(tmp_path), writer_of(output_format), recognized()
    writer.put(target, 3, result, mark_of(result))
    mark = writer.mark(target, 3)
    assert (mark.shard, mark.letters, mark.rejects_sha256) == ("ab" * 32, 700, "cd" * 32)
    assert writer.check(target, 3, mark) == 700


@pytest.mark.parametrize("output_format", FORMATS)
def test_a_mark_that_is_damaged_is_named(output_format: OutputFormat, tmp_path: Path) -> None:
    target, writer, result = LocalTarget(tmp_path), writer_of(output_format), recognized()
    writer.put(target, 3, result, mark_of(result))
    path = tmp_path / writer.mark_name(3)
    data = path.read_bytes()
    for damaged in (
        b"",
        data[:-1],
        data[:20],
        b"PAR1",
        b"\xff\xff\xff\x7fPAR1",
        b'{"shard": 1}',
        b'{"shard":"x","letters":"1","rejects":0,"rejects_sha256":"","sha256":""}',
        b"[" * 99_999,
    ):
        path.write_bytes(damaged)
        if damaged == data[:-1] and output_format is not OutputFormat.PARQUET:
            continue  # without a line feed
        with pytest.raises(DataError, match=rf"{path.name}: is .*remove it, or choose another folder$"):
            writer.mark(target, 3)


def test_another_file_of_that_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "part-00003.jsonl").write_text("something else\n")
    result = recognized()
    with pytest.raises(LenetError, match=r"part-00003.jsonl: is not of this run; remove it"):
        writer_of(OutputFormat.JSONL).put(LocalTarget(tmp_path), 3, result, mark_of(result))


def test_rejected_items_are_lines() -> None:
    text = encode_rejects([Reject('a "b"', 7, "damaged"), Reject("\udcff", 8, "empty")]).decode()
    assert text.splitlines()[0] == '{"source": "a \\"b\\"", "offset": 7, "reason": "damaged"}'
    assert text.count("\n") == 2
