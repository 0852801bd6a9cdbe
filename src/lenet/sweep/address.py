"""A row of a sweep's table by its address: FILE:NUMBER or FILE:DIGEST."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lenet._util.extras import require
from lenet._util.files import open_file, read_error
from lenet.errors import DataError
from lenet.sweep.results import Results
from lenet.sweep.trial import Trial

MAX_ROWS = 1_000_000
MAX_TEXT = 2**30  # bytes of the configurations of a Parquet file, unpacked
MIN_DIGITS = 8  # of a digest; a shorter number is that of a row


class _Entry(NamedTuple):
    digest: str
    configuration: str


def read_trial(address: str) -> Trial:
    """Return the trial of a row.

    Args:
        address: "sweep.parquet:1234", the number of a row from 0 on, or "results.jsonl:0cc9d5ce", the
            first digits of a digest.

    Raises:
        DataError: the file cannot be read, or has no such row.
        MissingDependencyError: pyarrow, for Parquet, is not installed.
    """
    name, _, word = address.rpartition(":")
    if not name or not re.fullmatch(r"[0-9a-f]{1,64}", word):
        raise DataError(f"{address}: no row is named; give FILE:NUMBER, or FILE:DIGEST of 8 digits or more")
    path = Path(name)
    entries = _parquet(path) if _is_parquet(path) else _jsonl(path)
    entry = _find(entries, word, address)
    try:
        trial = Trial.from_json(json.loads(entry.configuration))
        if trial.digest != entry.digest:
            raise ValueError("the digest is not that of the configuration")
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{address}: not a row of a sweep ({reason:.80}); copy the file again") from None
    return trial


def _find(entries: Sequence[_Entry], word: str, address: str) -> _Entry:
    if len(word) < MIN_DIGITS and word.isdecimal():
        if int(word) >= len(entries):
            raise DataError(f"{address}: no such row; there are {len(entries):,}, numbered from 0")
        return entries[int(word)]
    matches = [entry for entry in entries if entry.digest.startswith(word)]
    if len(matches) != 1 or len(word) < MIN_DIGITS:
        number = f"{len(matches)} digests begin" if matches else "no digest begins"
        problem = f"{number} with {word}" if len(word) >= MIN_DIGITS else "too few digits"
        raise DataError(f"{address}: {problem}; give {MIN_DIGITS} or more digits of one")
    return matches[0]


def _is_parquet(path: Path) -> bool:
    try:
        with open_file(path) as stream:
            return stream.read(4) == b"PAR1"
    except OSError as error:
        raise read_error(path, error) from None


def _jsonl(path: Path) -> list[_Entry]:
    rows = Results(path).rows.values()
    return [_Entry(row.trial.digest, row.trial.configuration) for row in rows]


def _parquet(path: Path) -> list[_Entry]:
    require("pyarrow", "bulk")
    import pyarrow as pa
    from pyarrow import parquet

    names = list(_Entry._fields)
    try:
        with parquet.ParquetFile(path) as file:
            size = sum(
                group.column(k).total_uncompressed_size
                for group in map(file.metadata.row_group, range(file.metadata.num_row_groups))
                for k in range(group.num_columns)
                if group.column(k).path_in_schema in names
            )
            if file.metadata.num_rows > MAX_ROWS or size > MAX_TEXT:
                raise DataError(f"{path}: too large for the table of a sweep; give sweep.parquet of one")
            columns = file.read(columns=names).to_pydict()
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        reason = " ".join(str(error).split())
        raise DataError(f"{path}: not the table of a sweep ({reason:.80}); copy the file again") from None
    if set(columns) != set(names) or not all(isinstance(text, str) for c in columns.values() for text in c):
        raise DataError(f"{path}: not the table of a sweep; give sweep.parquet of one")
    return [_Entry(*row) for row in zip(columns["digest"], columns["configuration"], strict=True)]
