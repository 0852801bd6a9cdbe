"""Strokes and pictures in files: what is read, and that whatever cannot be read is a LenetError."""

import gzip
import io
import json
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from lenet import ink
from lenet.errors import LenetError
from lenet.ink import (
    Drawing,
    rasterize,
    rasterize_picture,
    read_drawings,
    read_picture,
    write_drawings,
)

F_STROKES = ([[0, 0], [0, 10]], [[0, 0], [6, 0]], [[0, 4], [4, 4]])
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def line(strokes: object = F_STROKES, label: object = "F", **more: object) -> bytes:
    return json.dumps({"writer": "d1", "label": label, "strokes": strokes, **more}).encode() + b"\n"


def refusal(path: Path, call=lambda path: list(read_drawings(path))) -> str:
    """The LenetError that the call must raise: one line, returned without the file it names."""
    with pytest.raises(LenetError) as caught:
        call(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message.removeprefix(str(path))


# ---- Stroke files --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["f.jsonl", "f.jsonl.gz", "misnamed"])
@pytest.mark.parametrize("packed", [False, True])
def test_reads_strokes_known_by_content(tmp_path: Path, name: str, packed: bool) -> None:
    data = b"\n" + line(script="Latin") + b"  \r\n" + line([[[1.5, -2, 30]]], "g") + line([], None)
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if packed else data)
    first, second, third = read_drawings(path)
    assert [d.source for d in (first, second, third)] == [f"{path}:{n}" for n in (2, 4, 5)]
    assert [d.label for d in (first, second, third)] == ["F", "g", None]
    assert first.writer == "d1"
    assert [stroke.tolist() for stroke in first.strokes] == list(map(list, F_STROKES))
    assert second.strokes[0].tolist() == [[1.5, -2.0]]  # the time is dropped
    assert second.strokes[0].dtype == np.float64
    assert third.strokes == ()


def test_reads_a_byte_order_mark_empty_strokes_and_uneven_points(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + line([[], [[1, 2], [3, 4, 5]], []]))
    (drawing,) = read_drawings(path)
    assert [stroke.tolist() for stroke in drawing.strokes] == [[], [[1, 2], [3, 4]], []]
    assert all(stroke.shape[1:] == (2,) for stroke in drawing.strokes)


@pytest.mark.parametrize("packed", [False, True])
def test_reads_standard_input(monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    data = line() + line()
    stream = io.BufferedReader(io.BytesIO(gzip.compress(data) if packed else data))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
    assert [drawing.source for drawing in read_drawings("-")] == ["-:1", "-:2"]


BAD_LINES = {
    "broken": (b'{"strokes": [[[1, 2]]\n', "not JSON"),
    "a list": (b"[1]\n", '"strokes"'),
    "no strokes": (b'{"label": "a"}\n', '"strokes"'),
    "strokes null": (line(None), "list of strokes"),
    "strokes a word": (line("ab"), "list of strokes"),
    "stroke a number": (line([3]), "list of strokes"),
    "point a number": (line([[3]]), "each point"),
    "point a word": (line([["ab"]]), "each point"),
    "one coordinate": (line([[[1]]]), "each point"),
    "four numbers": (line([[[1, 2, 3, 4]]]), "each point"),
    "a word": (line([[[1, "2"]]]), "each point"),
    "a bool": (line([[[1, True]]]), "each point"),
    "null": (line([[[1, None]]]), "each point"),
    "bad time": (line([[[1, 2], [1, 2, "now"]]]), "each point"),
    "NaN": (b'{"strokes": [[[NaN, 1]]]}\n', "NaN is not a number"),
    "Infinity": (b'{"strokes": [[[-Infinity, 1]]]}\n', "Infinity is not a number"),
    "overflow": (b'{"strokes": [[[1, 1e999]]]}\n', "coordinate inf"),
    "huge": (line([[[1, 2], [1, -1e12]]]), "coordinate -1e+12"),
    "long integer": (b'{"strokes": [[[1, 1%s]]]}\n' % (b"0" * 400), "coordinate inf"),
    "longer integer": (b'{"strokes": [[[1, 1%s]]]}\n' % (b"0" * 5000), "not JSON"),
    "label 5": (line(label=5), '"label" must be'),
    "label list": (line(label=["a"]), '"label" must be'),
    "attribution 5": (line(attribution=5), '"attribution" must be'),
    "credit 5": (line(credit=5), '"credit" must be'),
    "half a character": (b'{"label": "\\ud800", "strokes": []}\n', "Unicode"),
    "drawer 5": (b'{"drawer": 5, "strokes": []}\n', '"drawer" must be'),
    "writer 5": (line(writer=5), '"writer" must be'),
    "not UTF-8": (b'{"label": "\xe4", "strokes": []}\n', "not UTF-8"),
    "UTF-16": (line().decode().encode("utf-16-le"), "not JSON"),
    "too many points": (line([[[0, 0]] * 100_001]), "more than 100,000 points"),
    "too many strokes": (line([[]] * 100_001), "more than 100,000 points"),
    "deep": (b'{"strokes": ' + b"[" * 100_000 + b"\n", "nested too deeply"),
}


@pytest.mark.parametrize(("bad", "expected"), BAD_LINES.values(), ids=BAD_LINES)
def test_refuses_a_line_by_its_place(tmp_path: Path, bad: bytes, expected: str) -> None:
    path = tmp_path / "f.jsonl"
    path.write_bytes(line() + bad + line())
    drawings = read_drawings(path)
    assert next(drawings).label == "F"  # what came before is not lost
    message = refusal(path, lambda path: next(drawings))
    assert message.startswith(":2: ")
    assert expected in message


def test_accepts_a_hundred_thousand_points(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    path.write_bytes(line([[[0, 0]] * 100_000]))
    assert len(next(read_drawings(path)).strokes[0]) == 100_000


def test_refuses_an_endless_line_without_reading_it_all(tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb") as stream:
        for _ in range(20):
            stream.write(b" " * 2**20)
    assert refusal(path).startswith(":1: longer than 16 MiB")


def test_refuses_a_damaged_gzip(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl.gz"
    rng = np.random.default_rng(0)
    whole = gzip.compress(b"".join(line([rng.random((9, 2)).tolist()]) for _ in range(300)))
    wrong_sum = whole[:-8] + bytes(4) + whole[-4:]
    for damaged in (whole[: len(whole) // 2], whole[:-1], whole + b"more", wrong_sum, whole[:5]):
        path.write_bytes(damaged)
        assert "gzip data is cut short or damaged" in refusal(path)


def test_names_what_cannot_be_opened(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "absent.jsonl")
    assert "cannot be read" in refusal(tmp_path)
    assert "No such file" in refusal(tmp_path / "absent.png", read_picture)


@FUZZ
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes, packed: bool) -> None:
    path = tmp_path / "f"
    path.write_bytes(gzip.compress(data) if packed else data)
    try:
        list(read_drawings(path))
    except LenetError as error:
        assert "\n" not in str(error)  # noqa: PT017


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner),
)


@pytest.mark.slow
@FUZZ
@given(json_values, json_values)
def test_any_json_is_read_or_refused(tmp_path: Path, strokes: object, label: object) -> None:
    path = tmp_path / "f"
    path.write_bytes(line(strokes, label))
    try:
        (drawing,) = read_drawings(path)
    except LenetError:
        return
    assert drawing.label == label
    assert sum(map(len, drawing.strokes)) == sum(map(len, strokes))


def test_the_keys_of_earlier_files_are_read(tmp_path: Path) -> None:
    old = {"drawer": "d1", "credit": "by A"}
    new = {"writer": "d2", "attribution": "by B"}
    path = tmp_path / "f.jsonl"
    path.write_text(
        "".join(json.dumps({"strokes": [], **keys}) + "\n" for keys in (old, new, {**old, **new}))
    )
    read = [(drawing.writer, drawing.attribution) for drawing in read_drawings(path)]
    assert read == [("d1", "by A"), ("d2", "by B"), ("d2", "by B")]
    write_drawings(path, read_drawings(path))
    written = [json.loads(record) for record in path.read_text().splitlines()]
    assert all(set(record) == {"writer", "attribution", "label", "strokes"} for record in written)


@pytest.mark.parametrize("name", ["rasterise", "rasterise_picture"])
def test_old_names_work_with_a_warning(name: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"{name} is now "):
        function = getattr(ink, name)
    assert function is getattr(ink, name.replace("ise", "ize"))


coordinates = st.floats(-1e9, 1e9) | st.integers(-(10**9), 10**9).map(float)
points = st.lists(st.tuples(coordinates, coordinates), max_size=5)


@FUZZ
@given(st.lists(points, max_size=4), st.none() | st.characters(codec="utf-8"), st.booleans())
def test_drawings_survive_a_round_trip(tmp_path: Path, strokes, label, packed: bool) -> None:
    arrays = tuple(np.array(stroke, np.float64).reshape(-1, 2) for stroke in strokes)
    path = tmp_path / ("f.jsonl.gz" if packed else "f.jsonl")
    write_drawings(path, [Drawing(arrays, label, "d", attribution=label)])
    (back,) = read_drawings(path)
    assert (back.label, back.writer, back.attribution) == (label, "d", label)
    assert len(back.strokes) == len(arrays)
    for one, other in zip(back.strokes, arrays, strict=True):
        np.testing.assert_array_equal(one, other)


def test_writing_is_deterministic_and_keeps_the_old_file_on_failure(tmp_path: Path) -> None:
    path, other = tmp_path / "f.jsonl.gz", tmp_path / "other.jsonl.gz"
    drawing = Drawing((np.array([[0.0, 1.0]]),), "a", "d")
    write_drawings(path, [drawing])
    write_drawings(other, iter([drawing]))
    before = path.read_bytes()
    assert before == other.read_bytes()
    assert before[4:8] == bytes(4)  # gzip's time stamp
    bad = Drawing((np.array([[0.0, np.nan]]),), "a", "d")
    assert ":2: a coordinate" in refusal(path, lambda path: write_drawings(path, [drawing, bad]))
    assert path.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [path, other]


# ---- Strokes -> image ----------------------------------------------------------------------


def test_rasterizes_upright_and_ignores_times() -> None:
    image = rasterize(F_STROKES)
    assert image is not None
    assert (image.shape, image.dtype) == ((28, 28), np.uint8)
    assert image[:, :14].sum() > 2 * image[:, 14:].sum()  # an F has its stem on the left
    assert image[:14].sum() > 1.4 * image[14:].sum()  # and its arms above
    timed = [[[x, y, 7 * i] for i, (x, y) in enumerate(stroke)] for stroke in F_STROKES]
    np.testing.assert_array_equal(rasterize(timed), image)
    np.testing.assert_array_equal(rasterize([np.array(s) for s in F_STROKES] + [[]]), image)


def test_a_dot_is_drawn_and_no_point_is_nothing() -> None:
    dot = rasterize([[(5, 5)]])
    assert dot is not None
    assert dot.max() > 0
    assert rasterize([]) is None
    assert rasterize([[], np.empty((0, 2))]) is None


@pytest.mark.parametrize(
    "strokes",
    [
        [[[0, np.nan]]],
        [[[0, np.inf]]],
        [[[0, 1e12]]],
        [[[0, 10**400]]],
        np.zeros((1, 100_001, 2)),
        [[1, 2]],
        [[[1]]],
        [["ab"]],
        [[[1, 2], [3]]],
        [5],
        [None],
    ],
)
def test_rasterize_refuses_what_is_no_drawing(strokes: object) -> None:
    with pytest.raises(LenetError):
        rasterize(strokes)


@pytest.mark.parametrize("pen", [0.0, -1.0, 1.5, np.nan, np.inf])
def test_rasterize_refuses_a_pen_width(pen: float) -> None:
    with pytest.raises(LenetError, match="pen width"):
        rasterize(F_STROKES, pen)


# ---- Pictures ------------------------------------------------------------------------------

F_PICTURE = np.full((40, 30), 255, np.uint8)  # dark on light
F_PICTURE[5:35, 6:10] = F_PICTURE[5:9, 6:24] = F_PICTURE[18:22, 6:18] = 20


def saved(path: Path, picture: Image.Image, **options: object) -> Path:
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
        options = {"lossless": True} if name.startswith("webp") else {}
        options = {"format": "PNG"} if name == "misnamed.jpg" else options
        got = read_picture(saved(tmp_path / name, picture, **options))
        assert got.dtype == np.uint8
        np.testing.assert_array_equal(got, F_PICTURE, err_msg=name)
    bilevel = read_picture(saved(tmp_path / "1.png", grey.convert("1", dither=0)))
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
    assert "40 megapixels" in refusal(path, read_picture)


def test_refuses_damaged_pictures(tmp_path: Path) -> None:
    whole = {"f.png": {}, "f.jpg": {}, "f.gif": {}, "f.tif": {}}
    for name in whole:
        path = saved(tmp_path / name, Image.fromarray(F_PICTURE).convert("L"))
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        assert "picture" in refusal(path, read_picture)
    for data in (b"", b"GIF89a", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"text"):
        path = tmp_path / "f"
        path.write_bytes(data)
        assert "not a picture" in refusal(path, read_picture)
    path = saved(tmp_path / "float.tif", Image.fromarray(np.ones((4, 4), np.float32)))
    assert "floating-point" in refusal(path, read_picture)


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


def test_a_picture_becomes_the_letter_whatever_its_polarity() -> None:
    image = rasterize_picture(F_PICTURE)
    assert image is not None
    assert image[:, :14].sum() > 2 * image[:, 14:].sum()
    assert image[:14].sum() > 1.4 * image[14:].sum()
    np.testing.assert_array_equal(rasterize_picture(255 - F_PICTURE), image)
    assert rasterize_picture(np.full((9, 9), 77, np.uint8)) is None


@pytest.mark.parametrize(
    "picture", [np.zeros((3, 3)), np.zeros((3, 3, 3), np.uint8), np.zeros((0, 3), np.uint8)]
)
def test_rasterize_picture_refuses_other_arrays(picture: np.ndarray) -> None:
    with pytest.raises(LenetError, match="uint8"):
        rasterize_picture(picture)
