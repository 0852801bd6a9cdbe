"""The values of batch prediction: sources, shards, batches of letters, rejected items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from lenet.engine.abi import DEFAULT_PEN
from lenet.ink import Orientation


@dataclass(frozen=True)
class Source:
    """An input, as the manifest records it.

    Attributes:
        uri: a path, or an address such as `s3://bucket/letters.parquet`.
        kind: the reader's name: "npz", "parquet", "tar", "zip", "folder", ...
        size: bytes; 0 for a folder.
        digest: hexadecimal SHA-256 of the bytes; of an object store, the ETag.
        is_sequential: it can only be read from the beginning (compressed), so one process reads it for all.
        modified: time of its last change when it was planned, as the file system tells it; 0 if unknown.
            Readers compare it; it is not part of a manifest.
    """

    uri: str
    kind: str
    size: int
    digest: str
    is_sequential: bool = False
    modified: int = field(default=0, compare=False)


@dataclass(frozen=True)
class ReadOptions:
    """How letters are read; part of the manifest.

    Attributes:
        pen_width: of drawings, the model's; see `lenet.ink.rasterize`.
        preprocess: whether pictures are cleaned and rasterized; if not, they must be 28x28.
        orientation: how images are stored.
        invert: whether images are dark ink on a light ground.
    """

    pen_width: float = DEFAULT_PEN
    preprocess: bool = True
    orientation: Orientation = Orientation.UPRIGHT
    invert: bool = False


class Piece(NamedTuple):
    """A part of a source.

    Attributes:
        source: number of the source, from 0.
        start: where it begins, in the reader's unit: rows, bytes or members.
        stop: where it ends.
        first: number of its first item in the source, from 0, where a reader needs it for names.
    """

    source: int
    start: int
    stop: int
    first: int = 0


class Part(NamedTuple):
    """A part of a source that a reader plans: the numbers of a `Piece`, and its size.

    Attributes:
        start: as in `Piece`.
        stop: as in `Piece`.
        first: as in `Piece`.
        items: number of items, of which each becomes a letter or is rejected. A line of strokes may have
            several letters.
        is_exact: whether each item is one letter or is rejected.
    """

    start: int
    stop: int
    first: int
    items: int
    is_exact: bool = True


@dataclass(frozen=True)
class Shard:
    """The letters of one output file.

    Attributes:
        number: from 0, in the names of its files.
        pieces: parts of sources, in their order.
        letters: number of letters and rejected items; None where only reading tells (drawings).
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

    def plan(self, source: Source, size: int) -> Iterator[Part]:
        """Yield the parts of a source, in their order, each of at most `size` items.

        A row group of Parquet, up to 65,536 rows, is not divided.

        Raises:
            DataError: the source cannot be read.
        """

    def read(self, source: Source, piece: Piece) -> Iterator[Batch | Reject]:
        """Yield the letters of a piece in their order, and the rejected items in theirs.

        Memory is bounded.

        A reader is kept for many pieces. If its source is sequential, it keeps the stream open after a
        piece, reads on where the next piece begins there or later, and begins anew for an earlier one.

        Raises:
            DataError: the source has changed since it was planned, or cannot be opened.
        """

    def close(self) -> None:
        """Close a sequential source that is still open."""
