"""Parquet and Arrow: all forms of a column of images, row groups of any size, damaged files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bulk_reading import png, read_all, read_shards
from lenet.bulk.plan import find_sources, plan_shards
from lenet.bulk.sources import parquet
from lenet.bulk.types import ReadOptions
from lenet.errors import DataError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

IMAGES = np.random.default_rng(4).integers(0, 256, (50, 28, 28)).astype(np.uint8)
IMAGES[:, 0, 0] = 0  # no beginning of a picture
FLAT = IMAGES.reshape(50, 784)
STORED = ReadOptions(preprocess=False)

COLUMNS: dict[str, Callable[[], Any]] = {
    "struct": lambda: pa.array([{"bytes": png(image), "path": f"{n}.png"} for n, image in enumerate(IMAGES)]),
    "pictures": lambda: pa.array([png(image) for image in IMAGES], pa.large_binary()),
    "bytes": lambda: pa.array([row.tobytes() for row in FLAT], pa.binary()),
    "large bytes": lambda: pa.array([row.tobytes() for row in FLAT], pa.large_binary()),
    "fixed bytes": lambda: pa.array([row.tobytes() for row in FLAT], pa.binary(784)),
    "fixed list": lambda: pa.FixedSizeListArray.from_arrays(pa.array(FLAT.ravel()), 784),
    "list": lambda: pa.array(FLAT.tolist(), pa.list_(pa.uint8())),
    "large list": lambda: pa.array(FLAT.tolist(), pa.large_list(pa.uint8())),
}


def write(path: Path, column: Any, rows: int = 15) -> str:
    """Write a table with row groups or record batches of at most `rows` rows."""
    table = pa.table({"label": np.zeros(len(column)), "image": column})
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=rows)
    else:
        new = pa.ipc.new_file if path.suffix == ".arrow" else pa.ipc.new_stream
        with new(str(path), table.schema) as writer:
            writer.write_table(table, max_chunksize=rows)
    return str(path)


NAMES = ["a.parquet", "a.arrow", "a.arrows"]


@pytest.mark.parametrize("form", COLUMNS)
@pytest.mark.parametrize("name", NAMES)
def test_all_forms_of_a_column_are_read(tmp_path: Path, name: str, form: str) -> None:
    path = write(tmp_path / name, COLUMNS[form]())
    everything = read_all([path], 7, STORED)
    np.testing.assert_array_equal(everything.images, IMAGES)
    assert everything.names == [f"{path}:{number}" for number in range(1, 51)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rows", [1, 10, 1000])
@pytest.mark.parametrize("size", [1, 10, 23, 1000])
@pytest.mark.parametrize("max_group", [5, 65_536])
def test_ranges_of_rows_are_read_in_any_order(
    tmp_path: Path, name: str, rows: int, size: int, max_group: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "_MAX_GROUP", max_group)
    sources = find_sources([write(tmp_path / name, COLUMNS["bytes"](), rows)])
    assert sources[0].is_sequential == (name == "a.arrows" or (name == "a.parquet" and rows > max_group))
    shards = list(plan_shards(sources, size, ""))
    np.testing.assert_array_equal(read_shards(sources, shards).images, IMAGES)
    for shard in shards[::-1]:
        start, stop = shard.pieces[0].start, shard.pieces[-1].stop
        assert stop - start <= (max(size, rows) if name == "a.parquet" else size)
        np.testing.assert_array_equal(read_shards(sources, [shard]).images, IMAGES[start:stop])


@pytest.mark.parametrize("name", NAMES)
def test_rows_that_cannot_be_read_are_rejected(tmp_path: Path, name: str) -> None:
    values = [png(IMAGES[0]), None, b"bad", b"", FLAT[1].tobytes(), png(IMAGES[2])[:90]]
    everything = read_all([write(tmp_path / name, pa.array(values))], 4, STORED)
    np.testing.assert_array_equal(everything.images, IMAGES[:2])
    assert [reject.offset for reject in everything.rejects] == [1, 2, 3, 5]
    assert everything.rejects[0].reason == "no image"
    lists = pa.array([FLAT[0].tolist(), [1, 2], None, [None] * 784], pa.list_(pa.uint8()))
    everything = read_all([write(tmp_path / f"b{name[1:]}", lists)])
    np.testing.assert_array_equal(everything.images, IMAGES[:1])
    reasons = [reject.reason for reject in everything.rejects]
    assert reasons == ["a list of 2 values, not 784", "no image", "a value is missing"]


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
@pytest.mark.parametrize(
    ("column", "problem"),
    [
        ({"pixels": [1]}, "no column `image`; its columns are: pixels"),
        ({"image": ["text"]}, "`image` is string; save pictures as binary"),
        ({"image": [{"path": "a.png"}]}, "`image` is struct<path: string>"),
        ({"image": [[1.5]]}, "`image` is list<.*double>"),
    ],
)
def test_other_columns_are_refused(tmp_path: Path, name: str, column: dict[str, Any], problem: str) -> None:
    table = pa.table(column)
    if name == "a.parquet":
        pq.write_table(table, tmp_path / name)
    else:
        with pa.ipc.new_file(str(tmp_path / name), table.schema) as writer:
            writer.write_table(table)
    with pytest.raises(DataError, match=problem):
        read_all([str(tmp_path / name)])


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_cut_short_is_refused_or_read_up_to_there(tmp_path: Path, name: str) -> None:
    path = Path(write(tmp_path / name, COLUMNS["bytes"](), 10))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    if name != "a.arrows":
        with pytest.raises(DataError, match=r"damaged or no (Parquet|Arrow) file"):
            read_all([str(path)])
        return
    everything = read_all([str(path)], 7)
    assert everything.names == [f"{path}:{number}" for number in range(1, 21)]
    [reject] = everything.rejects
    assert reject.offset == 20


def test_a_damaged_row_group_is_rejected_and_the_next_is_read(tmp_path: Path) -> None:
    path = Path(write(tmp_path / "a.parquet", COLUMNS["bytes"](), 10))
    chunk = pq.ParquetFile(path).metadata.row_group(2).column(1)
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    data = bytearray(path.read_bytes())
    data[start : start + 40] = b"\xff" * 40
    path.write_bytes(data)
    everything = read_all([str(path)], 1000)
    np.testing.assert_array_equal(everything.images, np.delete(IMAGES, range(20, 30), axis=0))
    assert [reject.offset for reject in everything.rejects] == [*range(20, 30)]
