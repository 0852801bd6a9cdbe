"""Insert many contributions in one statement, and tell which were there before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Connection

from lenet.server.collect.rows import NewRow
from lenet.server.collect.schema import contributions
from lenet.server.collect.types import CollectCode, CollectError

Outcome = bool | CollectError
"""True: stored now; False: stored before; an error: another contribution has this id."""

_COLUMNS = [column for column in contributions.columns if column.name not in ("number", "withdrawal")]
_BYTES = {column.name for column in _COLUMNS if isinstance(column.type, sa.LargeBinary)}


def insert(connection: Connection, rows: Sequence[NewRow]) -> list[Outcome]:
    """Insert rows in one statement; return the outcome of each.

    A contribution that is sent again, in these rows or in earlier ones, changes nothing.
    """
    first: dict[UUID, NewRow] = {}
    for row in rows:
        first.setdefault(row.id, row)
    is_sqlite = connection.dialect.name == "sqlite"
    inserted = (_into_sqlite if is_sqlite else _into_postgresql)(connection, first.values())
    before: dict[UUID, bytes | None] = {}
    if missing := first.keys() - inserted:
        columns = (contributions.c.id, contributions.c.content)
        query = sa.select(*columns).where(contributions.c.id.in_(missing))
        for key, content in connection.execute(query):
            before[key] = None if content is None else bytes(content)
    return [_outcome(row, inserted, before.get(row.id, first[row.id].content), first) for row in rows]


_INSERT_SQLITE = sqlite.insert(contributions).on_conflict_do_nothing().returning(contributions.c.id)


def _into_sqlite(connection: Connection, rows: Collection[NewRow]) -> set[UUID]:
    """Insert rows of different ids; return the ids that were not there before."""
    return set(connection.scalars(_INSERT_SQLITE, [row.values for row in rows]))


def _statement() -> sa.TextualSelect:
    """Return PostgreSQL's statement, whose one parameter is the rows as JSON.

    Its text does not depend on the number of rows, and the driver has one value to convert.
    """
    names = ", ".join(column.name for column in _COLUMNS)
    values = ", ".join(f"decode({c.name}, 'hex')" if c.name in _BYTES else c.name for c in _COLUMNS)
    types = {"id": "uuid", "agrees": "boolean", "hour": "integer"}
    record = ", ".join(f"{c.name} {types.get(c.name, 'text')}" for c in _COLUMNS)
    return sa.text(
        f"INSERT INTO contributions ({names}) SELECT {values} "
        f"FROM json_to_recordset(CAST(:rows AS json)) AS sent({record}) ON CONFLICT DO NOTHING RETURNING id"
    ).columns(contributions.c.id)


_INSERT_POSTGRESQL = _statement()


def _into_postgresql(connection: Connection, rows: Collection[NewRow]) -> set[UUID]:
    """Insert rows of different ids; return the ids that were not there before."""
    sent = [{**row.values, **{name: row.values[name].hex() for name in _BYTES}} for row in rows]
    return set(connection.scalars(_INSERT_POSTGRESQL, {"rows": msgspec.json.encode(sent).decode()}))


def _outcome(
    row: NewRow, inserted: set[UUID], content: bytes | None, first: Mapping[UUID, NewRow]
) -> Outcome:
    if content != row.content:
        reason = "is withdrawn" if content is None else "is another contribution"
        return CollectError(f"contribution {row.id}: {reason}; send it with a new id", CollectCode.CONFLICT)
    return row.id in inserted and first[row.id] is row
