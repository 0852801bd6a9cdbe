"""NPZ and IDX are read in any ranges, damaged ones up to the damage."""

from __future__ import annotations

import gzip
import os
import resource
from pathlib import Path

import numpy as np
import pytest

from bulk_reading import read_all, read_shards
from lenet.bulk.plan import find_sources, plan_shards
from lenet.bulk.types import ReadOptions
from lenet.errors import DataError, LenetError
from lenet.ink import Orientation
from made import idx_images

IMAGES = np.random.default_rng(1).integers(0, 16, (3000, 28, 28)).astype(np.uint8)


def write(path: Path, images: np.ndarray = IMAGES) -> str:
    """Write images in the format of the path's ending."""
    match path.name.partition(".")[2]:
        case "npz":
            np.savez(path, labels=np.ones(3), images=images)
        case "packed.npz":
            np.savez_compressed(path, labels=np.ones(3), images=images)
        case "idx3":
            path.write_bytes(idx_images(images.swapaxes(1, 2)))
        case "idx3.gz":
            path.write_bytes(gzip.compress(idx_images(images.swapaxes(1, 2)), 1))
    return str(path)


FILES = ["a.npz", "a.packed.npz", "a.idx3", "a.idx3.gz"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("size", [700, 10_000])
def test_letters_are_read_in_their_order_with_their_names(tmp_path: Path, name: str, size: int) -> None:
    path = write(tmp_path / name)
    everything = read_all([path], size)
    np.testing.assert_array_equal(everything.images, IMAGES)
    assert everything.names == [f"{path}:{number}" for number in range(1, 3001)]
    assert not everything.rejects


@pytest.mark.parametrize("name", FILES)
def test_shards_are_read_in_any_order(tmp_path: Path, name: str) -> None:
    sources = find_sources([write(tmp_path / name)])
    first, second, third, *_ = plan_shards(sources, 700, "")
    images = read_shards(sources, [third, first, second]).images
    np.testing.assert_array_equal(images, IMAGES[[*range(1400, 2100), *range(1400)]])


def test_images_are_turned_and_inverted(tmp_path: Path) -> None:
    path = write(tmp_path / "a.idx3")
    options = ReadOptions(orientation=Orientation.ROT90, invert=True)
    images = read_all([path], 700, options).images
    np.testing.assert_array_equal(images, 255 - np.rot90(IMAGES, -1, (1, 2)))


@pytest.mark.parametrize("name", ["a.packed.npz", "a.idx3.gz"])
def test_what_follows_a_damage_of_packed_data_is_rejected(tmp_path: Path, name: str) -> None:
    path = Path(write(tmp_path / name))
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 50] = bytes(50)
    path.write_bytes(data)
    everything = read_all([str(path)], 700)
    count = len(everything.names)
    assert 0 < count < 3000
    np.testing.assert_array_equal(everything.images[:1000], IMAGES[:1000])
    assert [reject.offset for reject in everything.rejects] == [*range(count, 3000)]
    assert everything.rejects[0].source == f"{path}:{count + 1}"
    assert "damaged here or before" in everything.rejects[0].reason


@pytest.mark.parametrize("name", FILES)
def test_a_source_that_changes_is_refused(tmp_path: Path, name: str) -> None:
    path = Path(write(tmp_path / name))
    sources = find_sources([str(path)])
    shards = list(plan_shards(sources, 700, ""))
    os.utime(path, ns=(1, 1))
    with pytest.raises(DataError, match="has changed since it was planned"):
        read_shards(sources, shards)
    write(path, IMAGES[:-1])
    with pytest.raises(DataError, match="has changed since it was planned"):
        read_shards(sources, shards)


@pytest.mark.parametrize(
    ("arrays", "problem"),
    [
        ({"letters": IMAGES}, "no array `images`"),
        ({"images": IMAGES[:, :, :27]}, r"`images` is uint8 \(3000, 28, 27\)"),
        ({"images": IMAGES.astype(np.float32)}, "`images` is float32"),
        ({"images": np.asfortranarray(IMAGES)}, "Fortran order"),
        ({"images": np.array([object()])}, "`images` is object"),
    ],
)
def test_other_arrays_are_refused(tmp_path: Path, arrays: dict[str, np.ndarray], problem: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)  # type: ignore[arg-type]
    with pytest.raises(LenetError, match=problem):
        read_all([str(tmp_path / "a.npz")])


@pytest.mark.parametrize("name", ["a.idx3", "a.idx3.gz"])
def test_an_idx_file_of_another_size_than_it_announces_is_refused(tmp_path: Path, name: str) -> None:
    data = bytearray(idx_images(IMAGES[:3]))
    data[4:8] = b"\xff" * 4
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    with pytest.raises(DataError, match="not the size that its 4,294,967,295 images need"):
        read_all([str(tmp_path / name)])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.npz", "a.packed.npz"])
def test_more_than_a_million_letters_need_no_more_memory(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, np.zeros((1_200_000, 28, 28), np.uint8))
    sources = find_sources([path])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    shards = [*plan_shards(sources, 65_536, "")]
    assert sum(shard.letters or 0 for shard in shards) == 1_200_000
    assert len(read_shards(sources, [shards[-1]]).names) == 1_200_000 % 65_536
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB
