"""Readers of letters in archives: a module for each kind of source.

Rules: a reader needs constant memory, and rejects a damaged item without stopping at it.
"""

from __future__ import annotations

from importlib import import_module

from lenet.bulk.types import Reader, ReadOptions

_READERS = {
    "npz": "rows",
    "idx": "rows",
    "folder": "folder",
    "picture": "whole",
    "tar": "tar_file",
    "zip": "zip_file",
    "parquet": "parquet",
    "arrow": "arrow",
    "jsonl": "jsonl",
    "strokes": "whole",
}
"""The module of each kind's reader, which is imported when it is needed."""


def reader_of(kind: str, options: ReadOptions) -> Reader:
    """Return the reader of a kind of source."""
    reader: Reader = import_module(f"lenet.bulk.sources.{_READERS[kind]}").reader(kind, options)
    return reader
