"""One shard: read its letters, recognize them, write them. Doing it twice does no harm."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from lenet import engine
from lenet._util.files import read_error
from lenet.bulk.manifest import OutputOptions
from lenet.bulk.sample import SampleCollector, sample_name
from lenet.bulk.sources import reader_of
from lenet.bulk.storage import Target
from lenet.bulk.types import Batch, Piece, Reader, ReadOptions, Reject, Shard, Source
from lenet.bulk.writers import Letters, Mark, Writer, writer_of
from lenet.errors import DataError, EngineError, ModelFileError
from lenet.inference.recognizer import Recognizer
from lenet.models import load_model

Images = npt.NDArray[np.uint8]
Item = Batch | Reject

GROUP = engine.IMAGES_A_THREAD
"""Letters of one call of the engine: few enough for one thread; last bits do not depend on the readers."""


@dataclass(frozen=True)
class Job:
    """The part of a run that is the same for all shards.

    Attributes:
        target: where the files go.
        model: the model file.
        model_digest: hexadecimal SHA-256 of it.
        isa: instruction set that the engine must have.
        options: how letters are read and written.
        sample_every: k, where one letter in k is in the sample.
    """

    target: Target
    model: Path
    model_digest: str
    isa: str
    options: OutputOptions
    sample_every: int


@dataclass(frozen=True)
class Work:
    """A task: one shard of a job.

    Attributes:
        job: what is the same for all shards.
        shard: what to read.
        sources: those of the shard's pieces.
        items: the letters, where the process that gives the tasks has read them; else None.
    """

    job: Job
    shard: Shard
    sources: tuple[Source, ...]
    items: list[Item] | None = None

    def __str__(self) -> str:
        return f"shard {self.shard.number}"


@dataclass(frozen=True)
class Outcome:
    """The counts of a shard that is done.

    Attributes:
        number: the shard's.
        letters: number of letters.
        rejects: number of rejected items.
        seconds: from the beginning of its work to the end.
    """

    number: int
    letters: int
    rejects: int
    seconds: float


def rejects_name(number: int) -> str:
    """Return the name of a shard's file of rejected items."""
    return f"rejects-{number:05d}.jsonl"


def shard_files(writer: Writer, number: int) -> list[str]:
    """Return the names of a shard's files, each once, in the order in which they are written."""
    names = [rejects_name(number), sample_name(number), writer.part(number), writer.mark_name(number)]
    return list(dict.fromkeys(names))


def predict_shard(work: Work) -> Outcome:
    """Read, recognize and write a shard.

    Raises:
        DataError: a source or the model has changed.
        EngineError: this process has another instruction set than the job.
        LenetError: a file cannot be written.
    """
    begin = time.perf_counter()
    job, number = work.job, work.shard.number
    recognizer = recognizer_of(job.model, job.model_digest, job.isa)
    items = (
        read_pieces(work.sources, work.shard.pieces, job.options.reading)
        if work.items is None
        else work.items
    )
    sample = SampleCollector(work.shard, job.sample_every)
    letters, rejects = recognize(items, recognizer, job.options.logits, sample.add)
    data = encode_rejects(rejects)
    sampled = sample.to_bytes(letters.sources, letters.raw, letters.labels)
    # The file of letters comes last: it tells that the shard is done.
    job.target.put_if_absent(rejects_name(number), lambda stream: _write(stream, data))
    job.target.put_if_absent(sample_name(number), lambda stream: _write(stream, sampled))
    mark = Mark(work.shard.digest, len(letters.sources), len(rejects), hashlib.sha256(data).hexdigest())
    writer_of(job.options.format).put(job.target, number, letters, mark)
    return Outcome(number, mark.letters, mark.rejects, time.perf_counter() - begin)


def model_digest(model: Path) -> str:
    """Return the hexadecimal SHA-256 of a model file."""
    try:
        return hashlib.sha256(model.read_bytes()).hexdigest()
    except OSError as error:
        raise read_error(model, error, kind=ModelFileError) from None


@functools.lru_cache(maxsize=1)
def recognizer_of(model: Path, digest: str, isa: str) -> Recognizer:
    """Return a model's recognizer, which a process keeps between its tasks.

    Raises:
        DataError: the model file has changed.
        ModelFileError: it cannot be read.
        EngineError: this process has another instruction set.
    """
    if isa != engine.ISA:
        raise EngineError(f"this process has the instruction set {engine.ISA}; start it with LENET_ISA={isa}")
    if model_digest(model) != digest:
        raise DataError(f"{model}: has changed meanwhile; run again in another folder")
    return Recognizer(load_model(model))


@functools.lru_cache(maxsize=16)
def _reader(kind: str, options: ReadOptions) -> Reader:
    """Return the reader of a kind, which a process keeps: it may have a stream open."""
    return reader_of(kind, options)


def read_pieces(sources: Sequence[Source], pieces: Iterable[Piece], options: ReadOptions) -> Iterator[Item]:
    """Yield the letters and the rejected items of pieces; each piece has its source."""
    for source, piece in zip(sources, pieces, strict=True):
        yield from _reader(source.kind, options).read(source, piece)


def recognize(
    items: Iterable[Item],
    recognizer: Recognizer,
    logits: bool,
    see: Callable[[Images], object] = lambda images: None,
) -> tuple[Letters, list[Reject]]:
    """Return the recognized letters and the rejected items, in their order; `see` takes the images."""
    sources: list[str] = []
    rejects: list[Reject] = []
    groups = [np.empty(0, engine.RECOGNITION)]
    values = [np.empty((0, len(recognizer.labels)), np.float32)]
    for images in _groups(items, sources, rejects):
        see(images)
        groups.append(recognizer.recognize_raw(images))
        if logits:
            values.append(recognizer.logits(images))
    recognized = np.concatenate(groups)
    letters = Letters(sources, recognized, recognizer.labels, np.concatenate(values) if logits else None)
    return letters, rejects


def _groups(items: Iterable[Item], sources: list[str], rejects: list[Reject]) -> Iterator[Images]:
    """Yield images in groups of `GROUP`, the last one smaller; append the rest to the lists."""
    waiting: list[Images] = []
    count = 0
    for item in items:
        if isinstance(item, Reject):
            rejects.append(item)
            continue
        sources += item.sources
        images = item.images
        while count + len(images) >= GROUP:
            head, images = images[: GROUP - count], images[GROUP - count :]
            yield np.concatenate([*waiting, head]) if waiting else head
            waiting, count = [], 0
        if len(images):
            waiting.append(images)
            count += len(images)
    if waiting:
        yield np.concatenate(waiting)


def encode_rejects(rejects: Iterable[Reject]) -> bytes:
    """Return rejected items as JSON Lines."""
    return b"".join(json.dumps(reject._asdict()).encode() + b"\n" for reject in rejects)


def _write(stream: BinaryIO, data: bytes) -> None:
    stream.write(data)


@contextmanager
def instruction_set(isa: str) -> Iterator[None]:
    """Let processes that are started meanwhile open the engine of an instruction set."""
    before = os.environ.get("LENET_ISA")
    os.environ["LENET_ISA"] = isa
    try:
        yield
    finally:
        if before is None:
            del os.environ["LENET_ISA"]
        else:
            os.environ["LENET_ISA"] = before
