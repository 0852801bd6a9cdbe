"""Pictures in files: what is read, and that whatever cannot be read is a LenetError."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import made
from lenet.errors import LenetError
from lenet.ink import read_picture
from made import F_PICTURE, FUZZ


def refusal(path: Path) -> str:
    """The one-line message that reading the file must raise; it begins with the file's name."""
    message = made.refusal(read_picture, path)
    assert message.startswith(str(path))
    return message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "absent.png")


def saved(path: Path, picture: Image.Image, **options: Any) -> Path:
    picture.save(path, **options)
    return path


def test_reads_grey_colour_palette_and_bilevel_alike(tmp_path: Path) -> None:
    grey = Image.fromarray(F_PICTURE)
    for name, picture in {
        "l.png": grey,
        "rgb.bmp": grey.convert("RGB"),
        "p.gif": grey.convert("P"),
        "tiff.tif": grey,
        "webp.webp": grey.convert("RGB"),
        "ppm.pgm": grey,
        "misnamed.jpg": grey,
    }.items():
        options: dict[str, Any] = {"lossless": True} if name.startswith("webp") else {}
        options = {"format": "PNG"} if name == "misnamed.jpg" else options
        got = read_picture(saved(tmp_path / name, picture, **options))
        assert got.dtype == np.uint8
        np.testing.assert_array_equal(got, F_PICTURE, err_msg=name)
    bilevel = read_picture(saved(tmp_path / "1.png", grey.convert("1", dither=Image.Dither.NONE)))
    np.testing.assert_array_equal(bilevel, np.where(F_PICTURE > 127, 255, 0))
    jpeg = read_picture(saved(tmp_path / "f.jpg", grey.convert("CMYK"), quality=95))
    assert np.abs(jpeg.astype(int) - F_PICTURE).max() < 60


def test_scales_sixteen_bits(tmp_path: Path) -> None:
    wide = np.array([[0, 257, 65_535], [128, 129, 32_896]], np.uint16)
    for name in ("f.png", "f.tif"):
        got = read_picture(saved(tmp_path / name, Image.fromarray(wide)))
        np.testing.assert_array_equal(got, [[0, 1, 255], [0, 1, 128]])


def test_transparent_parts_are_white(tmp_path: Path) -> None:
    ink = np.zeros((40, 30, 4), np.uint8)  # black ink on transparent black
    ink[..., 3] = np.where(F_PICTURE < 128, 255, 0)
    expected = np.where(F_PICTURE < 128, 0, 255)
    rgba = Image.fromarray(ink)
    np.testing.assert_array_equal(read_picture(saved(tmp_path / "a.png", rgba)), expected)
    grey = rgba.convert("LA")
    np.testing.assert_array_equal(read_picture(saved(tmp_path / "la.png", grey)), expected)
    palette = Image.fromarray((F_PICTURE > 127).astype(np.uint8))
    palette.putpalette([0, 0, 0, 10, 10, 10])
    path = saved(tmp_path / "p.png", palette, transparency=1)
    np.testing.assert_array_equal(read_picture(path), expected)


def test_turns_as_exif_says(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    turned = Image.fromarray(np.ascontiguousarray(np.rot90(F_PICTURE)))  # counter-clockwise
    got = read_picture(saved(tmp_path / "f.png", turned, exif=exif))
    np.testing.assert_array_equal(got, F_PICTURE)


def png(width: int, height: int) -> bytes:
    """A PNG that announces a size and has next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(10)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(16_385, 1), (1, 16_385), (8_000, 5_001), (60_000, 60_000)])
def test_refuses_large_pictures_before_unpacking(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "f.png"
    path.write_bytes(png(*size))
    assert "40 megapixels" in refusal(path)


def test_refuses_damaged_pictures(tmp_path: Path) -> None:
    whole: dict[str, dict[str, Any]] = {"f.png": {}, "f.jpg": {}, "f.gif": {}, "f.tif": {}}
    for name in whole:
        path = saved(tmp_path / name, Image.fromarray(F_PICTURE).convert("L"))
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        assert "picture" in refusal(path)
    for data in (b"", b"GIF89a", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"text"):
        path = tmp_path / "f"
        path.write_bytes(data)
        assert ("damaged" if data == b"GIF89a" else "not a picture") in refusal(path)
    path = saved(tmp_path / "float.tif", Image.fromarray(np.ones((4, 4), np.float32)))
    assert "floating-point" in refusal(path)


@FUZZ
@given(st.data())
def test_any_damage_to_a_picture_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"]))
    stream = io.BytesIO()
    Image.fromarray(F_PICTURE).convert("L").save(stream, kind)
    mutable = bytearray(stream.getvalue())
    for _ in range(data.draw(st.integers(1, 5))):
        mutable[data.draw(st.integers(0, len(mutable) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "f"
    path.write_bytes(mutable[: data.draw(st.integers(0, len(mutable)))])
    try:
        picture = read_picture(path)
    except LenetError as error:
        assert "\n" not in str(error)  # noqa: PT017
        return
    assert picture.dtype == np.uint8
    assert picture.ndim == 2
