"""NPZ files, right, wrong, hostile and damaged."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet.datasets import Dataset, load
from lenet.datasets.readers import npz
from lenet.errors import LenetError
from made import (
    FUZZ,
    F,
    L,
    letters,
    refusal,
)


def test_npz_survives_a_round_trip(tmp_path: Path) -> None:
    data = letters()
    data = Dataset(data.images, data.labels, (), np.arange(40) // 3, ("Font A, OFL", "ä"))
    path, again = tmp_path / "made.npz", tmp_path / "again.npz"
    npz.write_letters(path, data, is_upper=np.ones(40, bool))
    npz.write_letters(again, data, is_upper=np.ones(40, bool))
    assert path.read_bytes() == again.read_bytes()
    back = load(str(path))
    np.testing.assert_array_equal(back.images, data.images)
    np.testing.assert_array_equal(back.labels, data.labels)
    np.testing.assert_array_equal(back.groups, data.groups)
    assert (back.names, back.attributions) == (("made",), data.attributions)
    np.testing.assert_array_equal(npz.read_images(path), data.images)
    with np.load(path) as file:
        assert file["labels"].tolist() == (data.labels + 1).tolist()  # EMNIST's numbers on disk
        assert file["is_upper"].all()


def test_npz_keeps_other_classes(tmp_path: Path) -> None:
    data = Dataset(np.stack([F, L]), np.array([1, 0], np.uint8), classes=("x", "y"))
    npz.write_letters(tmp_path / "f.npz", data)
    back = npz.read_letters(tmp_path / "f.npz")
    assert (back.classes, back.labels.tolist()) == (("x", "y"), [1, 0])
    np.savez(tmp_path / "f.npz", images=IMAGES, labels=[1, 3], classes=["x", "y"])
    assert "label 3 of image 1 is outside 1..2" in refusal(npz.read_letters, tmp_path / "f.npz")


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_takes_other_integers_and_orders(
    tmp_path: Path, dtype: type, save: Callable[..., object]
) -> None:
    path = tmp_path / "f.npz"
    save(path, images=np.asfortranarray(np.stack([F, L])), labels=np.array([6, 12], dtype))
    data = npz.read_letters(path)
    np.testing.assert_array_equal(data.images, [F, L])
    assert data.images.flags.c_contiguous
    assert data.labels.tolist() == [5, 11]


IMAGES = np.stack([F, L])
BAD_NPZ = {
    "no images": ({"labels": np.array([1, 2])}, "no array `images`"),
    "no labels": ({"images": IMAGES}, "no array `labels`"),
    "flat": ({"images": IMAGES.reshape(2, 784), "labels": np.array([1, 2])}, "`images` is uint8"),
    "floats": ({"images": IMAGES / 255, "labels": np.array([1, 2])}, "`images` is float64"),
    "scalar": ({"images": np.uint8(3), "labels": np.array([1, 2])}, "`images` is uint8 ()"),
    "label 0": ({"images": IMAGES, "labels": np.array([1, 0])}, "label 0 of image 1 is outside"),
    "label 27": ({"images": IMAGES, "labels": np.array([27, 1])}, "label 27 of image 0"),
    "label -1": ({"images": IMAGES, "labels": np.array([1, -1])}, "label -1 of image 1"),
    "label 257": ({"images": IMAGES, "labels": np.array([257, 1])}, "label 257 of image 0"),
    "few labels": ({"images": IMAGES, "labels": np.array([1])}, "integers (2,)"),
    "real labels": ({"images": IMAGES, "labels": np.array([1.0, 2.0])}, "integers (2,)"),
    "groups": (
        {"images": IMAGES, "labels": np.array([1, 2]), "groups": np.zeros(3, int)},
        "`groups` is int64 (3,)",
    ),
    "attributions": (
        {"images": IMAGES, "labels": np.array([1, 2]), "attributions": np.zeros(3)},
        "`attributions` is float64",
    ),
}


@pytest.mark.parametrize(("arrays", "expected"), BAD_NPZ.values(), ids=BAD_NPZ)
def test_npz_is_strict(tmp_path: Path, arrays: dict[str, Any], expected: str) -> None:
    path = tmp_path / "f.npz"
    np.savez(path, **arrays)
    message = refusal(npz.read_letters, path)
    assert message.startswith(str(path))
    assert expected in message


def test_npz_reads_attributions_under_their_earlier_name(tmp_path: Path) -> None:
    path = tmp_path / "f.npz"
    np.savez(path, images=IMAGES, labels=np.array([1, 2]), credits=np.array(["A font"]))
    data = npz.read_letters(path)
    assert data.attributions == ("A font",)
    npz.write_letters(path, data)
    assert set(np.load(path)) == {"images", "labels", "groups", "attributions"}
    assert npz.read_letters(path).attributions == ("A font",)


class Planted:
    """Unpickling this makes a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.folder,)


@pytest.mark.parametrize("name", ["images", "labels", "attributions", "credits"])
def test_npz_never_unpickles(tmp_path: Path, name: str) -> None:
    path, trap = tmp_path / "f.npz", tmp_path / "trap"
    arrays: dict[str, Any] = {
        "images": IMAGES,
        "labels": np.array([1, 2]),
        name: np.array([Planted(trap)] * 2),
    }
    np.savez(path, **arrays)
    assert "pickled objects" in refusal(npz.read_letters, path)
    assert not trap.exists()


def npy(header: str, body: bytes) -> bytes:
    text = header.encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body


HOSTILE_ARRAYS = {
    "claims terabytes": npy("{'descr':'|u1','fortran_order':False,'shape':(9999999999,28,28)}", b""),
    "claims nothing wide": npy("{'descr':'|S0','fortran_order':False,'shape':(9999999999,)}", b""),
    "negative": npy("{'descr':'|u1','fortran_order':False,'shape':(-1,-784)}", bytes(784)),
    "no tuple": npy("{'descr':'|u1','fortran_order':False,'shape':7}", bytes(7)),
    "code": npy("__import__('os').abort()", b""),
    "deep": npy("(" * 5_000, b""),
    "dates": npy("{'descr':'<M8[s]','fortran_order':False,'shape':(1,)}", bytes(8)),
    "cut": npy("{'descr':'|u1','fortran_order':False,'shape':(2,28,28)}", bytes(1567)),
    "trailing": npy("{'descr':'|u1','fortran_order':False,'shape':(2,28,28)}", bytes(1569)),
    "version 9": b"\x93NUMPY\x09\x00" + bytes(90),
    "empty": b"",
}


@pytest.mark.parametrize("hostile", HOSTILE_ARRAYS.values(), ids=HOSTILE_ARRAYS)
def test_npz_refuses_hostile_arrays(tmp_path: Path, hostile: bytes) -> None:
    path = tmp_path / "f.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("images.npy", hostile)
    assert refusal(npz.read_images, path).startswith(str(path))


def test_npz_refuses_a_bomb_before_unpacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f.npz"
    np.savez_compressed(path, images=np.zeros((50_000, 28, 28), np.uint8))
    monkeypatch.setitem(npz._LIMITS, "images", 784 * 49_000)
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("unpacked"))
    assert "too large" in refusal(npz.read_images, path)


def test_npz_refuses_a_cut_or_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "f.npz"
    npz.write_letters(path, letters())
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[:100], whole[:200] + b"\xff\0" + whole[202:]):
        path.write_bytes(damaged)
        assert "damaged or no NPZ file" in refusal(npz.read_letters, path)
    path.write_bytes(b"")
    assert "an empty file, not an NPZ file" in refusal(npz.read_letters, path)
    assert "no such file" in refusal(npz.read_letters, tmp_path / "absent.npz")


@FUZZ
@given(st.data())
def test_any_damage_to_an_npz_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    stream = io.BytesIO()
    np.savez(stream, images=IMAGES[:1], labels=np.array([1], np.uint8))
    mutable = bytearray(stream.getvalue())
    places = st.integers(0, 160) | st.integers(900, len(mutable) - 1)  # the headers
    for _ in range(data.draw(st.integers(1, 5))):
        mutable[data.draw(places)] = data.draw(st.integers(0, 255))
    path = tmp_path / "f.npz"
    path.write_bytes(mutable)
    try:
        npz.read_letters(path)
    except LenetError as error:
        assert "\n" not in str(error)  # noqa: PT017


def test_npz_does_not_write_objects(tmp_path: Path) -> None:
    path = tmp_path / "f.npz"
    refusal(npz.write_letters, path, letters(), notes=np.array([None]))
    refusal(npz.write_letters, path, letters(), labels=np.arange(40))
    assert not path.exists()
