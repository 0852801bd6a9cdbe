"""A run: the manifest, then every shard that is not done yet."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from lenet import engine
from lenet.bulk import manifest as manifests
from lenet.bulk.manifest import Header, Manifest, OutputOptions, software_for
from lenet.bulk.plan import find_sources, plan_shards
from lenet.bulk.sample import sample_every
from lenet.bulk.storage import LocalTarget, Target, is_remote
from lenet.bulk.types import Shard, Source
from lenet.bulk.work import (
    Job,
    Outcome,
    Work,
    instruction_set,
    model_digest,
    predict_shard,
    read_pieces,
    shard_files,
)
from lenet.bulk.writers import Mark, writer_of
from lenet.errors import DataError, LenetError
from lenet.executors import Executor

MIN_REJECTS = 1000  # that a run bears at least
_REQUESTS = 16  # at once
REJECT_SHARE = 10  # per cent of the letters that may be rejected beyond that


@dataclass
class Totals:
    """Counts of a run so far, shards of earlier runs included."""

    shards: int = 0
    letters: int = 0
    rejects: int = 0

    def add(self, outcome: Outcome | Mark) -> None:
        """Count a shard."""
        self.shards += 1
        self.letters += outcome.letters
        self.rejects += outcome.rejects


@dataclass(frozen=True)
class Inputs:
    """The inputs of a run.

    Attributes:
        names: paths and addresses.
        note: called with a line about files that are left out.
    """

    names: Sequence[str]
    note: Callable[[str], object] = lambda text: None


@dataclass(frozen=True)
class Run:
    """A run that is planned: its manifest is written.

    Attributes:
        manifest: its shards.
        sources: the inputs, as they are now.
        job: what all shards share.
        done: numbers of the shards that earlier runs have written.
        totals: counts of those, to which `predict` adds.
    """

    manifest: Manifest
    sources: tuple[Source, ...]
    job: Job
    done: frozenset[int]
    totals: Totals = field(default_factory=Totals)

    def predict(self, executor: Executor, max_rejects: int | None = None) -> Iterator[Outcome]:
        """Yield the outcome of each shard that was not done, as they end.

        Args:
            executor: runs the shards.
            max_rejects: number of rejected items that the run bears; None: a tenth of the letters, at
                least `MIN_REJECTS`.

        Raises:
            DataError: there are too many rejected items; or a source has changed.
            LenetError: a file cannot be written, or a process was killed again and again.
        """
        self._check_rejects(max_rejects)
        tasks = executor.run(predict_shard, self._tasks())
        try:
            with instruction_set(self.job.isa), contextlib.closing(_closable(tasks)) as results:
                for _, outcome in results:
                    self.totals.add(outcome)
                    yield outcome
                    self._check_rejects(max_rejects)
        finally:
            self.job.target.clean()

    @property
    def remaining(self) -> int:
        """Return the number of shards that are not done."""
        return len(self.manifest.shards) - self.totals.shards

    def _tasks(self) -> Iterator[Work]:
        """Yield the shards that are not done; read here what only one process can read."""
        for shard in self.manifest.shards:
            if shard.number in self.done:
                continue
            needed = tuple(self.sources[piece.source] for piece in shard.pieces)
            items = None
            if any(source.is_sequential for source in needed):
                items = list(read_pieces(needed, shard.pieces, self.job.options.reading))
            yield Work(self.job, shard, needed, items)

    def _check_rejects(self, max_rejects: int | None) -> None:
        items = self.manifest.letters or self.totals.letters + self.totals.rejects
        limit = max(MIN_REJECTS, items * REJECT_SHARE // 100) if max_rejects is None else max_rejects
        if self.totals.rejects > limit:
            raise DataError(
                f"{self.job.target}: {self.totals.rejects:,} items are rejected, more than {limit:,}; "
                "the files rejects-*.jsonl say why; mend the input, or allow more with --max-rejects"
            )


def _closable(results: Iterator[tuple[Work, Outcome]]) -> Generator[tuple[Work, Outcome], None, None]:
    """Return an iterator that has `close`."""
    yield from results


def plan(
    inputs: Inputs, model: Path, options: OutputOptions, isa: str = engine.ISA
) -> tuple[Header, Iterable[Shard]]:
    """Find the inputs and cut them into shards, without writing anything.

    Args:
        inputs: paths and addresses, and what takes notes on them.
        model: the model file.
        options: how letters are read and written.
        isa: instruction set of the engine.

    Raises:
        LenetError: an input is missing or of a kind that is not read, a package is missing, or this
            processor does not have the instruction set.
    """
    software = software_for(options, isa)
    sources = tuple(find_sources(inputs.names, inputs.note))
    header = Header(model_digest(model), options, software, sources)
    return header, plan_shards(sources, options.shard_size, header.digest)


def prepare(inputs: Inputs, model: Path, options: OutputOptions, target: Target) -> Run:
    """Write the manifest, or read that of an earlier run, and find the shards that are done.

    Raises:
        LenetError: an earlier run had other inputs, another model or other options; or what `plan` and
            the target raise.
    """
    _check_place(inputs.names, target)
    there = manifests.read(target)
    isa = engine.ISA if there is None else there.header.software.isa
    header, shards = plan(inputs, model, options, isa)
    target.prepare()
    if there is None:
        there = manifests.write(target, header, shards)
    manifests.check_same(target, there.header, header)
    marks = marks_of(there, target)
    totals = Totals()
    for mark in marks.values():
        totals.add(mark)
    planned = sum(options.shard_size if shard.letters is None else shard.letters for shard in there.shards)
    job = Job(target, model.absolute(), header.model, isa, options, sample_every(planned))
    return Run(there, header.sources, job, frozenset(marks), totals)


def _check_place(names: Sequence[str], target: Target) -> None:
    """Raise LenetError if a later run would read what this one writes."""
    if not isinstance(target, LocalTarget):
        return
    place = target.folder.absolute().resolve()
    for name in names:
        if not is_remote(name) and place.is_relative_to(Path(name).resolve()):
            raise LenetError(f"{target}: is in the input {name}; choose a folder outside of it")


def marks_of(manifest: Manifest, target: Target) -> dict[int, Mark]:
    """Return the marks of the shards that are done, by their numbers.

    Raises:
        DataError: a file of this name is damaged, or of another run.
    """
    writer, names = writer_of(manifest.header.options.format), set(target.list())

    def mark_of(shard: Shard) -> Mark:
        mark = writer.mark(target, shard.number)
        if mark.shard != shard.digest:
            name = writer.part(shard.number)
            raise DataError(f"{target}: {name}: is of another run; remove it, or choose another folder")
        return mark

    done = [shard for shard in manifest.shards if names.issuperset(shard_files(writer, shard.number))]
    with ThreadPoolExecutor(_REQUESTS) as threads:  # a store answers each after many milliseconds
        return dict(zip((shard.number for shard in done), threads.map(mark_of, done), strict=True))
