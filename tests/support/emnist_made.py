"""A stand-in for EMNIST Letters: NIST's labels and formats, full size, with letters of fonts."""

from __future__ import annotations

import gzip
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from lenet.datasets import Dataset, load
from lenet.labels import LETTERS
from once import once

PARTS = ("train", "test")
MAPPING = "".join(f"{k} {ord(name)} {ord(name.lower())}\n" for k, name in enumerate(LETTERS, 1))


@dataclass(frozen=True)
class StandIn:
    """folder: the five files of the Letters split; archive: a zip as NIST offers it; images uint8
    (n, 28, 28) upright, their first pixels the number of the row; labels uint8 (n,), 1..26."""

    folder: Path
    archive: Path
    images: dict[str, np.ndarray]
    labels: dict[str, np.ndarray]


@pytest.fixture(scope="session")
def stand_in(run_folder: Path, shared: Path) -> StandIn:
    """All 124,800 and 20,800 rows; the arrays cannot be written to."""

    def write(folder: Path) -> None:
        (folder / "emnist").mkdir()
        made = make(folder / "emnist", shared, load("font-letters"), 12, 1)
        for part in PARTS:
            np.save(folder / f"images-{part}.npy", made.images[part])
            np.save(folder / f"labels-{part}.npy", made.labels[part])

    folder = once(run_folder, "stand-in", write)
    images, labels = (
        {part: np.load(folder / f"{kind}-{part}.npy", mmap_mode="r") for part in PARTS}
        for kind in ("images", "labels")
    )
    return StandIn(folder / "emnist", _archive(folder / "emnist"), images, labels)


def make(folder: Path, shared: Path, letters: Dataset, variants: int, level: int) -> StandIn:
    """Write all rows: `variants` variants of each letter in turn, gzipped at `level`."""
    pool = np.stack([letters.images[letters.labels == k][:variants] for k in range(26)])
    images, labels = {}, {}
    for part in PARTS:
        name = f"emnist-letters-{part}-labels-idx1-ubyte.gz"
        packed = (shared / "emnist" / name).read_bytes()
        (folder / name).write_bytes(packed)
        labels[part] = np.frombuffer(gzip.decompress(packed)[8:], np.uint8)
        rows = np.arange(len(labels[part]), dtype=np.uint32)
        images[part] = pool[labels[part] - 1, rows % variants]
        images[part][:, 0, :4] = rows.astype(">u4").view(np.uint8).reshape(-1, 4)
        stored = np.ascontiguousarray(images[part].transpose(0, 2, 1))
        header = struct.pack(">IIII", 0x803, len(rows), 28, 28)
        data = gzip.compress(header + stored.tobytes(), level, mtime=0)
        (folder / f"emnist-letters-{part}-images-idx3-ubyte.gz").write_bytes(data)
    (folder / "emnist-letters-mapping.txt").write_text(MAPPING)
    return StandIn(folder, pack(folder), images, labels)


def _archive(folder: Path) -> Path:
    return folder.parent / f"{folder.name}-gzip.zip"


def pack(folder: Path) -> Path:
    """A zip as NIST offers it: the files in a folder `gzip`, beside those of another split."""
    path = _archive(folder)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("gzip/emnist-byclass-train-images-idx3-ubyte.gz", bytes(range(256)) * 999)
        for file in sorted(folder.iterdir()):
            archive.write(file, f"gzip/{file.name}")
        archive.writestr("gzip/emnist-mnist-mapping.txt", "0 48\n")
    return path
