"""Sources are found, and divided into shards that depend on nothing else."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from lenet.bulk import plan
from lenet.bulk.plan import find_sources, plan_shards
from lenet.errors import DataError
from made import letters


def _npz(path: Path, count: int) -> str:
    np.savez(path, images=np.resize(letters().images, (count, 28, 28)))
    return str(path)


def test_shards_have_at_most_so_many_letters_and_small_sources_share_one(tmp_path: Path) -> None:
    inputs = [_npz(tmp_path / f"{count}.npz", count) for count in (25, 3, 4, 10)]
    shards = list(plan_shards(find_sources(inputs), 10, "model"))
    pieces = [[tuple(piece[:3]) for piece in shard.pieces] for shard in shards]
    assert pieces == [[(0, 0, 10)], [(0, 10, 20)], [(0, 20, 25), (1, 0, 3)], [(2, 0, 4)], [(3, 0, 10)]]
    assert [shard.letters for shard in shards] == [10, 10, 8, 4, 10]
    assert [shard.number for shard in shards] == [0, 1, 2, 3, 4]


def test_equal_bytes_give_equal_digests_and_others_do_not(tmp_path: Path) -> None:
    path = _npz(tmp_path / "a.npz", 20)
    first = list(plan_shards(find_sources([path]), 10, "model"))
    assert list(plan_shards(find_sources([path]), 10, "model")) == first
    other_model = list(plan_shards(find_sources([path]), 10, "other"))
    np.savez(path, images=np.resize(letters().images[1:], (20, 28, 28)))
    other_bytes = list(plan_shards(find_sources([path]), 10, "model"))
    digests = [shard.digest for shard in (*first, *other_model, *other_bytes)]
    assert len(set(digests)) == 6


def test_too_many_shards_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _npz(tmp_path / "a.npz", 40)
    monkeypatch.setattr(plan, "MAX_SHARDS", 4)
    assert len(list(plan_shards(find_sources([path]), 10, ""))) == 4
    with pytest.raises(DataError, match=r"a.npz: .* more than 4 files of predictions; .*--shard-size"):
        list(plan_shards(find_sources([path]), 9, ""))


def test_sequential_sources_share_no_shard_with_others(tmp_path: Path) -> None:
    inputs = [_npz(tmp_path / "a.npz", 2), str(tmp_path / "b.npz"), _npz(tmp_path / "c.npz", 2)]
    np.savez_compressed(inputs[1], images=letters().images[:2])
    sources = find_sources(inputs)
    assert [source.is_sequential for source in sources] == [False, True, False]
    assert len(list(plan_shards(sources, 10, ""))) == 3


def test_an_input_is_given_once(tmp_path: Path) -> None:
    path = _npz(tmp_path / "a.npz", 2)
    with pytest.raises(DataError, match="given twice"):
        find_sources([path, path])


def test_a_folder_is_one_source_of_pictures_and_one_for_each_other_file(tmp_path: Path) -> None:
    from PIL import Image

    for name in ("b/2.png", "a/1.png", "a-b/3.png", ".hidden/4.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("L", (28, 28)).save(tmp_path / name)
    _npz(tmp_path / "a" / "x.npz", 3)
    (tmp_path / "notes.txt").write_text("nothing")
    notes: list[str] = []
    sources = find_sources([f"{tmp_path}/"], notes.append)
    assert [(source.uri, source.kind) for source in sources] == [
        (str(tmp_path), "folder"),
        (f"{tmp_path}/a/x.npz", "npz"),
    ]
    assert notes == [f"{tmp_path}: left out 1 other file: notes.txt"]
    [shard] = plan_shards(sources, 10, "")
    assert shard.letters == 6


@pytest.mark.parametrize(("name", "keep"), [("x.npz", 300), ("x.zip", 900), ("x.parquet", 300)])
def test_a_damaged_file_of_a_folder_is_not_left_out_in_silence(tmp_path: Path, name: str, keep: int) -> None:
    path = tmp_path / name
    _npz(tmp_path / "a.npz", 3)
    if name.endswith("parquet"):
        pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        pq.write_table(pa.table({"image": [bytes(784)] * 3}), path)
    elif name.endswith("zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("1.png", bytes(2000))
    else:
        _npz(path, 3)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match=f"{name}: .*; copy it again|{name}: .*; save it again"):
        find_sources([str(tmp_path)])


def test_files_without_letters_in_a_folder_are_left_out(tmp_path: Path) -> None:
    _npz(tmp_path / "a.npz", 3)
    np.savez(tmp_path / "b.npz", weights=np.zeros(3))
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("notes.txt", "nothing")
    notes: list[str] = []
    assert [source.uri for source in find_sources([str(tmp_path)], notes.append)] == [f"{tmp_path}/a.npz"]
    assert notes == [f"{tmp_path}: left out 2 other files: b.npz, c.zip"]


@pytest.mark.parametrize("content", [b"", b"hello", b"<!doctype html>"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(DataError, match=r"give a folder, zip|again|itself"):
        find_sources([str(tmp_path / "f")])
    with pytest.raises(DataError, match="no such file"):
        find_sources([str(tmp_path / "missing")])
