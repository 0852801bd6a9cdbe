"""The values of batch prediction: sources, shards, batches of letters, rejected items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Source:
    """An input, as the manifest records it.

    Attributes:
        uri: a path, or an address such as `s3://bucket/letters.parquet`.
        kind: the reader's name: "npz", "parquet", "tar", "zip", "folder", ...
        size: bytes; 0 for a folder.
        digest: hexadecimal SHA-256 of the bytes; of an object store, the ETag.
        is_sequential: it can only be read from the beginning (compressed), so one process reads it for all.
    """

    uri: str
    kind: str
    size: int
    digest: str
    is_sequential: bool = False


class Piece(NamedTuple):
    """A part of a source, `[start, stop)` in the reader's unit: rows, bytes, members."""

    source: int
    start: int
    stop: int


@dataclass(frozen=True)
class Shard:
    """The letters of one output file.

    Attributes:
        number: from 0, in the names of its files.
        pieces: parts of sources, in their order.
        letters: number of letters, as planned; None where only reading tells (drawings).
        digest: hexadecimal SHA-256 of the pieces with the digests of sources, model and options.
    """

    number: int
    pieces: tuple[Piece, ...]
    letters: int | None
    digest: str


class Batch(NamedTuple):
    """Letters in the order of their source.

    Attributes:
        sources: n names, as `lenet predict` prints them: "letters.npz:17" (from 1), "scans.zip:a/b.png".
        images: uint8 (n, 28, 28), upright, bright ink; blank for an empty drawing.
    """

    sources: list[str]
    images: npt.NDArray[np.uint8]


class Reject(NamedTuple):
    """An item that cannot be read.

    Attributes:
        source: its name, as in `Batch`.
        offset: where it begins in the source, in the reader's unit.
        reason: one line.
    """

    source: str
    offset: int
    reason: str


class Reader(Protocol):
    """Reads one kind of source."""

    def read(self, source: Source, piece: Piece) -> Iterator[Batch | Reject]:
        """Yield the letters and the rejected items of a piece, in their order, in bounded memory.

        Raises:
            DataError: the source has changed since it was planned, or cannot be opened.
        """
