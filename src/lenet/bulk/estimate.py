"""Estimate what a run takes: letters, files, bytes, seconds of cores and their price."""

from __future__ import annotations

import io
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from lenet import engine
from lenet.bulk.manifest import Header
from lenet.bulk.types import Reject, Shard
from lenet.bulk.work import Item, read_pieces, recognize, recognizer_of
from lenet.bulk.writers import Letters, Mark, writer_of

SAMPLE_SECONDS = 0.3  # of reading and recognizing
SAMPLE_LETTERS = 4096


@dataclass(frozen=True)
class Estimate:
    """The cost of a run.

    Attributes:
        letters: number of letters and rejected items.
        is_exact: whether that number is certain; only reading tells how many letters strokes are.
        shards: number of shards.
        bytes_in: of the sources; 0 for folders.
        bytes_out: of the files of letters, about.
        core_seconds: processor time, about; measured with the first letters.
    """

    letters: int
    is_exact: bool
    shards: int
    bytes_in: int
    bytes_out: int
    core_seconds: float

    def price(self, per_core_hour: float) -> float:
        """Return the price of the processor time."""
        return self.core_seconds / 3600 * per_core_hour


def estimate(header: Header, shards: Iterable[Shard], model: Path) -> Estimate:
    """Estimate a run; read, recognize and encode its first letters for a moment.

    Raises:
        DataError: a source cannot be read.
    """
    count, letters, is_exact, first = 0, 0, True, None
    for shard in shards:
        count += 1
        letters += header.options.shard_size if shard.letters is None else shard.letters
        is_exact = is_exact and shard.letters is not None
        first = first or shard
    bytes_in = sum(source.size for source in header.sources)
    if first is None:
        return Estimate(0, True, 0, bytes_in, 0, 0.0)
    cost = _measure(header, first, model)
    if first.letters is None and cost.is_whole:
        letters += cost.items - header.options.shard_size
    share = letters / max(cost.items, 1)
    return Estimate(letters, is_exact, count, bytes_in, round(cost.size * share), cost.seconds * share)


class _Cost(NamedTuple):
    """The cost of the first items of a shard.

    Attributes:
        items: number of letters and rejected items.
        is_whole: whether these are all items of the shard.
        seconds: processor time.
        size: bytes of the output.
    """

    items: int
    is_whole: bool
    seconds: float
    size: int


def _measure(header: Header, shard: Shard, model: Path) -> _Cost:
    """Read, recognize and encode the first items of a shard."""
    recognizer = recognizer_of(model, header.model, engine.ISA)
    sources = [header.sources[piece.source] for piece in shard.pieces]
    _encode(*recognize([], recognizer, header.options.logits), header, shard)  # imports what is needed
    items = _First(read_pieces(sources, shard.pieces, header.options.reading))
    begin = time.process_time()
    letters, rejects = recognize(items, recognizer, header.options.logits)
    size = _encode(letters, rejects, header, shard)
    count = len(letters.sources) + len(rejects)
    return _Cost(count, items.is_whole, time.process_time() - begin, size)


def _encode(letters: Letters, rejects: Sequence[Reject], header: Header, shard: Shard) -> int:
    """Return the size of the file of some letters, in bytes."""
    stream = io.BytesIO()
    mark = Mark(shard.digest, len(letters.sources), len(rejects), "")
    writer_of(header.options.format).encode(letters, mark, stream)
    return len(stream.getvalue())


class _First:
    """Items until enough time has passed, or there are enough; then `is_whole` tells whether it was all."""

    def __init__(self, items: Iterator[Item]) -> None:
        self._items = items
        self.is_whole = False

    def __iter__(self) -> Iterator[Item]:
        begin, count = time.process_time(), 0
        for item in self._items:
            yield item
            count += 1 if isinstance(item, Reject) else len(item.images)
            if count >= SAMPLE_LETTERS or time.process_time() - begin > SAMPLE_SECONDS:
                return
        self.is_whole = True
