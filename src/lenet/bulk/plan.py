"""Plan a batch prediction: find the sources, and divide them into shards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from lenet.bulk.sources import reader_of
from lenet.bulk.sources.kinds import find
from lenet.bulk.types import Part, Piece, ReadOptions, Shard, Source
from lenet.errors import DataError

MAX_SHARDS = 4_000_000
"""Shards of a run: about 0.7 GiB of manifest."""


def find_sources(inputs: Sequence[str], note: Callable[[str], object] = lambda text: None) -> list[Source]:
    """Find the sources in files and folders, and read their digests.

    Args:
        inputs: paths, or addresses in an object store.
        note: called with a line about files that are left out.

    Raises:
        DataError: an input cannot be read, is of no kind that is read, or is given twice.
    """
    sources = [source for name in inputs for source in find(name, note)]
    uris = [source.uri for source in sources]
    if len(set(uris)) < len(uris):
        twice = next(uri for uri in uris if uris.count(uri) > 1)
        raise DataError(f"{twice}: given twice; give each input once")
    return sources


def plan_shards(sources: Sequence[Source], size: int, base_digest: str) -> Iterator[Shard]:
    """Divide sources into shards, in their order; equal sources give equal shards.

    A shard has several pieces where these are small. None has pieces of sequential and of other sources.

    Args:
        sources: as `find_sources` returns them.
        size: greatest number of letters of a shard, if each item is one letter.
        base_digest: of model and options; part of each shard's digest.

    Raises:
        DataError: a source has changed, or cannot be read; or there are more than `MAX_SHARDS`.
    """
    shard = _Open([], 0, is_exact=True)
    number = 0
    for index, source in enumerate(sources):
        for part in reader_of(source.kind, ReadOptions()).plan(source, size):
            if shard.pieces and not shard.takes(part, source, sources, size):
                yield shard.close(number, sources, base_digest)
                number += 1
                _check_number(number, source)
                shard = _Open([], 0, is_exact=True)
            shard = shard.add(Piece(index, part.start, part.stop, part.first), part)
    if shard.pieces:
        yield shard.close(number, sources, base_digest)


def _check_number(number: int, source: Source) -> None:
    """Raise DataError for too many shards; a damaged source may claim any number of letters."""
    if number == MAX_SHARDS:
        raise DataError(
            f"{source.uri}: with its letters there are more than {MAX_SHARDS:,} files of predictions; "
            "give a larger --shard-size, or predict a part of the input at a time"
        )


class _Open(NamedTuple):
    """A shard to which pieces are added."""

    pieces: list[Piece]
    items: int
    is_exact: bool

    def takes(self, part: Part, source: Source, sources: Sequence[Source], size: int) -> bool:
        is_sequential = sources[self.pieces[-1].source].is_sequential
        return self.items + part.items <= size and is_sequential == source.is_sequential

    def add(self, piece: Piece, part: Part) -> _Open:
        self.pieces.append(piece)
        return _Open(self.pieces, self.items + part.items, self.is_exact and part.is_exact)

    def close(self, number: int, sources: Sequence[Source], base_digest: str) -> Shard:
        digest = hashlib.sha256(base_digest.encode())
        for piece in self.pieces:
            source = sources[piece.source]
            values = [source.uri, source.kind, source.digest, piece.start, piece.stop, piece.first]
            digest.update(json.dumps(values).encode() + b"\n")
        letters = self.items if self.is_exact else None
        return Shard(number, tuple(self.pieces), letters, digest.hexdigest())
