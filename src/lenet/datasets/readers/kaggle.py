"""Read EMNIST as comma-separated values, as on Kaggle: a label and 784 pixels a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from lenet._util.files import READ_ERRORS, open_bytes, read_error
from lenet.datasets.dataset import MAX_ROWS, SIDE
from lenet.datasets.emnist.splits import Raw
from lenet.errors import DataError, LenetError

COLUMNS = 1 + SIDE * SIDE
ROWS = 4096  # parsed at a time
_LINE = 4 * COLUMNS + 2  # bytes of the longest line: three digits and a comma each, CR LF
_HEADER = 2**16  # bytes of the longest first line, which may be a header
_NUMBERED = [b"%d" % column for column in range(COLUMNS)]


def read(path: str | Path) -> Raw:
    """Read a file, gzipped or not: pixels and labels as stored, uint8 (n, 784), (n,).

    The original files have no header. If `pandas` read and wrote a file without header=None, it
    took the first row for column names and numbered repeated ones ("0.1", "0.2" for further zeros).
    This row is restored. A header of words, or of the columns' numbers, is skipped.

    Raises:
        LenetError: another number of columns, a value that is not an integer of 0..255, or more
            than a million rows. The message names the file and the line.
    """
    blocks: list[npt.NDArray[np.uint8]] = []
    rows = 0
    try:
        with open_bytes(path) as stream:
            blocks.append(_first_row(stream.readline(_HEADER), path))
            for lines in _chunks(stream, path):
                blocks.append(_parse(lines, path, rows + 2))
                rows += len(blocks[-1])
                if len(blocks[-1]):
                    stream.budget.restart()
                if rows > MAX_ROWS:
                    raise DataError(f"{path}: more than {MAX_ROWS:,} rows; split the file")
    except READ_ERRORS as error:
        raise read_error(path, error) from None
    table = np.concatenate(blocks)
    return table[:, 1:], np.ascontiguousarray(table[:, 0])


def _first_row(line: bytes, path: str | Path) -> npt.NDArray[np.uint8]:
    """Return the first line as uint8 (1, 785); (0, 785) for a header."""
    line = line.removeprefix(b"\xef\xbb\xbf")
    words = line.strip().split(b",")
    if not line.strip() or re.match(rb'"?[A-Za-z]', line) or words == _NUMBERED:
        return np.empty((0, COLUMNS), np.uint8)
    if all(re.fullmatch(rb"[0-9]{1,3}(\.[0-9]{1,3})?", word) for word in words):
        is_numbered = b"." in line
        line = b",".join(word.partition(b".")[0] for word in words) + b"\n"
        if is_numbered and not re.search(rb"[1-9]", line):  # zeros alone: no row, as in Kaggle's A-Z
            return np.empty((0, COLUMNS), np.uint8)
    return _parse([line], path, 1)


def _chunks(stream: BinaryIO, path: str | Path) -> Iterator[list[bytes]]:
    """Yield the remaining lines, ROWS at a time."""
    while lines := list(islice(_lines(stream, path), ROWS)):
        yield lines


def _lines(stream: BinaryIO, path: str | Path) -> Iterator[bytes]:
    while line := stream.readline(_LINE + 1):
        if len(line) > _LINE:
            raise DataError(f"{path}: a line of more than {_LINE} bytes; give EMNIST's CSV")
        yield line


def _parse(lines: Sequence[bytes], path: str | Path, first: int) -> npt.NDArray[np.uint8]:
    """Return lines as uint8 (rows, 785); `first` is the number of the first line in the file."""
    blank = next((k for k, line in enumerate(lines) if not line.strip()), len(lines))
    if any(line.strip() for line in lines[blank:]):
        raise _wrong_columns(path, first + blank, 1)
    if blank == 0:
        return np.empty((0, COLUMNS), np.uint8)
    try:
        values = np.loadtxt(lines, np.int16, delimiter=",", comments=None, ndmin=2)
    except ValueError as error:
        if counts := re.search(r"from \d+ to (\d+) at row (\d+)", str(error)):
            raise _wrong_columns(path, first + int(counts[2]) - 1, int(counts[1])) from None
        row = re.search(r"at row (\d+)", str(error))
        raise _not_an_integer(path, first + (int(row[1]) if row else 0)) from None
    if values.shape[1] != COLUMNS:
        raise _wrong_columns(path, first, values.shape[1])
    outside = ((values < 0) | (values > 255)).any(axis=1)
    if outside.any():
        raise _not_an_integer(path, first + int(outside.argmax()))
    return values.astype(np.uint8)


def _wrong_columns(path: str | Path, line: int, columns: int) -> LenetError:
    return DataError(
        f"{path}:{line}: {columns} columns instead of {COLUMNS}: "
        "give EMNIST's CSV, a label and 784 pixels a line, without an index"
    )


def _not_an_integer(path: str | Path, line: int) -> LenetError:
    return DataError(
        f"{path}:{line}: a value is not an integer of 0..255; give EMNIST's CSV as it was downloaded"
    )
