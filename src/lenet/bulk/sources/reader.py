"""The base of readers: open a source, read pieces of it, and read on in a sequential one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from lenet.bulk.types import Batch, Part, Piece, ReadOptions, Reject, Source
from lenet.ink import Orientation

Item: TypeAlias = "Batch | Reject"
ReadPiece: TypeAlias = Callable[[Piece], Iterator[Item]]

BATCH = 1024  # letters


class SourceReader(ABC):
    """Reads a kind of source by opening it once, for one piece, or for the pieces of a sequential source."""

    def __init__(self, options: ReadOptions) -> None:
        """Take the options."""
        self.options = options
        self._stack = ExitStack()
        self._source: Source | None = None
        self._read: ReadPiece | None = None
        self._position = 0

    @abstractmethod
    def plan(self, source: Source, size: int) -> Iterator[Part]:
        """Yield the parts of a source; see `Reader.plan`."""

    @abstractmethod
    def open(self, source: Source) -> AbstractContextManager[ReadPiece]:
        """Open a source; the function that it gives reads pieces of it, in their order."""

    def read(self, source: Source, piece: Piece) -> Iterator[Item]:
        """Yield the letters and the rejected items of a piece; see `Reader.read`."""
        if not source.is_sequential:
            with self.open(source) as read:
                yield from read(piece)
            return
        if self._read is None or source != self._source or piece.start < self._position:
            self.close()
            self._source, self._read = source, self._stack.enter_context(self.open(source))
        self._position = piece.stop
        yield from self._read(piece)

    def close(self) -> None:
        """Close a sequential source that is open."""
        self._read = None
        self._stack.close()


def upright(images: npt.NDArray[np.uint8], options: ReadOptions) -> npt.NDArray[np.uint8]:
    """Return stored images, uint8 (..., 28, 28), as upright ones with bright ink."""
    if options.orientation is not Orientation.UPRIGHT:
        images = np.ascontiguousarray(options.orientation.inverse.apply(images))
    return 255 - images if options.invert else images


def ranges(count: int, size: int) -> Iterator[Part]:
    """Yield the parts of `count` rows, each of at most `size`."""
    for start in range(0, count, size):
        stop = min(start + size, count)
        yield Part(start, stop, start, stop - start)
