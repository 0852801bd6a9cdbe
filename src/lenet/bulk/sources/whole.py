"""Read a whole file as `lenet predict` does: a picture, or strokes that no other reader takes in parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from lenet.bulk.sources.pictures import Encoded, decode_all
from lenet.bulk.sources.reader import BATCH, Item, ReadPiece, SourceReader
from lenet.bulk.sources.streams import describe, open_source, printable
from lenet.bulk.types import Batch, Part, Piece, ReadOptions, Reject, Source
from lenet.engine.abi import SIDE
from lenet.errors import LenetError
from lenet.inference.inputs import read_inputs

_BYTES_OF_DRAWING = 500  # an estimate


class PictureReader(SourceReader):
    """Reads a file of one picture."""

    def plan(self, source: Source, size: int) -> Iterator[Part]:
        """Yield the file."""
        yield Part(0, source.size, 0, 1)

    @contextmanager
    def open(self, source: Source) -> Iterator[ReadPiece]:
        """Open the file."""
        with open_source(source) as stream:

            def read(piece: Piece) -> Iterator[Item]:
                picture = Encoded(printable(source.uri), 0, stream.read(piece.stop))
                return decode_all([picture], self.options)

            yield read


class StrokesReader(SourceReader):
    """Reads a file of strokes from its beginning to its end, or to the first drawing that is wrong."""

    def plan(self, source: Source, size: int) -> Iterator[Part]:
        """Yield the file, with an estimate of the number of letters."""
        items = min(size, 1 + source.size // _BYTES_OF_DRAWING)
        yield Part(0, source.size, 0, items, is_exact=False)

    @contextmanager
    def open(self, source: Source) -> Iterator[ReadPiece]:
        """Check that the file is as planned."""
        with open_source(source):
            yield lambda piece: self._drawings(source)

    def _drawings(self, source: Source) -> Iterator[Item]:
        names: list[str] = []
        images = np.zeros((BATCH, SIDE, SIDE), np.uint8)
        error: LenetError | None = None
        inputs = read_inputs(source.uri, self.options.pen_width)
        while True:
            try:
                item = next(inputs, None)
            except LenetError as problem:
                item, error = None, problem
            if item is not None:
                images[len(names)] = 0 if item.image is None else item.image
                names.append(printable(item.source))
            if len(names) == BATCH or (item is None and names):
                yield Batch(names, images[: len(names)])
                names, images = [], np.zeros_like(images)
            if item is None:
                break
        if error:
            reason = describe(error, source.uri)
            yield Reject(printable(source.uri), 0, f"{reason} (the rest of the file is not read)")


def reader(kind: str, options: ReadOptions) -> SourceReader:
    """Return the reader of pictures or of strokes."""
    return (PictureReader if kind == "picture" else StrokesReader)(options)
