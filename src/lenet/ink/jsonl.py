"""Stroke files in JSON: JSON Lines, with one drawing on each line, and JSON over several lines."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, BinaryIO, NoReturn, cast

from lenet._util.files import READ_ERRORS, atomic_write, open_bytes, read_error
from lenet.errors import DataError
from lenet.ink.drawing import Drawing
from lenet.ink.drawing_json import drawings_of

MAX_LINE = 16 * 2**20  # bytes
MAX_VALUES = 16 * 2**20  # bytes of JSON over several lines, which is in memory as a whole

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read(path: str | Path) -> Iterator[Drawing]:
    """Yield the drawings of a stroke file in JSON, gzipped or not; "-" is standard input.

    JSON Lines are read line by line: memory is bounded by the longest line, at most 16 MiB. If the first
    line is not a whole value, the file is read as values over several lines, at most 16 MiB.

    Raises:
        DataError: a value cannot be used; the message names the file and the line.
    """
    from lenet.ink.records import RecordReader

    number, is_first = 0, True
    records: RecordReader | None = RecordReader()
    try:
        with open_bytes(path) as stream:
            while line := stream.readline(MAX_LINE + 1):
                number += 1
                place = f"{path}:{number}"
                if len(line) > MAX_LINE:
                    raise DataError(f"{place}: longer than 16 MiB; write each drawing on its own line")
                if number == 1:
                    line = line.removeprefix(BYTE_ORDER_MARK)
                if not line.strip():
                    continue
                if records and (drawing := records.read(line, place)):
                    yield drawing
                    stream.budget.restart()
                    is_first = False
                    continue
                records = None  # the file is likely to have another form
                value = parse_line(line, place, or_none=is_first)
                if value is None:
                    yield from _read_values(line, stream, path, number)
                    return
                yield from drawings_of(value, place)
                stream.budget.restart()
                is_first = False
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


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def parse_line(line: bytes, place: str, *, or_none: bool) -> Any:
    """Parse a line of JSON Lines; `or_none`: return None if it may be the beginning of a longer value."""
    try:
        return _DECODER.decode(line.decode())
    except UnicodeDecodeError:
        raise _not_utf8(place) from None
    except json.JSONDecodeError as error:
        if or_none:
            return None
        raise _not_json(place, error) from None
    except (ValueError, RecursionError) as error:
        raise _not_json(place, error) from None


def _read_values(first: bytes, stream: BinaryIO, path: str | Path, number: int) -> Iterator[Drawing]:
    """Yield the drawings of JSON values over several lines; `first` is line `number`, which was read."""
    data = first + stream.read(MAX_VALUES + 1)
    if len(data) > MAX_VALUES + len(first):
        raise DataError(
            f"{path}: JSON over several lines of more than 16 MiB; write each drawing on its own line"
        )
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise _not_utf8(f"{path}:{number}") from None
    at, count = _end_of_blanks(text, 0), 0
    while at < len(text):
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            line = text.count("\n", 0, getattr(error, "pos", at)) + number
            raise _not_json(f"{path}:{line}", error) from None
        count += 1
        yield from drawings_of(value, f"{path}:{count}")
        at = _end_of_blanks(text, at)


def _end_of_blanks(text: str, at: int) -> int:
    match = re.compile(r"[ \t\r\n]*").match(text, at)
    assert match is not None  # it may be empty
    return match.end()


def _not_utf8(place: str) -> DataError:
    return DataError(f"{place}: not UTF-8; save the file as UTF-8")


def _not_json(place: str, error: Exception) -> DataError:
    if isinstance(error, json.JSONDecodeError):
        reason: object = error.msg
    else:
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
    return DataError(f"{place}: not JSON ({reason}); write each drawing on its own line")
