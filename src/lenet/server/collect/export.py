"""Export contributions as JSON Lines with a manifest; equal contents give equal bytes.

A contributor becomes a pseudonym, a digest of the key's digest. The pseudonym decides the part, so that
a contributor is in the same part of every export.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from lenet._util.files import atomic_write
from lenet.datasets.contributions import ENDINGS, MANIFEST, WITHDRAWN, Withdrawal, manifest_path
from lenet.errors import LenetError
from lenet.server.collect.database import Database
from lenet.server.collect.pseudonyms import part_of, pseudonym
from lenet.server.collect.schema import consents, contributions
from lenet.server.collect.types import State

ROWS = 1000  # that are in memory

_COLUMNS = contributions.c


class Record(msgspec.Struct, frozen=True):
    """A line of an export.

    Attributes:
        id: the contribution's id.
        writer: pseudonym of the contributor.
        part: train, validation or test.
        label: the letter that was drawn.
        state: new, accepted or rejected.
        hour: whole hours from 1970 to when it was stored, in UTC.
        consent: SHA-256 of the consent text, in hex.
        browser_letter: letter that the contributor's program recognized.
        browser_verdict: its verdict.
        model: SHA-256 of its model, in hex, or "".
        page: version of the page, or "".
        server_letter: letter that the server recognized.
        server_verdict: its verdict.
        agrees: both gave the same answer.
        strokes: JSON of the points (x, y), as it is stored.
    """

    id: UUID
    writer: str
    part: str
    label: str
    state: str
    hour: int
    consent: str
    browser_letter: str | None
    browser_verdict: str | None
    model: str
    page: str
    server_letter: str | None
    server_verdict: str | None
    agrees: bool
    strokes: msgspec.Raw


@dataclass
class Summary:
    """Counts of an export, collected while it is written."""

    digest: Any = field(default_factory=hashlib.sha256)
    letters: Counter[str] = field(default_factory=Counter)
    consents: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    writers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, line: bytes, record: Record) -> None:
        """Count a record."""
        self.digest.update(line)
        self.letters[record.label] += 1
        self.consents[record.consent] += 1
        self.parts[record.part] += 1
        self.writers[record.part].add(record.writer)

    @property
    def contributors(self) -> int:
        """Number of contributors."""
        return sum(map(len, self.writers.values()))


def export(database: Database, path: Path, states: Collection[State] = (State.ACCEPTED,)) -> Summary:
    """Write the contributions in some states, and the manifest beside them.

    Args:
        database: is read in one transaction.
        path: its name ends in .jsonl.gz or .jsonl.
        states: of the contributions.

    Raises:
        LenetError: the name has another ending, or a file cannot be written.
        CollectError: the database cannot be read.
    """
    if not path.name.endswith(ENDINGS):
        raise LenetError(f"{path}: is not a name for JSON Lines; write {path.name}.jsonl.gz")
    summary = Summary()
    with database.reading() as connection:
        with atomic_write(path) as file, ExitStack() as stack:
            stream = file
            if path.name.endswith(".gz"):
                packed = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)
                stream = cast(IO[bytes], stack.enter_context(packed))
            for row in _rows(connection, states):
                record = _record(row)
                line = msgspec.json.encode(record) + b"\n"
                summary.add(line, record)
                stream.write(line)
        manifest = _manifest(connection, path, states, summary)
    _write_json(manifest_path(path), manifest)
    return summary


def export_withdrawn(database: Database, path: Path) -> list[Withdrawal]:
    """Write the list of withdrawn contributions; return it. Raise LenetError."""
    with database.reading() as connection:
        entries = list(withdrawals(connection))
    _write_json(path, {"format": WITHDRAWN, "withdrawn": [entry.to_json() for entry in entries]})
    return entries


def withdrawals(connection: Connection) -> Iterator[Withdrawal]:
    """Yield the tombstones, a withdrawal after another."""
    from lenet.server.collect.schema import withdrawals as table

    ids: dict[int, set[str]] = defaultdict(set)
    query = sa.select(_COLUMNS.withdrawal, _COLUMNS.id).where(_COLUMNS.withdrawal.is_not(None))
    for number, key in connection.execute(query):
        ids[number].add(str(key))
    for number, hour in connection.execute(sa.select(table.c.number, table.c.hour).order_by(table.c.number)):
        yield Withdrawal(hour, frozenset(ids[number]))


def _rows(connection: Connection, states: Collection[State]) -> Iterator[RowMapping]:
    """Yield rows in the order of their ids, which does not depend on when they arrived."""
    chosen = [state.value for state in states if state is not State.WITHDRAWN]
    query = sa.select(contributions).where(_COLUMNS.state.in_(chosen)).order_by(_COLUMNS.id).limit(ROWS)
    after: UUID | None = None
    while True:
        more = query if after is None else query.where(_COLUMNS.id > after)
        rows = connection.execute(more).mappings().all()
        yield from rows
        if len(rows) < ROWS:
            return
        after = rows[-1]["id"]


def _record(row: RowMapping) -> Record:
    writer = pseudonym(bytes(row["key_digest"]))
    return Record(
        id=row["id"],
        writer=writer,
        part=part_of(writer),
        label=row["label"],
        state=row["state"],
        hour=row["hour"],
        consent=row["consent_digest"],
        browser_letter=row["browser_letter"],
        browser_verdict=row["browser_verdict"],
        model=row["model_digest"],
        page=row["page_version"],
        server_letter=row["server_letter"],
        server_verdict=row["server_verdict"],
        agrees=row["agrees"],
        strokes=msgspec.Raw(row["strokes"].encode()),
    )


def _manifest(
    connection: Connection, path: Path, states: Collection[State], summary: Summary
) -> dict[str, Any]:
    texts = {row.digest: row for row in connection.execute(sa.select(consents))}
    return {
        "format": MANIFEST,
        "file": path.name,
        "sha256": summary.digest.hexdigest(),
        "states": sorted(states),
        "contributions": summary.letters.total(),
        "contributors": summary.contributors,
        "letters": dict(sorted(summary.letters.items())),
        "parts": {
            part: {"contributions": summary.parts[part], "contributors": len(summary.writers[part])}
            for part in ("train", "validation", "test")
        },
        "consents": [
            {
                "digest": digest,
                "contributions": number,
                "since": texts[digest].since if digest in texts else None,
                "text": texts[digest].text if digest in texts else None,
            }
            for digest, number in sorted(summary.consents.items())
        ],
        "withdrawn": [entry.to_json() for entry in withdrawals(connection)],
    }


def _write_json(path: Path, value: dict[str, Any]) -> None:
    with atomic_write(path) as stream:
        stream.write(json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n")
