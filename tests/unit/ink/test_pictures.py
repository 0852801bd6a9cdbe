"""Pictures in files: what is read, and that whatever cannot be read is a LenetError."""

from __future__ import annotations

import base64
import io
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import made
from lenet.errors import LenetError, MissingDependencyError
from lenet.ink import read_picture
from made import F_PICTURE, FUZZ


def refusal(path: Path) -> str:
    """The one-line message that reading the file must raise; it begins with the file's name."""
    message = made.refusal(read_picture, path)
    assert message.startswith(str(path))
    return message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "absent.png")


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


RANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "8 of 16 bits": lambda tones: tones.astype(np.uint16),
    "10 of 16 bits": lambda tones: (tones * 4).astype(np.uint16),
    "12 of 16 bits": lambda tones: (tones * 16).astype(np.uint16),
    "a part of 16 bits": lambda tones: (30_000 + tones * 8).astype(np.uint16),
    "32 bits": lambda tones: (tones * 8_000_000).astype(np.int32),
    "signed": lambda tones: (tones * 16 - 2_000).astype(np.int32),
    "float 0..1": lambda tones: (tones / 255).astype(np.float32),
    "float 0..255": lambda tones: tones.astype(np.float32),
    "float -1..1": lambda tones: (tones / 127.5 - 1).astype(np.float32),
    "float with NaN": lambda tones: np.where(tones == 255, np.nan, tones / 255).astype(np.float32),
}


@pytest.mark.parametrize("kind", RANGES)
def test_ink_and_paper_keep_their_contrast_in_every_range(tmp_path: Path, kind: str) -> None:
    values = RANGES[kind](F_PICTURE.astype(float))
    tones = read_picture(saved(tmp_path / "f.tif", Image.fromarray(values)))
    ink, paper = tones[F_PICTURE < 128].astype(int), tones[F_PICTURE > 128].astype(int)
    assert paper.min() - ink.max() > 55


def test_noise_is_not_stretched_to_writing(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(2_000, 10, (90, 90)).astype(np.uint16)
    assert np.ptp(read_picture(saved(tmp_path / "noise.tif", Image.fromarray(noise)))) == 0


@pytest.mark.parametrize("value", [0, 7, np.inf, np.nan])
def test_one_value_everywhere_is_a_blank_picture(tmp_path: Path, value: float) -> None:
    blank = Image.fromarray(np.full((4, 4), value, np.float32))
    assert np.ptp(read_picture(saved(tmp_path / "blank.tif", blank))) == 0


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


@pytest.mark.parametrize(
    ("ink", "paper"),
    [((255, 0, 0), (0, 130, 0)), ((0, 90, 255), (120, 40, 0)), ((255, 255, 0), (255, 255, 255))],
)
def test_colours_of_one_brightness_differ_in_grey(
    tmp_path: Path, ink: tuple[int, ...], paper: tuple[int, ...]
) -> None:
    colours = np.where(F_PICTURE[..., None] < 128, ink, paper).astype(np.uint8)
    for name, options in (("a.png", {}), ("a.jpg", {"quality": 80})):
        tones = read_picture(saved(tmp_path / name, Image.fromarray(colours), **options)).astype(int)
        difference = np.median(tones[F_PICTURE < 128]) - np.median(tones[F_PICTURE > 128])
        assert abs(difference) > 60


def test_colours_of_different_brightness_become_that_of_pillow(tmp_path: Path) -> None:
    colours = np.random.default_rng(1).integers(0, 256, (40, 30, 3)).astype(np.uint8)
    picture = Image.fromarray(colours)
    np.testing.assert_array_equal(
        read_picture(saved(tmp_path / "a.png", picture)), np.asarray(picture.convert("L"))
    )


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


# ---- Formats of phones and documents -------------------------------------------------------


def is_f(tones: np.ndarray) -> bool:
    """Tell if a letter is F_PICTURE in any size."""
    small = Image.fromarray(tones).resize(F_PICTURE.shape[::-1], Image.Resampling.BOX)
    return float(np.abs(np.asarray(small, float) - F_PICTURE).mean()) < 20


def test_reads_avif_and_the_first_of_several_pictures(tmp_path: Path) -> None:
    letter = Image.fromarray(F_PICTURE).convert("RGB")
    others = {"save_all": True, "append_images": [Image.new("RGB", letter.size, "white")] * 3}
    for name, options in {"a.avif": {}, "a.gif": others, "a.tif": others, "a.png": others}.items():
        assert is_f(read_picture(saved(tmp_path / name, letter, **options))), name


def test_reads_the_first_page_of_a_pdf(tmp_path: Path) -> None:
    pytest.importorskip("pypdfium2")
    letter = Image.fromarray(F_PICTURE)
    path = saved(tmp_path / "a.pdf", letter, save_all=True, append_images=[Image.new("L", letter.size, 255)])
    assert is_f(read_picture(path))
    path.write_bytes(path.read_bytes()[:200])
    assert "PDF cannot be read" in refusal(path)


HEIC_HEADER = struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"heic", 0, b"mif1", b"heic")


# F_PICTURE, 60 x 80, written once by libheif: the package that the extra installs cannot write.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWl4AAAAAG1pZjFoZWl4bWlhZgAAAXVtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA"
    "ACJpbG9jAAAAAERAAAEAAQAAAAABmQABAAAAAAAAAHQAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRt"
    "AAAAAAABAAAA9WlwcnAAAADVaXBjbwAAAHBodmNDAQQIAAAAn/gAAAAAHvAA/Pz4+AAADwNgAAEAF0ABDAH//wQIAAADAJ/4AAAD"
    "AAAeugJAYQABACVCAQEECAAAAwCf+AAAAwAAHsCCBRZbq5Ka5sCAAAAMgAAAAwCEYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQAN"
    "AAaAAAAAFGlzcGUAAAAAAAAAQAAAAFAAAAAoY2xhcAAAADwAAAABAAAAUAAAAAH////8AAAAAgAAAAAAAAACAAAADnBpeGkAAAAA"
    "AQgAAAAYaXBtYQAAAAAAAAABAAEFgQIDBYQAAAB8bWRhdAAAAHAoAa4nJ0vQHhd5LW8XlJ31154vK2JN0ZH3ET5caGQ5rfHge0fM"
    "t8c9cNGDMHsv7Aw7v03/aTs7vEoj0y88QAdGKMUktDASQEuyHa9w8c73/SYHnAQLoOWw5gpCXZOR83XUGuRUah2Se2yREE9jh3yI"
)


def test_reads_heic(tmp_path: Path) -> None:
    pytest.importorskip("pi_heif")
    path = tmp_path / "a.heic"
    path.write_bytes(HEIC)
    assert is_f(read_picture(path))
    path.write_bytes(HEIC[:-100])
    refusal(path)


def test_a_damaged_heic_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("pi_heif")
    path = tmp_path / "a.heic"
    path.write_bytes(HEIC_HEADER + bytes(100))
    assert "picture" in refusal(path)


@pytest.mark.parametrize(
    ("name", "content", "package", "extra"),
    [("a.heic", HEIC_HEADER, "pi_heif", "heic"), ("a.pdf", b"%PDF-1.4\n", "pypdfium2", "pdf")],
)
def test_without_its_package_a_format_is_named_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, package: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(MissingDependencyError, match=rf'{package} reads; pip install "lenet\[{extra}\]"'):
        read_picture(path)


# ---- Work ----------------------------------------------------------------------------------


def test_refuses_a_jpeg_of_many_scans(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.fromarray(F_PICTURE).save(stream, "JPEG", progressive=True)
    whole = stream.getvalue()
    start = whole.rindex(b"\xff\xda")
    path = tmp_path / "scans.jpg"
    path.write_bytes(whole)
    assert is_f(read_picture(path))
    path.write_bytes(whole[:-2] + whole[start:-2] * 3_000 + whole[-2:])
    assert "scans" in refusal(path)
    path.write_bytes(whole[:2] + b"\xff" * 5 + whole[2:-2] + whole[start:-2] * 3_000 + whole[-2:])
    assert "picture" in refusal(path) or "scans" in refusal(path)


def test_a_thumbnail_in_a_jpeg_is_not_a_scan(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "\xff\xda" * 300
    letter = Image.fromarray(F_PICTURE)
    path = saved(tmp_path / "a.jpg", letter, exif=exif.tobytes() + b"\xff\xda" * 300, quality=95)
    assert is_f(read_picture(path))


@pytest.mark.parametrize("content", [b"P2 4000 4000 255\n0 ", b"P3 4000 4000 255\n0 "])
def test_refuses_large_pictures_of_slow_decoders(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.ppm"
    path.write_bytes(content)
    assert "long to decode" in refusal(path)


def test_says_that_sixteen_bit_colours_are_all_of_one_byte(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + np.repeat(row.astype(">u2"), 3).tobytes() for row in F_PICTURE)
    height, width = F_PICTURE.shape
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    path = tmp_path / "a.png"
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    assert "a 256th is used" in refusal(path)
