"""Read files of images of 784 bytes, one after another: NPZ and IDX.

Where they are stored as they are, a range of rows is read by seeking; packed ones are read from the
beginning.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import BinaryIO, NamedTuple, cast

import numpy as np

from lenet.bulk.sources.reader import BATCH, Item, ReadPiece, SourceReader, ranges, upright
from lenet.bulk.sources.streams import DAMAGES, describe, open_source
from lenet.bulk.types import Batch, Part, Piece, ReadOptions, Reject, Source
from lenet.engine.abi import SIDE

ROW = SIDE * SIDE  # bytes


class Rows(NamedTuple):
    """Where the images of an open file are.

    Attributes:
        stream: the bytes, in which at least reading forward is fast.
        offset: of the first image.
        total: number of images.
    """

    stream: BinaryIO
    offset: int
    total: int


Locate = Callable[[BinaryIO, str], AbstractContextManager[Rows]]


class RowsReader(SourceReader):
    """Reads a file of images of 784 bytes."""

    def __init__(self, options: ReadOptions, locate: Locate) -> None:
        """Take the function that finds the images in a stream."""
        super().__init__(options)
        self._locate = locate

    def plan(self, source: Source, size: int) -> Iterator[Part]:
        """Yield ranges of rows."""
        with open_source(source) as stream, self._locate(stream, source.uri) as rows:
            yield from ranges(rows.total, size)

    @contextmanager
    def open(self, source: Source) -> Iterator[ReadPiece]:
        """Open a file of images."""
        with open_source(source) as stream, self._locate(stream, source.uri) as rows:
            yield lambda piece: self._read_rows(rows, source.uri, piece)

    def _read_rows(self, rows: Rows, uri: str, piece: Piece) -> Iterator[Item]:
        start, error = piece.start, _seek(rows, piece.start)
        while start < piece.stop and error is None:
            data, error = _read(rows.stream, ROW * (min(start + BATCH, piece.stop) - start))
            stop = start + len(data) // ROW
            if stop == rows.total and error is None:
                _, error = _read(rows.stream, 1)  # a packed stream checks its checksum at its end
                stop = stop if error is None or isinstance(error, EOFError) else start
            if stop > start:
                images = np.frombuffer(data, np.uint8, ROW * (stop - start)).reshape(-1, SIDE, SIDE)
                names = [f"{uri}:{number}" for number in range(start + 1, stop + 1)]
                yield Batch(names, upright(images, self.options))
                start = stop
        # Nothing after a damage can be unpacked.
        reason = f"the data are damaged here or before ({describe(error or EOFError())}); copy the file again"
        for row in range(start, piece.stop):
            yield Reject(f"{uri}:{row + 1}", row, reason)


def _seek(rows: Rows, row: int) -> Exception | None:
    """Seek to a row; return the error of a damage before it."""
    try:
        rows.stream.seek(rows.offset + ROW * row)
    except DAMAGES as error:
        return error
    return None


def _read(stream: BinaryIO, size: int) -> tuple[bytes, Exception | None]:
    """Read `size` bytes; return the bytes up to a damage and its error, if there is one."""
    blocks: list[bytes] = []
    try:
        while size and (block := cast(io.BufferedReader, stream).read1(size)):
            blocks.append(block)
            size -= len(block)
    except DAMAGES as error:
        return b"".join(blocks), error
    return b"".join(blocks), EOFError() if size else None


def reader(kind: str, options: ReadOptions) -> RowsReader:
    """Return the reader of NPZ or IDX."""
    from lenet.bulk.sources import idx, npz

    return RowsReader(options, npz.locate if kind == "npz" else idx.locate)
