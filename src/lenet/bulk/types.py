"""The values of batch prediction: sources, shards, batches of letters, rejected items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
    """

    uri: str
    kind: str
    size: int
    digest: str
    is_sequential: bool = False


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

        A reader is kept for many pieces. If its source is sequential, it keeps the stream open after a
        piece, reads on where the next piece begins there or later, and begins anew for an earlier one.

        Raises:
            DataError: the source has changed since it was planned, or cannot be opened.
        """
