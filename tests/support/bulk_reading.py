"""Read sources for batch prediction, whole and in shards of any size."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import numpy as np
from PIL import Image

from lenet.bulk.plan import find_sources, plan_shards
from lenet.bulk.sources import reader_of
from lenet.bulk.types import Batch, Piece, Reader, ReadOptions, Reject, Shard, Source


class Everything(NamedTuple):
    """The letters of sources, and the rejected items."""

    names: list[str]
    images: np.ndarray
    rejects: list[Reject]


def read_all(inputs: list[str], size: int = 10_000, options: ReadOptions | None = None) -> Everything:
    """Read inputs in shards of at most `size` letters."""
    sources = find_sources(inputs)
    return read_shards(sources, plan_shards(sources, size, ""), options)


def read_shards(
    sources: list[Source], shards: Iterator[Shard] | list[Shard], options: ReadOptions | None = None
) -> Everything:
    """Read shards, one after another; check the planned number of letters of each."""
    names: list[str] = []
    images = [np.empty((0, 28, 28), np.uint8)]
    rejects: list[Reject] = []
    with _Readers(options or ReadOptions()) as readers:
        for shard in shards:
            before = len(names) + len(rejects)
            for piece in shard.pieces:
                for item in readers.read(sources[piece.source], piece):
                    if isinstance(item, Batch):
                        assert len(item.sources) == len(item.images)
                        names += item.sources
                        images.append(item.images)
                    else:
                        assert "\n" not in item.reason
                        rejects.append(item)
            assert shard.letters in (None, len(names) + len(rejects) - before)
    return Everything(names, np.concatenate(images), rejects)


class _Readers(ExitStack):
    """The reader of each kind, which is closed at the end."""

    def __init__(self, options: ReadOptions) -> None:
        super().__init__()
        self.options = options
        self.readers: dict[str, Reader] = {}

    def read(self, source: Source, piece: Piece) -> Iterator[Batch | Reject]:
        if source.kind not in self.readers:
            self.readers[source.kind] = reader_of(source.kind, self.options)
            self.callback(self.readers[source.kind].close)
        return self.readers[source.kind].read(source, piece)


def png(image: np.ndarray) -> bytes:
    """Return the PNG file of an image."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG")
    return stream.getvalue()
