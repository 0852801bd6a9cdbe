"""Read letters in an Arrow IPC file, or from the beginning in an IPC stream; a piece is a range of rows.

Files of this machine are mapped into memory, so that a record batch of any size needs none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any, BinaryIO

from lenet._util.extras import require
from lenet.bulk import storage
from lenet.bulk.sources import columns
from lenet.bulk.sources.reader import BATCH, Item, ReadPiece, SourceReader, ranges
from lenet.bulk.sources.streams import describe, open_source
from lenet.bulk.types import Part, Piece, ReadOptions, Reject, Source
from lenet.errors import DataError, LenetError

if TYPE_CHECKING:
    import pyarrow as pa

FILE_MAGIC = b"ARROW1"


class ArrowReader(SourceReader):
    """Reads letters in Arrow's format."""

    def plan(self, source: Source, size: int) -> Iterator[Part]:
        """Yield ranges of rows; the damaged rest of a file is one row."""
        return ranges(_starts(source)[-1], size)

    @contextmanager
    def open(self, source: Source) -> Iterator[ReadPiece]:
        """Open a file or a stream."""
        with _open(source) as reader:
            rows = _Rows(_batches(reader), 0)

            def read(piece: Piece) -> Iterator[Item]:
                if source.is_sequential:
                    return self._letters(rows, source.uri, piece)
                starts = _starts(source)
                number = bisect_right(starts, piece.start) - 1
                there = _Rows(_batches(reader, number), starts[number])
                return self._letters(there, source.uri, piece)

            yield read

    def _letters(self, rows: _Rows, uri: str, piece: Piece) -> Iterator[Item]:
        position = piece.start
        try:
            for column in rows.read(piece.start, piece.stop):
                for start in range(0, len(column), BATCH):
                    part = column.slice(start, BATCH)
                    part.validate(full=True)
                    yield from columns.letters(part, position, uri, self.options)
                    position += len(part)
        except LenetError:
            raise
        except Exception as error:  # on damaged bytes nearly anything
            reason = f"the data are damaged here or before ({describe(error)}); copy the file again"
            for row in range(position, piece.stop):
                yield Reject(f"{uri}:{row + 1}", row, reason)


class _Rows:
    """The rows of record batches, read forward."""

    def __init__(self, batches: Iterator[pa.RecordBatch], first: int) -> None:
        self._batches = batches
        self._position = first  # of the first row of `_batch`
        self._batch: pa.RecordBatch | None = None

    def read(self, start: int, stop: int) -> Iterator[pa.Array]:
        """Yield the images of the rows `[start, stop)` in parts."""
        while self._position < stop:
            batch = next(self._batches) if self._batch is None else self._batch
            first, end = self._position, self._position + batch.num_rows
            self._batch = batch if end > stop else None  # the rest is for the next piece
            self._position = first if self._batch else end
            if max(start, first) < min(end, stop):
                yield batch.column(columns.COLUMN)[max(start, first) - first : min(end, stop) - first]
            if self._batch:
                return


@contextmanager
def _open(source: Source) -> Iterator[Any]:
    """Open a file or a stream with pyarrow.

    Raises:
        DataError: it has changed, is damaged, or has no images.
    """
    require("pyarrow", "bulk")
    import pyarrow as pa

    with open_source(source) as stream:
        try:
            data = stream if storage.is_remote(source.uri) else pa.memory_map(source.uri)
            reader = pa.ipc.open_file(data) if _is_file(stream) else pa.ipc.open_stream(data)
            columns.check(reader.schema, source.uri)
        except LenetError:
            raise
        except Exception as error:  # on hostile bytes nearly anything
            reason = describe(error)
            raise DataError(f"{source.uri}: damaged or no Arrow file ({reason}); copy it again") from None
        yield reader


def _is_file(stream: BinaryIO) -> bool:
    magic = stream.read(len(FILE_MAGIC))
    stream.seek(0)
    return magic == FILE_MAGIC


def _batches(reader: Any, start: int = 0) -> Iterator[pa.RecordBatch]:
    """Yield the record batches of a file, from a number on, or of a stream."""
    if not hasattr(reader, "num_record_batches"):
        return chain(reader)
    return (reader.get_batch(number) for number in range(start, reader.num_record_batches))


@lru_cache(maxsize=1)
def _starts(source: Source) -> list[int]:
    """Return the number of the first row of each record batch, and of rows; a damaged rest is one row."""
    counts: list[int] = []
    with _open(source) as reader:
        try:
            counts.extend(batch.num_rows for batch in _batches(reader))
        except LenetError:
            raise
        except Exception:  # on damaged bytes nearly anything
            counts.append(1)
    return [*accumulate(counts, initial=0)]


def reader(kind: str, options: ReadOptions) -> ArrowReader:
    """Return the reader of Arrow's files and streams."""
    return ArrowReader(options)
