"""IDX files of the real format, right, wrong and damaged."""

from __future__ import annotations

import gzip
import io
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet.datasets import load
from lenet.datasets.readers import idx
from lenet.errors import LenetError
from lenet.labels import LETTERS
from made import (
    FUZZ,
    GOOD_IMAGES,
    GOOD_LABELS,
    F,
    L,
    idx_images,
    idx_labels,
    refusal,
    write_idx,
)


@pytest.mark.parametrize("packed", [False, True])
def test_idx_comes_out_upright_with_labels_from_zero(tmp_path: Path, packed: bool) -> None:
    images, labels = np.stack([F, L, F]), np.array([6, 12, 26])
    data = load(str(write_idx(tmp_path, idx_images(images), idx_labels(labels), packed)))
    np.testing.assert_array_equal(data.images, images)
    assert data.images.flags.c_contiguous
    assert [LETTERS[label] for label in data.labels] == ["F", "L", "Z"]
    assert data.names == ("emnist-letters-train",)


def test_idx_labels_are_found_packed_or_not(tmp_path: Path) -> None:
    path = write_idx(tmp_path, idx_images(np.stack([F])), idx_labels(np.array([6])))
    labels = tmp_path / "emnist-letters-train-labels-idx1-ubyte"
    packed = labels.with_name(labels.name + ".gz")
    packed.write_bytes(gzip.compress(labels.read_bytes()))
    labels.unlink()
    assert idx.read(path)[1].tolist() == [6]
    elsewhere = packed.rename(tmp_path / "labels")
    assert "no labels beside it" in refusal(idx.read, path)
    assert idx.read(path, elsewhere)[1].tolist() == [6]
    assert "not named as EMNIST" in refusal(idx.read, path.rename(tmp_path / "images"))


BAD_IDX = {
    "images magic": (b"\0\0\x08\x04" + GOOD_IMAGES[4:], GOOD_LABELS, "begins with 00 00 08 04"),
    "labels for images": (GOOD_LABELS, GOOD_LABELS, "begins with 00 00 08 01"),
    "images for labels": (GOOD_IMAGES, GOOD_IMAGES, "begins with 00 00 08 03"),
    "empty": (b"", GOOD_LABELS, ("begins with nothing", "an empty file")),
    "header cut": (GOOD_IMAGES[:10], GOOD_LABELS, "items of"),
    "size": (struct.pack(">IIII", 0x803, 1, 28, 27) + bytes(756), GOOD_LABELS, "items of [28, 27]"),
    "images cut": (GOOD_IMAGES[:-1], GOOD_LABELS, "fewer bytes than the 2 items"),
    "images trail": (GOOD_IMAGES + b"\0", GOOD_LABELS, "more bytes than the 2 items"),
    "labels cut": (GOOD_IMAGES, GOOD_LABELS[:-1], "fewer bytes than the 2 items"),
    "labels trail": (GOOD_IMAGES, GOOD_LABELS + b"\1", "more bytes than the 2 items"),
    "fewer labels": (GOOD_IMAGES, idx_labels(np.array([6])), "1 labels for 2 images"),
    "label 0": (GOOD_IMAGES, idx_labels(np.array([6, 0])), "label 0 of image 1 is outside 1..26"),
    "label 27": (GOOD_IMAGES, idx_labels(np.array([27, 1])), "label 27 of image 0"),
    "too many": (
        struct.pack(">IIII", 0x803, 1_000_001, 28, 28),
        GOOD_LABELS,
        "1,000,001 items; at most 1,000,000",
    ),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("images", "labels", "expected"), BAD_IDX.values(), ids=BAD_IDX)
def test_idx_is_strict(
    tmp_path: Path, images: bytes, labels: bytes, expected: str | tuple[str, ...], packed: bool
) -> None:
    message = refusal(load, str(write_idx(tmp_path, images, labels, packed)))
    assert message.startswith(str(tmp_path))
    assert any(text in message for text in ([expected] if isinstance(expected, str) else expected))


def test_idx_refuses_a_damaged_gzip_and_stops_unpacking_a_bomb(tmp_path: Path) -> None:
    path = write_idx(tmp_path, GOOD_IMAGES, GOOD_LABELS, packed=True)
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    assert "gzip data is cut short" in refusal(idx.read, path)
    path.write_bytes(gzip.compress(GOOD_IMAGES + bytes(2**24)))
    assert "more bytes" in refusal(idx.read, path)


@FUZZ
@given(st.binary(max_size=60), st.binary(max_size=20), st.booleans(), st.booleans())
def test_any_idx_is_read_or_refused(
    tmp_path: Path, images: bytes, labels: bytes, packed: bool, headed: bool
) -> None:
    if headed:
        images, labels = b"\0\0\x08\x03" + images, b"\0\0\x08\x01" + labels
    path = write_idx(tmp_path, images, labels, packed)
    try:
        idx.read(path)
    except LenetError as error:
        assert "\n" not in str(error)  # noqa: PT017


def test_reads_the_official_labels(shared: Path) -> None:
    """Counts of NIST's Letters split; the images are made up, since they are not in the folder."""
    path = shared / "emnist" / "emnist-letters-test-labels-idx1-ubyte.gz"
    with gzip.open(path) as stream:
        labels = idx.read_array(io.BufferedReader(stream), idx.LABELS_MAGIC, (), str(path))
    assert np.bincount(labels).tolist() == [0] + [800] * 26
