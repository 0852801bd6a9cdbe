"""Recount an output: every shard is there, undamaged, and no letter is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from lenet.bulk import manifest as manifests
from lenet.bulk.manifest import Manifest
from lenet.bulk.run import Totals
from lenet.bulk.sample import decode_sample, sample_name
from lenet.bulk.storage import Target
from lenet.bulk.types import Shard
from lenet.bulk.work import rejects_name, shard_files
from lenet.bulk.writers import Mark, Writer, writer_of
from lenet.errors import DataError


@dataclass(frozen=True)
class Checked:
    """A shard that was recounted.

    Attributes:
        number: the shard's.
        mark: what the shard says of itself; None if it is not there or cannot be read.
        problem: one line; None if there is none.
    """

    number: int
    mark: Mark | None
    problem: str | None


def verify(target: Target) -> Iterator[Checked]:
    """Yield each shard of an output, recounted.

    Raises:
        DataError: the manifest is missing or damaged.
    """
    manifest = manifests.read(target)
    if manifest is None:
        raise DataError(f"{target}: no {manifests.NAME}; name the folder that --out had")
    return _shards(manifest, target)


def totals_of(checked: Iterator[Checked]) -> tuple[Totals, list[str]]:
    """Return the counts of the shards that are in order, and the problems of the others."""
    totals, problems = Totals(), []
    for shard in checked:
        if shard.problem is not None:
            problems.append(shard.problem)
        elif shard.mark is not None:
            totals.add(shard.mark)
    return totals, problems


def _shards(manifest: Manifest, target: Target) -> Iterator[Checked]:
    writer = writer_of(manifest.header.options.format)
    names = set(target.list())
    for shard in manifest.shards:
        missing = [name for name in shard_files(writer, shard.number) if name not in names]
        if missing:
            yield Checked(shard.number, None, f"{target}: {missing[0]}: is missing; run again")
            continue
        mark = None
        try:
            mark = writer.mark(target, shard.number)
            _check(target, shard, writer, mark)
        except DataError as error:
            yield Checked(shard.number, mark, str(error))
        else:
            yield Checked(shard.number, mark, None)


def _check(target: Target, shard: Shard, writer: Writer, mark: Mark) -> None:
    """Raise DataError for a shard that is not as planned, or of which a file is damaged."""
    place = f"{target}: {writer.part(shard.number)}"
    if mark.shard != shard.digest:
        raise DataError(f"{place}: is of another run; remove it and run again")
    letters = writer.check(target, shard.number, mark)
    if letters != mark.letters:
        raise DataError(f"{place}: {letters:,} letters instead of {mark.letters:,}; remove it and run again")
    rejects = target.read(rejects_name(shard.number))
    if hashlib.sha256(rejects).hexdigest() != mark.rejects_sha256:
        name = rejects_name(shard.number)
        raise DataError(f"{target}: {name}: is damaged; remove it and {writer.part(shard.number)}, run again")
    sample = sample_name(shard.number)
    if decode_sample(f"{target}: {sample}", target.read(sample)).letters != mark.letters:
        raise DataError(f"{target}: {sample}: is of other letters; remove it and run again")
    items = mark.letters + mark.rejects
    if shard.letters is not None and items != shard.letters:
        raise DataError(f"{place}: {items:,} letters and rejected items, {shard.letters:,} planned")
