"""EMNIST as comma-separated values, the form that Kaggle spreads: a label and 784 pixels a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from lenet._util.files import READ_ERRORS, open_bytes, read_error
from lenet.datasets.dataset import MAX_ROWS, SIDE
from lenet.datasets.emnist.splits import Raw
from lenet.errors import LenetError

COLUMNS = 1 + SIDE * SIDE
_CHUNK = 2**24  # bytes
_LINE = 4 * COLUMNS + 2  # bytes of the longest line: three digits and a comma each, CR LF
_HEADER = 2**16  # bytes of the longest first line: words of a header, or what pandas made of a row
_NUMBERED = [b"%d" % column for column in range(COLUMNS)]
_COMMA, _NEWLINE = ord(","), ord("\n")


def read(path: str | Path) -> Raw:
    """Reads a file, gzipped or not: pixels and labels as they are there, uint8 (n, 784), (n,).

    The files have no header. What `pandas.read_csv` made of the first row of one, when it was read
    and written without header=None, is undone ("0.1", "0.2" are further zeros); a header of words,
    or of the columns' numbers, is left out.

    Raises LenetError, naming file and line, for another number of columns, a value that is not an
    integer of 0..255, and more than a million rows.
    """
    blocks: list[npt.NDArray[np.uint8]] = []
    rows = 0
    try:
        with open_bytes(path) as stream:
            blocks.append(_first_row(stream.readline(_HEADER), path))
            for chunk in _whole_lines(stream, path):
                blocks.append(_parse(chunk, path, rows + 2))
                rows += len(blocks[-1])
                if rows > MAX_ROWS:
                    raise LenetError(f"{path}: more than {MAX_ROWS:,} rows; split the file")
    except READ_ERRORS as error:
        raise read_error(path, error) from None
    table = np.concatenate(blocks)
    return table[:, 1:], np.ascontiguousarray(table[:, 0])


def _first_row(line: bytes, path: str | Path) -> npt.NDArray[np.uint8]:
    """The first line as uint8 (1, 785); (0, 785) for a header."""
    line = line.removeprefix(b"\xef\xbb\xbf")
    words = line.strip().split(b",")
    if not line.strip() or re.match(rb'"?[A-Za-z]', line) or words == _NUMBERED:
        return np.empty((0, COLUMNS), np.uint8)
    if all(re.fullmatch(rb"[0-9]{1,3}(\.[0-9]{1,3})?", word) for word in words):
        line = b",".join(word.partition(b".")[0] for word in words) + b"\n"
    return _parse(line, path, 1)


def _whole_lines(stream: BinaryIO, path: str | Path) -> Iterator[bytes]:
    """The rest of a file in chunks that end with a line."""
    rest = b""
    while data := stream.read(_CHUNK):
        data = rest + data
        end = data.rfind(b"\n") + 1
        if end == 0 and len(data) > _LINE:
            raise LenetError(f"{path}: a line of more than {_LINE} bytes; give EMNIST's CSV")
        rest = data[end:]
        if end:
            yield data[:end]
    if rest.strip():
        yield rest + b"\n"


def _parse(text: bytes, path: str | Path, line: int) -> npt.NDArray[np.uint8]:
    """Whole lines as uint8 (rows, 785); `line` is the number of the first."""
    if b"\r" in text:
        text = text.replace(b"\r", b"")
    text = text.rstrip(b"\n") + b"\n"
    characters = np.frombuffer(b"000" + text, np.uint8)  # so that three before an end exist
    ends = np.flatnonzero(characters < ord("0"))  # commas and newlines, if all is well
    lengths = np.diff(ends, prepend=2) - 1
    newline = characters[ends] == _NEWLINE
    strange = np.flatnonzero(~newline & (characters[ends] != _COMMA))
    if strange.size:
        raise _no_integer(path, line + int(newline[: strange[0]].sum()))
    wrong = np.flatnonzero(newline != (np.arange(1, len(ends) + 1) % COLUMNS == 0))
    if wrong.size:
        row = int(newline[: wrong[0]].sum())
        columns = len(text.split(b"\n", row + 1)[row].split(b","))
        raise LenetError(
            f"{path}:{line + row}: {columns} columns instead of {COLUMNS}: "
            "give EMNIST's CSV, a label and 784 pixels a line, without an index"
        )
    digits = characters - np.uint8(ord("0"))
    values = digits[ends - 1].astype(np.int16)
    values += np.where(lengths > 1, digits[ends - 2], 0) * np.int16(10)
    values += np.where(lengths > 2, digits[ends - 3], 0) * np.int16(100)
    bad = (lengths < 1) | (lengths > 3) | (values > 255)
    if bad.any() or (characters > ord("9")).any():
        raise _no_integer(path, line + (int(np.argmax(bad)) // COLUMNS if bad.any() else 0))
    return values.astype(np.uint8).reshape(-1, COLUMNS)


def _no_integer(path: str | Path, line: int) -> LenetError:
    return LenetError(
        f"{path}:{line}: a value here or below is no integer of 0..255; "
        "give EMNIST's CSV as it was downloaded"
    )
