"""OpenCV and Pillow give the same pixels of PNG files, or OpenCV is not asked."""

from __future__ import annotations

import random
import struct
import zlib
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet.bulk.sources import png
from lenet.errors import LenetError
from lenet.ink import read_picture

DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


class Picture(NamedTuple):
    """The parts of a PNG file."""

    colour: int
    depth: int
    width: int
    height: int
    interlaced: bool
    seed: int
    extra: bytes

    def write(self) -> bytes:
        """Return the file."""
        rng = random.Random(self.seed)
        header = (self.width, self.height, self.depth, self.colour, 0, 0, self.interlaced)
        palette = (
            chunk(b"PLTE", rng.randbytes(3 * rng.randint(1, 2**self.depth))) if self.colour == 3 else b""
        )
        whole = ((0, 0, 1, 1),)
        rows = b"".join(self._rows(rng, *part) for part in (PASSES if self.interlaced else whole))
        head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", *header))
        return head + self.extra + palette + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")

    def _rows(self, rng: random.Random, x: int, y: int, across: int, down: int) -> bytes:
        width, height = -(-(self.width - x) // across), -(-(self.height - y) // down)
        size = -(-width * CHANNELS[self.colour] * self.depth // 8)
        if width <= 0 or height <= 0:
            return b""
        return b"".join(bytes([rng.randrange(5)]) + rng.randbytes(size) for _ in range(height))


def chunk(name: bytes, data: bytes) -> bytes:
    """Return a chunk with its length and checksum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


EXTRA = [
    b"",
    chunk(b"gAMA", struct.pack(">I", 45_455)),
    chunk(b"sRGB", b"\0"),
    chunk(b"pHYs", bytes(9)),
    chunk(b"tIME", bytes(7)),
    chunk(b"tEXt", b"Software\0made"),
    chunk(b"tEXt", b"Raw profile type exif\0made"),
    chunk(b"tRNS", bytes(6)),
    chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"),
    chunk(b"acTL", bytes(8)),
]
PICTURES = st.sampled_from([(c, d) for c, depths in DEPTHS.items() for d in depths]).flatmap(
    lambda kind: st.builds(
        Picture,
        st.just(kind[0]),
        st.just(kind[1]),
        st.integers(1, 40),
        st.integers(1, 40),
        st.booleans(),
        st.integers(0, 2**32),
        st.sampled_from(EXTRA),
    )
)


@given(PICTURES)
def test_the_pixels_are_those_of_pillow(picture: Picture) -> None:
    data = picture.write()
    tones = png.decode(data)
    if tones is not None:
        np.testing.assert_array_equal(tones, read_picture(data))


@given(PICTURES, st.data())
def test_damaged_files_are_left_to_pillow_or_have_its_pixels(picture: Picture, data: st.DataObject) -> None:
    file = bytearray(picture.write())
    place = data.draw(st.integers(0, len(file) - 1))
    file[place] ^= data.draw(st.integers(1, 255))
    tones = png.decode(bytes(file[: data.draw(st.integers(place, len(file)))]))
    if tones is not None:
        np.testing.assert_array_equal(tones, read_picture(bytes(file)))


@pytest.mark.parametrize("kind", [(0, 8), (0, 16), (2, 8), (3, 4), (4, 8), (6, 8)])
def test_common_files_need_no_pillow(kind: tuple[int, int]) -> None:
    assert png.decode(Picture(*kind, 28, 28, False, 1, b"").write()) is not None


def test_large_pictures_are_left_to_pillow_which_refuses_them() -> None:
    header = struct.pack(">IIBBBBB", 10_000, 10_000, 8, 0, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(10_001))) + chunk(b"IEND", b"")
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body
    assert png.decode(data) is None
    with pytest.raises(LenetError, match="make it smaller"):
        read_picture(data)


def test_without_opencv_pillow_reads_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(png, "_opencv", lambda: None)
    assert png.decode(Picture(0, 8, 28, 28, False, 1, b"").write()) is None
