"""Read letters in a Parquet file, with pyarrow; a piece is a range of rows.

A range in a row group cannot be reached without reading the rows before it. So a row group is not divided;
where one is large, the file is read from its beginning. Of both, a batch of rows is in memory at once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from typing import TYPE_CHECKING, BinaryIO

from lenet._util.extras import require
from lenet.bulk.sources import columns
from lenet.bulk.sources.reader import BATCH, Item, ReadPiece, SourceReader, ranges
from lenet.bulk.sources.streams import describe, open_source
from lenet.bulk.types import Part, Piece, ReadOptions, Reject, Source
from lenet.errors import DataError, LenetError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_MAX_GROUP = 65_536  # rows of a group that is read as a whole
_BATCH_BYTES = 2**24
_BUFFER = 2**20  # bytes of a column that are in memory at once


def is_sequential(stream: BinaryIO, uri: str) -> bool:
    """Tell whether a row group is too large for ranges. Raise DataError if the file cannot be read."""
    file = _open(stream, uri)
    return any(count > _MAX_GROUP for count in _counts(file))


def _open(stream: BinaryIO, uri: str) -> pq.ParquetFile:
    require("pyarrow", "bulk")
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(stream, buffer_size=_BUFFER, pre_buffer=False)
        columns.check(file.schema_arrow, uri)
    except LenetError:
        raise
    except Exception as error:  # on hostile bytes nearly anything
        raise DataError(f"{uri}: damaged or no Parquet file ({describe(error)}); copy it again") from None
    return file


def _counts(file: pq.ParquetFile) -> list[int]:
    return [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]


class ParquetReader(SourceReader):
    """Reads letters in a Parquet file."""

    def plan(self, source: Source, size: int) -> Iterator[Part]:
        """Yield ranges of whole row groups, also of one that is larger than `size`."""
        with open_source(source) as stream:
            counts = _counts(_open(stream, source.uri))
        if source.is_sequential:
            yield from ranges(sum(counts), size)
            return
        start = stop = 0
        for count in counts:
            if stop > start and stop - start + count > size:
                yield Part(start, stop, start, stop - start)
                start = stop
            stop += count
        if stop > start:
            yield Part(start, stop, start, stop - start)

    @contextmanager
    def open(self, source: Source) -> Iterator[ReadPiece]:
        """Open a file."""
        with open_source(source) as stream:
            rows = _Rows(_open(stream, source.uri))
            yield lambda piece: self._letters(rows, source.uri, piece)

    def _letters(self, rows: _Rows, uri: str, piece: Piece) -> Iterator[Item]:
        position = piece.start
        while position < piece.stop:
            stop = min(rows.end_of_group(position), piece.stop)
            try:
                for column in rows.read(position, stop):
                    yield from columns.letters(column, position, uri, self.options)
                    position += len(column)
            except LenetError:
                raise
            except Exception as error:  # on damaged bytes nearly anything
                reason = f"the data are damaged here or before ({describe(error)}); copy the file again"
                for row in range(position, stop):
                    yield Reject(f"{uri}:{row + 1}", row, reason)
            position = stop


class _Rows:
    """The rows of a file, read forward within a row group."""

    def __init__(self, file: pq.ParquetFile) -> None:
        self._file = file
        self._starts = [*accumulate(_counts(file), initial=0)]
        self._batches: Iterator[pa.RecordBatch] = iter(())
        self._column = columns.leaf(file.schema_arrow)
        self._group = -1
        self._position = 0  # of the first row that has not been returned
        self._rest: pa.Array | None = None  # of a batch

    def end_of_group(self, row: int) -> int:
        """Return the number of the row behind the group of a row."""
        return self._starts[bisect_right(self._starts, row)]

    def read(self, start: int, stop: int) -> Iterator[pa.Array]:
        """Yield the rows `[start, stop)` of one group in parts."""
        group = bisect_right(self._starts, start) - 1
        if group != self._group or start < self._position:
            self._batches = self._file.iter_batches(
                self._batch_size(group), row_groups=[group], columns=[self._column], use_threads=False
            )
            self._group, self._position, self._rest = group, self._starts[group], None
        while self._position < stop:
            column = next(self._batches).column(0) if self._rest is None else self._rest
            first = self._position
            begin, end = (min(max(row - first, 0), len(column)) for row in (start, stop))
            self._rest = column.slice(end) if end < len(column) else None
            self._position += end
            if end > begin:
                yield column.slice(begin, end - begin)

    def _batch_size(self, group: int) -> int:
        """Return a number of rows that needs little memory, by the mean size of a row."""
        row_group = self._file.metadata.row_group(group)
        mean = max(1, row_group.total_byte_size // max(1, row_group.num_rows))
        return int(max(1, min(BATCH, _BATCH_BYTES // mean)))


def reader(kind: str, options: ReadOptions) -> ParquetReader:
    """Return the reader of Parquet."""
    return ParquetReader(options)
