"""The results of a sweep: a file of JSON Lines that is appended to, and its compact form in Parquet."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from lenet._util.files import open_file, read_error
from lenet.errors import DataError, LenetError
from lenet.sweep.row import Row

RESULTS = "results.jsonl"
MAX_LINE = 2**20  # bytes


class Results:
    """The rows of a sweep by their digest; each is on the disk before it is among them."""

    def __init__(self, path: Path) -> None:
        """Read the file, which need not exist; drop a last line that a killed process left unfinished.

        Raises:
            DataError: another line is not a row; the message names it.
        """
        self.path = path
        self.rows: dict[str, Row] = {}
        self._size = 0
        if not path.exists():
            return
        for number, line in enumerate(_lines(path), 1):
            if not line.endswith(b"\n"):
                break
            self._add(line, number)
            self._size += len(line)

    def _add(self, line: bytes, number: int) -> None:
        try:
            row = Row.from_line(line)
        except (ValueError, RecursionError) as error:
            reason = " ".join(str(error).split())
            raise DataError(
                f"{self.path}:{number}: not a row of results ({reason:.80}); remove the line"
            ) from None
        self.rows[row.trial.digest] = row

    def append(self, row: Row) -> None:
        """Write a row and wait until it is on the disk.

        Raises:
            LenetError: it cannot be written; the rows before it are kept.
        """
        line = row.to_line()
        try:
            with self.path.open("ab") as stream:
                stream.truncate(self._size)  # an unfinished line
                stream.seek(self._size)
                try:
                    stream.write(line)
                    stream.flush()
                    os.fsync(stream.fileno())
                except OSError:
                    with suppress(OSError):
                        os.ftruncate(stream.fileno(), self._size)
                    raise
        except OSError as error:
            raise LenetError(
                f"{self.path}: cannot be written ({error.strerror or error}); {len(self.rows):,} results are "
                "kept: free space and run the command again"
            ) from None
        self._size += len(line)
        self.rows[row.trial.digest] = row

    def sorted(self) -> list[Row]:
        """Return the rows in the order of their digests."""
        return [self.rows[digest] for digest in sorted(self.rows)]


def read_results(folder: Path) -> list[Row]:
    """Return the rows in a folder of `lenet sweep run`, in the order of their digests.

    Raises:
        DataError: there are no results, or they are damaged.
    """
    path = folder / RESULTS
    if not path.is_file():
        raise DataError(f"{folder}: holds no {RESULTS}; give the folder of `lenet sweep run`")
    return Results(path).sorted()


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file with their ends. Raise DataError for one that is too long."""
    try:
        with open_file(path) as stream:
            while line := stream.readline(MAX_LINE):
                if len(line) == MAX_LINE:
                    raise DataError(f"{path}: a line is longer than {MAX_LINE // 2**20} MiB; not results")
                yield line
    except OSError as error:
        raise read_error(path, error) from None
