"""The manifest: what a run reads, with which model and options, and its shards; written before all else.

`manifest.jsonl` has the header in its first line, then one line for each shard. Whoever runs again into the
same place must have the same header, so that every shard's bytes are the same whoever writes them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from functools import cached_property
from typing import Any, BinaryIO

import msgspec

from lenet import __version__, engine
from lenet._util import strict_json
from lenet.bulk.storage import Target
from lenet.bulk.types import ReadOptions, Shard, Source
from lenet.errors import DataError, EngineError, LenetError

FORMAT = "lenet-bulk/1"
NAME = "manifest.jsonl"
_DIGEST_SIZE = 32  # bytes
MIN_SHARD_SIZE, DEFAULT_SHARD_SIZE, MAX_SHARD_SIZE = 8192, 16_384, 65_536  # letters


class OutputFormat(StrEnum):
    """The form of the files of letters; also their suffix."""

    PARQUET = "parquet"
    JSONL = "jsonl"
    CSV = "csv"


@dataclass(frozen=True)
class OutputOptions:
    """How letters are read and written; they shape the bytes of the output.

    Attributes:
        format: of the files of letters.
        shard_size: letters of a file.
        logits: whether there is a column of logits.
        reading: how letters are read.
    """

    format: OutputFormat = OutputFormat.PARQUET
    shard_size: int = DEFAULT_SHARD_SIZE
    logits: bool = False
    reading: ReadOptions = field(default_factory=ReadOptions)


@dataclass(frozen=True)
class Software:
    """The programs on which the output's bytes depend.

    Attributes:
        lenet: version.
        isa: instruction set of the engine.
        engine: hexadecimal SHA-256 of the engine's library.
        pyarrow: version; "" where it is not needed. It is in the footers of Parquet files.
    """

    lenet: str
    isa: str
    engine: str
    pyarrow: str


@dataclass(frozen=True)
class Header:
    """The first line of a manifest.

    Attributes:
        model: hexadecimal SHA-256 of the model file.
        options: how letters are read and written.
        software: what computes and writes.
        sources: the inputs, in their order.
    """

    model: str
    options: OutputOptions
    software: Software
    sources: tuple[Source, ...]

    @property
    def digest(self) -> str:
        """Return the hexadecimal SHA-256 of all but the sources, which is a part of the shards' digests."""
        return hashlib.sha256(_dump(_to_json(self) | {"sources": []})).hexdigest()


def software_for(options: OutputOptions, isa: str = engine.ISA) -> Software:
    """Return what this installation computes and writes with.

    Raises:
        MissingDependencyError: the format needs a package that is not installed.
        EngineError: this machine does not have the instruction set.
    """
    if isa not in engine.SUPPORTED:
        raise EngineError(
            f"{NAME}: its letters are recognized with {isa}, which this processor does not have; "
            "run on a machine that has it, or begin a new folder"
        )
    version = ""
    if options.format is OutputFormat.PARQUET:
        from lenet.bulk.writers.parquet import pyarrow_version

        version = pyarrow_version()
    digest = hashlib.sha256(engine.library_path(isa).read_bytes()).hexdigest()
    return Software(__version__, isa, digest, version)


@dataclass(frozen=True)
class Manifest:
    """A header and its shards."""

    header: Header
    shards: tuple[Shard, ...]

    @cached_property
    def letters(self) -> int | None:
        """Return the number of letters as planned; None if only reading tells."""
        counts = [shard.letters for shard in self.shards]
        return None if None in counts else sum(count for count in counts if count is not None)


def write(target: Target, header: Header, shards: Iterable[Shard]) -> Manifest:
    """Write the manifest, unless another run has done so; return what is there then."""

    def write_lines(stream: BinaryIO) -> None:
        stream.write(_dump(_to_json(header)) + b"\n")
        count = 0
        for shard in shards:
            stream.write(_dump(_shard_to_json(shard)) + b"\n")
            count += 1
        stream.write(_dump({"shards": count}) + b"\n")

    target.put_if_absent(NAME, write_lines)
    if (there := read(target)) is None:
        raise DataError(f"{target}: {NAME} was removed; run again")
    return there


def read(target: Target) -> Manifest | None:
    """Return the manifest of a place; None if there is none.

    Raises:
        DataError: it is damaged, or of another version.
    """
    if not target.exists(NAME):
        return None
    try:
        lines = target.read(NAME).splitlines()
        values = [strict_json.parse(line) for line in lines]
        if values[0]["format"] != FORMAT:
            raise DataError(f"{target}: {NAME} is of another version; choose another folder")
        if values[-1] != {"shards": len(values) - 2}:
            raise DataError(f"{target}: {NAME} is damaged: its end is missing; choose another folder")
        return _from_json(values[0], values[1:-1])
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        if isinstance(error, LenetError):
            raise
        raise DataError(f"{target}: {NAME} is damaged; choose another folder") from None


def check_same(target: Target, there: Header, here: Header) -> None:
    """Raise LenetError, with what differs, if a run may not go on with a manifest."""
    if (difference := next(_differences(there, here), None)) is not None:
        raise LenetError(
            f"{target}: holds predictions with {difference}; give the same again, or choose another folder"
        )


def _differences(there: Header, here: Header) -> Iterator[str]:
    """Yield what differs, as "another X", in words of the command line."""
    if there.model != here.model:
        yield "another model (--model)"
    for name, option in (("format", "--format"), ("shard_size", "--shard-size"), ("logits", "--logits")):
        before, now = getattr(there.options, name), getattr(here.options, name)
        if before != now:
            yield f"another {option}: {str(before).lower()}, now {str(now).lower()}"
    for name in (one.name for one in fields(ReadOptions)):
        before, now = getattr(there.options.reading, name), getattr(here.options.reading, name)
        if before != now:
            yield f"another {name.replace('_', ' ')}: {str(before).lower()}, now {str(now).lower()}"
    for name in (one.name for one in fields(Software)):
        before, now = getattr(there.software, name), getattr(here.software, name)
        if before != now:
            yield f"another {_SOFTWARE.get(name, name)}: {before:.16}, now {now:.16}"
    if len(there.sources) != len(here.sources):
        yield f"other inputs: {len(there.sources)} files, now {len(here.sources)}"
    for one, other in zip(there.sources, here.sources, strict=False):
        if one.uri != other.uri:
            yield f"other inputs: {one.uri}, now {other.uri}"
        if one != other:
            yield f"another {one.uri}, which has changed since"


_SOFTWARE = {"lenet": "version of lenet", "isa": "instruction set", "engine": "build of the engine"}


# ---- JSON ------------------------------------------------------------------------------------


def _dump(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _to_json(header: Header) -> dict[str, Any]:
    value = {"format": FORMAT, **asdict(header)}
    for source in value["sources"]:
        del source["modified"]  # an equal copy of a file is the same source
    return value


def _shard_to_json(shard: Shard) -> dict[str, Any]:
    return {
        "shard": shard.number,
        "pieces": [list(piece) for piece in shard.pieces],
        "letters": shard.letters,
        "digest": shard.digest,
    }


def _from_json(header: dict[str, Any], lines: Iterable[dict[str, Any]]) -> Manifest:
    """Return the manifest of its lines. Raise ValueError if it is damaged."""
    head = msgspec.convert(header, Header)
    shards = tuple(msgspec.convert(line | {"number": line["shard"]}, Shard) for line in lines)
    for number, shard in enumerate(shards):
        inside = all(0 <= piece.source < len(head.sources) for piece in shard.pieces)
        if shard.number != number or not inside or len(bytes.fromhex(shard.digest)) != _DIGEST_SIZE:
            raise ValueError("not a shard of this manifest")
    return Manifest(head, shards)
