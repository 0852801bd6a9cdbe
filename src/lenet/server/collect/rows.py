"""Contributions as rows of the database, and back; insertion of many at once."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Row

from lenet.server.collect.schema import contributions
from lenet.server.collect.types import CollectCode, CollectError, Contribution, State, StoredContribution

_TEXTS = (
    "label",
    "browser_letter",
    "browser_verdict",
    "model_digest",
    "page_version",
    "consent_digest",
)
_SERVER = ("server_letter", "server_verdict", "agrees")
_COPIED = (*_TEXTS, *_SERVER, "key_digest")

Outcome = bool | CollectError
"""True: stored now; False: stored before; an error: another contribution has this id."""


@dataclass(frozen=True, slots=True)
class NewRow:
    """A contribution that waits for its transaction.

    Attributes:
        id: the contribution's.
        content: SHA-256 of what was sent.
        values: of the table's columns.
    """

    id: UUID
    content: bytes
    values: Mapping[str, Any]

    @property
    def size(self) -> int:
        """Bytes of the strokes."""
        return len(self.values["strokes"])


def this_hour() -> int:
    """Return the whole hours since 1970, in UTC."""
    return int(time.time() // 3600)


def new_row(item: Contribution) -> NewRow:
    """Return the row of a contribution, which is new and of this hour."""
    strokes = msgspec.json.encode(item.strokes)
    texts = [getattr(item, name) for name in _TEXTS]
    sent = msgspec.json.encode([item.key_digest.hex(), *texts])
    content = hashlib.sha256(sent + strokes).digest()
    values = {name: getattr(item, name) for name in _COPIED}
    values |= {"id": item.id, "state": State.NEW.value, "content": content, "hour": this_hour()}
    return NewRow(item.id, content, {**values, "strokes": strokes.decode()})


def insert(connection: Connection, rows: Sequence[NewRow]) -> list[Outcome]:
    """Insert rows in one statement; return the outcome of each.

    A contribution that is sent again, in these rows or in earlier ones, changes nothing.
    """
    first: dict[UUID, NewRow] = {}
    for row in rows:
        first.setdefault(row.id, row)
    is_sqlite = connection.dialect.name == "sqlite"
    statement = _INSERT_SQLITE if is_sqlite else _INSERT_POSTGRESQL
    inserted = set(connection.scalars(statement, [row.values for row in first.values()]))
    before: dict[UUID, bytes | None] = {}
    if missing := first.keys() - inserted:
        columns = (contributions.c.id, contributions.c.content)
        query = sa.select(*columns).where(contributions.c.id.in_(missing))
        before = {
            key: None if content is None else bytes(content) for key, content in connection.execute(query)
        }
    return [_outcome(row, inserted, before.get(row.id, first[row.id].content), first) for row in rows]


_INSERT_SQLITE = sqlite.insert(contributions).on_conflict_do_nothing().returning(contributions.c.id)
_INSERT_POSTGRESQL = postgresql.insert(contributions).on_conflict_do_nothing().returning(contributions.c.id)


def _outcome(
    row: NewRow, inserted: set[UUID], content: bytes | None, first: Mapping[UUID, NewRow]
) -> Outcome:
    if content != row.content:
        reason = "is withdrawn" if content is None else "is another contribution"
        return CollectError(f"contribution {row.id}: {reason}; send it with a new id", CollectCode.CONFLICT)
    return row.id in inserted and first[row.id] is row


def stored(row: Row[Any]) -> StoredContribution:
    """Return the contribution of a row that is not withdrawn."""
    values = row._mapping
    item = Contribution(
        id=values["id"],
        strokes=msgspec.json.decode(values["strokes"], type=list[list[tuple[float, float]]]),
        **{name: values[name] for name in _COPIED if name != "key_digest"},
        key_digest=bytes(values["key_digest"]),
    )
    return StoredContribution(item, State(values["state"]), values["hour"])
