"""Sources in an object store are read as files of the same bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_archives import write_tar, write_zip
from test_columns import write as write_table
from test_jsonl import LINES
from test_jsonl import write as write_lines
from test_rows import write as write_rows

from bulk_reading import png, read_all, read_shards
from lenet.bulk.plan import find_sources, plan_shards
from lenet.bulk.types import ReadOptions
from lenet.errors import DataError
from object_store import Bucket

pa = pytest.importorskip("pyarrow")

IMAGES = np.random.default_rng(5).integers(1, 256, (40, 28, 28)).astype(np.uint8)
STORED = ReadOptions(preprocess=False)
PICTURES = {f"{number:02d}.png": png(image) for number, image in enumerate(IMAGES)}


def write_all(folder: Path) -> list[Path]:
    """Write a file of each kind."""
    for name in ("a.npz", "a.packed.npz", "a.idx3", "a.idx3.gz"):
        write_rows(folder / name, IMAGES)
    for name in ("a.tar", "a.tar.gz"):
        write_tar(folder / name, PICTURES)
    write_zip(folder / "a.zip", PICTURES)
    for name in ("a.parquet", "a.arrow", "a.arrows"):
        write_table(folder / name, pa.array([image.tobytes() for image in IMAGES]))
    write_lines(folder / "a.jsonl", LINES)
    (folder / "a.png").write_bytes(PICTURES["00.png"])
    return sorted(folder.iterdir())


@pytest.mark.slow
def test_all_kinds_are_read_as_files_are(tmp_path: Path, bucket: Bucket) -> None:
    for path in write_all(tmp_path):
        bucket.put(path.name, path.read_bytes())
        uri = f"{bucket.uri}/{path.name}"
        there, here = (read_all([name], 7, STORED) for name in (uri, str(path)))
        np.testing.assert_array_equal(there.images, here.images)
        assert there.names == [name.replace(str(path), uri) for name in here.names]
        assert len(there.images)
        assert not there.rejects


def test_objects_below_a_prefix_are_a_folder(bucket: Bucket) -> None:
    for name, data in PICTURES.items():
        bucket.put(f"scans/{name}", data)
    bucket.put("scans/notes.txt", b"nothing")
    notes: list[str] = []
    sources = find_sources([f"{bucket.uri}/scans/"], notes.append)
    everything = read_shards(sources, plan_shards(sources, 9, ""), STORED)
    np.testing.assert_array_equal(everything.images, IMAGES)
    assert everything.names == [f"{bucket.uri}/scans/{name}" for name in PICTURES]
    assert "left out 1 other file: notes.txt" in notes[0]


def test_an_object_that_changes_is_refused(tmp_path: Path, bucket: Bucket) -> None:
    path = Path(write_tar(tmp_path / "a.tar", PICTURES))
    bucket.put("a.tar", path.read_bytes())
    sources = find_sources([f"{bucket.uri}/a.tar"])
    shards = list(plan_shards(sources, 7, ""))
    bucket.put("a.tar", path.read_bytes()[::-1])
    with pytest.raises(DataError, match="has changed"):
        read_shards(sources, shards)
