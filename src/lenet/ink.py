"""Pen strokes and pictures: reading, writing, and the 28x28 images that they become."""

from __future__ import annotations

import gzip
import json
import warnings
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn, cast

import numpy as np
import numpy.typing as npt

from lenet import _core
from lenet.errors import LenetError
from lenet.files import READ_ERRORS, open_bytes, read_error, replacing

if TYPE_CHECKING:
    from PIL import Image

DEFAULT_PEN = _core.DEFAULT_PEN
"""Pen width as a share of the longer side of the points' bounding box. At this width strokes
have the mean ink of NIST's scanned letters."""

MIN_PEN, MAX_PEN = 0.02, 1.0  # as the engine takes them
MAX_POINTS = 100_000  # of one drawing, and as many strokes
MAX_COORDINATE = 1e9
MAX_LINE = 16 * 2**20  # bytes
MAX_PIXELS = 40_000_000
MAX_SIDE = 16_384  # pixels

PICTURE_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NUMBERS = {int, float}  # exact types: a bool is no coordinate


@dataclass(frozen=True, eq=False)
class Drawing:
    """One drawn letter.

    strokes  float64 (n, 2) each: x to the right, y down, any unit; one point is a dot
    label    what it shows, with its case; None when nobody said
    drawer   pseudonym of who drew it
    source   where it was read, such as "file.jsonl:12"
    credit   whom the letter's form is owed to, and under which licence
    """

    strokes: tuple[npt.NDArray[np.float64], ...]
    label: str | None = None
    drawer: str | None = None
    source: str = ""
    credit: str | None = None


# ---- Strokes -------------------------------------------------------------------------------


def read_drawings(path: str | Path) -> Iterator[Drawing]:
    """Reads a stroke file: JSON Lines, gzipped or not; "-" is standard input.

    Streams: memory is bounded by the longest line, at most 16 MiB. Blank lines are skipped, times
    (a third number of a point) are dropped. Raises LenetError, naming file and line, at the first
    line that cannot be used.
    """
    number = 0
    try:
        with open_bytes(path) as stream:
            while line := stream.readline(MAX_LINE + 1):
                number += 1
                place = f"{path}:{number}"
                if len(line) > MAX_LINE:
                    raise LenetError(f"{place}: longer than 16 MiB; write one drawing a line")
                if number == 1:
                    line = line.removeprefix(_BYTE_ORDER_MARK)
                if line.strip():
                    yield _drawing(line, place)
    except READ_ERRORS as error:
        raise read_error(path, error, number + 1) from None


def write_drawings(path: str | Path, drawings: Iterable[Drawing]) -> None:
    """Writes a stroke file, gzipped if the name ends in ".gz"; the same drawings, the same bytes.

    Raises LenetError for a coordinate that is not finite, and where the file cannot be written.
    """
    with replacing(path) as file, ExitStack() as stack:
        stream = file
        if str(path).endswith(".gz"):
            packed = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)
            stream = cast(IO[bytes], stack.enter_context(packed))
        for number, drawing in enumerate(drawings, 1):
            record = {
                "drawer": drawing.drawer,
                "label": drawing.label,
                "strokes": [stroke.tolist() for stroke in drawing.strokes],
            }
            if drawing.credit is not None:
                record["credit"] = drawing.credit
            try:
                line = json.dumps(record, allow_nan=False, separators=(",", ":"))
            except ValueError:
                raise LenetError(
                    f"{path}:{number}: a coordinate is NaN or infinite; leave the point out"
                ) from None
            stream.write(line.encode() + b"\n")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


_decode = json.JSONDecoder(parse_constant=_refuse_constant).decode


def _drawing(line: bytes, place: str) -> Drawing:
    """One line of a stroke file."""
    try:
        record = _decode(line.decode())
    except UnicodeDecodeError:
        raise LenetError(f"{place}: not UTF-8; save the file as UTF-8") from None
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        raise LenetError(f"{place}: not JSON ({reason}); write one drawing a line") from None
    if not isinstance(record, dict) or "strokes" not in record:
        raise LenetError(
            f'{place}: no "strokes"; write a line such as {{"label": "g", "strokes": [[[1, 2]]]}}'
        )
    return Drawing(
        strokes=_strokes(record["strokes"], place),
        label=_text(record, "label", place),
        drawer=_text(record, "drawer", place),
        source=place,
        credit=_text(record, "credit", place),
    )


def _text(record: dict[str, Any], key: str, place: str) -> str | None:
    """A string of a drawing, or None."""
    value = record.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise LenetError(f'{place}: "{key}" must be a string or null')
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair could never be printed
        raise LenetError(f'{place}: "{key}" is not valid Unicode; write whole characters') from None
    return value


def _strokes(value: Any, place: str) -> tuple[npt.NDArray[np.float64], ...]:
    """The strokes of a drawing, checked; whole sets of types at once, because files are long."""
    if type(value) is not list or not set(map(type, value)) <= {list}:
        raise LenetError(f'{place}: "strokes" must be a list of strokes, each a list of points')
    points = list(chain.from_iterable(value))
    if max(len(points), len(value)) > MAX_POINTS:
        raise LenetError(f"{place}: more than {MAX_POINTS:,} points; draw with fewer")
    shape_error = LenetError(f"{place}: each point must be [x, y] or [x, y, milliseconds]")
    if not set(map(type, points)) <= {list}:
        raise shape_error
    widths = set(map(len, points))
    numbers = list(chain.from_iterable(points))
    if not widths <= {2, 3} or not set(map(type, numbers)) <= _NUMBERS:
        raise shape_error
    if len(widths) > 1:
        numbers = list(chain.from_iterable(point[:2] for point in points))
        widths = {2}
    try:
        array = np.array(numbers, np.float64).reshape(-1, *(widths or {2}))[:, :2]
    except OverflowError:  # an integer beyond float64
        array = np.full((1, 2), np.inf)
    array = np.ascontiguousarray(array)
    inside = np.abs(array) <= MAX_COORDINATE
    if not inside.all():
        raise LenetError(
            f"{place}: coordinate {array[~inside][0]:g} is beyond +-{MAX_COORDINATE:g}; "
            "scale the drawing down"
        )
    ends = accumulate(map(len, value), initial=0)
    return tuple(array[start:end] for start, end in pairwise(ends))


def rasterise(
    strokes: Iterable[npt.ArrayLike], pen: float = DEFAULT_PEN
) -> npt.NDArray[np.uint8] | None:
    """Draws strokes as NIST made EMNIST.

    strokes  points (n, 2), or (n, 3) with a time that is ignored; x to the right, y down, any unit
    pen      pen width, 0.02..1 of the longer side of the points' bounding box
    returns  uint8 (28, 28), upright, ink bright; None for a drawing without a point

    Raises LenetError for coordinates that are NaN, infinite or beyond +-10^9, for more than
    100,000 points, for points of another shape and for another pen width.
    """
    if not MIN_PEN <= pen <= MAX_PEN:
        raise LenetError(f"pen width {pen} is out of range; give {MIN_PEN}..{MAX_PEN:g}")
    if not isinstance(strokes, Iterable):
        raise LenetError(f"a {type(strokes).__name__} is no drawing; give a list of strokes")
    arrays = [_points(stroke, number) for number, stroke in enumerate(strokes, 1)]
    points = np.concatenate([np.empty((0, 2)), *arrays])
    ends = np.cumsum([len(array) for array in arrays], dtype=np.int32)
    return _core.ink_strokes(points, ends, pen)


def _points(stroke: npt.ArrayLike, number: int) -> npt.NDArray[np.float64]:
    """One stroke as float64 (n, 2)."""
    try:
        array = np.asarray(stroke)
    except ValueError:  # points of different lengths
        array = np.empty(())
    if array.size == 0 and array.ndim:
        return np.empty((0, 2))
    if array.ndim != 2 or array.shape[1] not in (2, 3) or array.dtype.kind not in "iuf":
        raise LenetError(f"stroke {number}: not a list of points; give each point as [x, y]")
    return array[:, :2].astype(np.float64)


# ---- Pictures ------------------------------------------------------------------------------


def read_picture(path: str | Path) -> npt.NDArray[np.uint8]:
    """Reads a picture as grey: uint8 (height, width), 0 black, 255 white.

    Turned as its EXIF orientation says; transparent parts become white, or black around light ink.
    Raises LenetError for a file that is no picture or is damaged, and, before any pixel is
    unpacked, for more than 40 megapixels or more than 16,384 pixels on a side.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, on damaged metadata
            # Only formats that Pillow decodes itself: for some others it starts programs.
            with Image.open(path, formats=PICTURE_FORMATS) as picture:
                _check_size(picture.size, path)
                return _grey(ImageOps.exif_transpose(picture))
    except LenetError:
        raise
    except UnidentifiedImageError:
        known = ", ".join(PICTURE_FORMATS)
        raise LenetError(f"{path}: not a picture; save it as one of {known}") from None
    except Image.DecompressionBombError:
        raise LenetError(f"{path}: more than 40 megapixels; make it smaller") from None
    except OSError as error:
        if error.strerror is not None:
            raise read_error(path, error) from None
        raise _damaged(path, error) from None
    except Exception as error:  # on hostile bytes Pillow's decoders raise nearly anything
        raise _damaged(path, error) from None


def _damaged(path: str | Path, error: Exception) -> LenetError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return LenetError(f"{path}: the picture is damaged ({reason}); save it again, as 8-bit PNG")


def _check_size(size: tuple[int, int], path: str | Path) -> None:
    width, height = size
    if max(size) > MAX_SIDE or width * height > MAX_PIXELS:
        raise LenetError(
            f"{path}: {width} x {height} pixels; make it smaller than 40 megapixels and "
            f"{MAX_SIDE:,} pixels on a side"
        )


def _grey(picture: Image.Image) -> npt.NDArray[np.uint8]:
    """uint8 (height, width) of any picture that Pillow decodes."""
    from PIL import Image

    if picture.mode.startswith("I"):  # 16 bits in one channel
        wide = np.asarray(picture).astype(np.int64)
        if wide.min() < 0 or wide.max() > 65_535:
            raise ValueError("more than 16 bits a pixel")
        return ((wide + 128) // 257).astype(np.uint8)
    if picture.mode == "F":
        raise ValueError("floating-point pixels")
    if picture.mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in picture.info:
        inked = picture.convert("RGBA")
        tones, opaque = np.asarray(inked.convert("L")), np.asarray(inked.getchannel("A")) >= 128
        light_ink = 0 < opaque.mean() < 0.5 and tones[opaque].mean() >= 128
        paper = Image.new("RGBA", inked.size, "black" if light_ink else "white")
        picture = Image.alpha_composite(paper, inked)
    return np.array(picture.convert("L"))


def rasterise_picture(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8] | None:
    """Brings a picture of one letter to the 28x28 that EMNIST would have made of it.

    picture  uint8 (height, width), dark ink on light or the reverse
    returns  uint8 (28, 28), upright, ink bright; None for a picture of one tone

    Raises LenetError for another dtype or shape, and beyond 16,384 pixels on a side.
    """
    if picture.dtype != np.uint8 or picture.ndim != 2 or picture.size == 0:
        raise LenetError(
            f"a picture must be uint8 (height, width), not {picture.dtype} {picture.shape}"
        )
    return _core.ink_picture(picture)
