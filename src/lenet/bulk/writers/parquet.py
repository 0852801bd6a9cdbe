"""Parquet: columns of letters, with dictionaries, checksums of pages and the shard's mark in the footer."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import numpy.typing as npt

from lenet._util.extras import is_installed
from lenet.bulk.storage import Target
from lenet.bulk.writers.types import Letters, Mark
from lenet.errors import DataError, MissingDependencyError
from lenet.metrics.decision import VERDICTS

if TYPE_CHECKING:
    import pyarrow as pa

_KEY = b"lenet"
_LABEL = "candidates.list.element.label"
_TAIL = 8  # bytes: the footer's length, and "PAR1"
_ROWS = 65_536  # of a batch that `check` reads


def pyarrow_version() -> str:
    """Return the version of pyarrow. Raise MissingDependencyError if it is not installed."""
    if not is_installed("pyarrow"):
        raise MissingDependencyError(
            'pyarrow is not installed; pip install "lenet[bulk]", or write --format jsonl'
        )
    import pyarrow as pa

    return str(pa.__version__)


class ParquetWriter:
    """Writes one row group for a shard."""

    def part(self, number: int) -> str:
        """Return the name of a shard's file."""
        return f"part-{number:05d}.parquet"

    mark_name = part

    def encode(self, letters: Letters, mark: Mark, stream: BinaryIO) -> None:
        """Write letters."""
        import pyarrow.parquet as pq

        table = _table(letters)
        with pq.ParquetWriter(
            stream,
            table.schema,
            version="2.6",
            data_page_version="1.0",
            compression="zstd",
            compression_level=1,
            use_dictionary=["letter", "verdict", _LABEL],
            column_encoding={"source": "DELTA_BYTE_ARRAY"},  # names share their beginnings
            write_statistics=["letter", "verdict", "confidence"],
            write_page_checksum=True,
        ) as writer:
            writer.write_table(table, row_group_size=max(len(table), 1))
            writer.add_key_value_metadata({_KEY: mark.to_json()})

    def put(self, target: Target, number: int, letters: Letters, mark: Mark) -> None:
        """Write a shard's letters."""
        target.put_if_absent(self.part(number), lambda stream: self.encode(letters, mark, stream))

    def mark(self, target: Target, number: int) -> Mark:
        """Return the mark in a file's footer."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        name = self.part(number)
        place = f"{target}: {name}"
        tail = target.footer(name, _TAIL)
        if len(tail) == _TAIL and tail.endswith(b"PAR1"):
            footer = target.footer(name, struct.unpack("<I", tail[:4])[0] + _TAIL)
            try:
                metadata = pq.read_metadata(pa.BufferReader(footer)).metadata or {}
                return Mark.from_json(metadata[_KEY], place)
            except (KeyError, pa.ArrowException, OSError):
                pass
        raise DataError(f"{place}: is damaged, or not of this run; remove it, or choose another folder")

    def check(self, target: Target, number: int, mark: Mark) -> int:
        """Read all pages, whose checksums are compared; return the number of rows."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        name = self.part(number)
        try:
            with target.open(name) as stream:
                file = pq.ParquetFile(stream, page_checksum_verification=True)
                return sum(batch.num_rows for batch in file.iter_batches(_ROWS))
        except (pa.ArrowException, OSError):
            raise DataError(f"{target}: {name}: is damaged; remove it and run again") from None


def _table(letters: Letters) -> pa.Table:
    """Return letters as a table: source, letter, verdict, confidence, candidates, logits."""
    import pyarrow as pa

    raw, best = letters.raw, letters.best
    labels, verdicts = pa.array(list(letters.labels)), pa.array([str(verdict) for verdict in VERDICTS])
    ends = np.zeros(len(raw) + 1, np.int32)
    np.cumsum(raw["candidates"], out=ends[1:])
    present = raw["classes"] >= 0
    candidates = pa.StructArray.from_arrays(
        [
            _dictionary(raw["classes"][present], labels),
            pa.array(raw["probabilities"][present]),
        ],
        ["label", "probability"],
    )
    columns = {
        "source": _strings(letters.sources),
        "letter": _dictionary(best, labels),
        "verdict": _dictionary(raw["verdict"], verdicts),
        "confidence": pa.array(np.ascontiguousarray(raw["probabilities"][:, 0])),
        "candidates": pa.ListArray.from_arrays(pa.array(ends), candidates),
    }
    if letters.logits is not None:
        values = pa.array(letters.logits.ravel())
        columns["logits"] = pa.FixedSizeListArray.from_arrays(values, len(letters.labels))
    return pa.table(columns)


def _strings(values: list[str]) -> pa.Array:
    """Return an array of strings; a name of a file may hold bytes that are not UTF-8."""
    import pyarrow as pa

    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        return pa.array([value.encode(errors="backslashreplace").decode() for value in values], pa.string())


def _dictionary(indices: npt.NDArray[np.int32], values: pa.Array) -> pa.DictionaryArray:
    """Return an array of some values by their indices; a negative index is null."""
    import pyarrow as pa

    narrow: npt.NDArray[Any] = indices.astype(np.int8 if len(values) <= 127 else np.int16)
    return pa.DictionaryArray.from_arrays(pa.array(narrow, mask=narrow < 0), values)
