"""Stroke files: JSON Lines, one drawing a line."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import accumulate, chain, pairwise
from pathlib import Path
from typing import IO, Any, NoReturn, cast

import numpy as np
import numpy.typing as npt

from lenet._util.files import READ_ERRORS, atomic_write, open_bytes, read_error
from lenet.engine.abi import MAX_COORDINATE, MAX_POINTS
from lenet.errors import DataError
from lenet.ink.drawing import Drawing

MAX_LINE = 16 * 2**20  # bytes

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NUMBERS = {int, float}  # exact types: a bool is not a coordinate


def read_drawings(path: str | Path) -> Iterator[Drawing]:
    """Yield the drawings of a stroke file: JSON Lines, gzipped or not; "-" is standard input.

    Memory is bounded by the longest line, at most 16 MiB. Blank lines are skipped. Times (a third
    number of a point) are dropped. The keys `drawer` and `credit` of earlier files are read as
    `writer` and `attribution`.

    Raises:
        LenetError: a line cannot be used; the message names the file and the line.
    """
    number = 0
    try:
        with open_bytes(path) as stream:
            while line := stream.readline(MAX_LINE + 1):
                number += 1
                place = f"{path}:{number}"
                if len(line) > MAX_LINE:
                    raise DataError(f"{place}: longer than 16 MiB; write one drawing a line")
                if number == 1:
                    line = line.removeprefix(_BYTE_ORDER_MARK)
                if line.strip():
                    yield _drawing(line, place)
    except READ_ERRORS as error:
        raise read_error(path, error, number + 1) from None


def write_drawings(path: str | Path, drawings: Iterable[Drawing]) -> None:
    """Write a stroke file, gzipped if the name ends in ".gz"; equal drawings give equal bytes.

    Raises:
        LenetError: a coordinate is not finite, or the file cannot be written.
    """
    with atomic_write(path) as file, ExitStack() as stack:
        stream = file
        if str(path).endswith(".gz"):
            packed = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)
            stream = cast(IO[bytes], stack.enter_context(packed))
        for number, drawing in enumerate(drawings, 1):
            record = {
                "writer": drawing.writer,
                "label": drawing.label,
                "strokes": [stroke.tolist() for stroke in drawing.strokes],
            }
            if drawing.attribution is not None:
                record["attribution"] = drawing.attribution
            try:
                line = json.dumps(record, allow_nan=False, separators=(",", ":"))
            except ValueError:
                raise DataError(
                    f"{path}:{number}: a coordinate is NaN or infinite; leave the point out"
                ) from None
            stream.write(line.encode() + b"\n")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


_decode = json.JSONDecoder(parse_constant=_refuse_constant).decode


def _drawing(line: bytes, place: str) -> Drawing:
    """Parse one line of a stroke file."""
    try:
        record = _decode(line.decode())
    except UnicodeDecodeError:
        raise DataError(f"{place}: not UTF-8; save the file as UTF-8") from None
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        raise DataError(f"{place}: not JSON ({reason}); write one drawing a line") from None
    if not isinstance(record, dict) or "strokes" not in record:
        raise DataError(
            f'{place}: no "strokes"; write a line such as {{"label": "g", "strokes": [[[1, 2]]]}}'
        )
    return Drawing(
        strokes=_strokes(record["strokes"], place),
        label=_text(record, ("label",), place),
        writer=_text(record, ("writer", "drawer"), place),
        source=place,
        attribution=_text(record, ("attribution", "credit"), place),
    )


def _text(record: dict[str, Any], keys: tuple[str, ...], place: str) -> str | None:
    """Return the string under the first of the keys that is there, or None if it is missing or null."""
    key = next((key for key in keys if key in record), keys[0])
    value = record.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise DataError(f'{place}: "{key}" must be a string or null')
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair could never be printed
        raise DataError(f'{place}: "{key}" is not valid Unicode; write whole characters') from None
    return value


def _strokes(value: Any, place: str) -> tuple[npt.NDArray[np.float64], ...]:
    """Check and return the strokes of a drawing.

    The types of all points are compared at once, because files are long.
    """
    if type(value) is not list or not set(map(type, value)) <= {list}:
        raise DataError(f'{place}: "strokes" must be a list of strokes, each a list of points')
    points = list(chain.from_iterable(value))
    if max(len(points), len(value)) > MAX_POINTS:
        raise DataError(f"{place}: more than {MAX_POINTS:,} points; draw with fewer")
    shape_error = DataError(f"{place}: each point must be [x, y] or [x, y, milliseconds]")
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
        raise DataError(
            f"{place}: coordinate {array[~inside][0]:g} is beyond +-{MAX_COORDINATE:g}; "
            "scale the drawing down"
        )
    ends = accumulate(map(len, value), initial=0)
    return tuple(array[start:end] for start, end in pairwise(ends))
