"""Reading, moderation and withdrawal of contributions: one function each, within a caller's transaction.

Moderation and withdrawal lock rows in the order of their ids. So two of them wait for each other in turn,
where PostgreSQL would otherwise end one with a deadlock.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from lenet.server.collect.rows import stored, this_hour
from lenet.server.collect.schema import KEPT, consents, contributions, withdrawals
from lenet.server.collect.types import (
    MAX_CONSENT,
    MAX_PAGE,
    CollectCode,
    CollectError,
    Counts,
    Receipt,
    State,
    StoredContribution,
)

_COLUMNS = contributions.c


def mine(
    connection: Connection, key_digest: bytes, after: UUID | None = None, limit: int | None = None
) -> list[StoredContribution]:
    """Return contributions of a key, as `CollectorClient.mine` does."""
    query = sa.select(contributions).where(_COLUMNS.key_digest == key_digest).order_by(_COLUMNS.number)
    if after is not None:
        query = query.where(_COLUMNS.number > _number_of(after))
    return [stored(row) for row in connection.execute(query.limit(limit))]


def page(connection: Connection, state: State, after: UUID | None, limit: int) -> list[StoredContribution]:
    """Return contributions in a state, as `CollectorClient.page` does."""
    if state is State.WITHDRAWN:
        return []
    query = sa.select(contributions).where(_COLUMNS.state == state.value).order_by(_COLUMNS.number)
    if after is not None:
        query = query.where(_COLUMNS.number > _number_of(after))
    return [stored(row) for row in connection.execute(query.limit(max(1, min(limit, MAX_PAGE))))]


def _number_of(id_: UUID) -> sa.ColumnElement[int]:
    """Return the number of a contribution, withdrawn or not; 0 if there is none."""
    number = sa.select(_COLUMNS.number).where(_COLUMNS.id == id_).scalar_subquery()
    return sa.func.coalesce(number, 0)


def moderate(connection: Connection, ids: Iterable[UUID] | None, state: State) -> int:
    """Set the state of contributions.

    Args:
        connection: in a transaction.
        ids: of the contributions; None: all new ones.
        state: new, accepted or rejected.

    Returns:
        The number of contributions that have the state now; withdrawn ones stay withdrawn.

    Raises:
        CollectError: the state is "withdrawn", which only a withdrawal sets.
    """
    if state is State.WITHDRAWN:
        raise CollectError(
            "state withdrawn: is not set by moderation; withdraw the contributions", CollectCode.INVALID
        )
    change = sa.update(contributions).values(state=state.value)
    if ids is None:
        which = [_locked(_COLUMNS.state == State.NEW.value)]
    else:
        kept = _COLUMNS.state != State.WITHDRAWN.value
        which = [_locked(_COLUMNS.id.in_(part), kept) for part in _parts(sorted(set(ids)))]
    return sum(connection.execute(change.where(_COLUMNS.id.in_(part))).rowcount for part in which)


def _locked(*which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Return a query of ids that locks their rows, in the order of the ids."""
    return sa.select(_COLUMNS.id).where(*which).order_by(_COLUMNS.id).with_for_update()


def withdraw(connection: Connection, key_digest: bytes) -> Receipt:
    """Empty the contributions of a key; without any, nothing is written."""
    return _withdraw(connection, _COLUMNS.key_digest == key_digest)


def withdraw_ids(connection: Connection, ids: Sequence[UUID]) -> Receipt:
    """Empty the contributions with these ids, at most 1000; those withdrawn before do not count."""
    return _withdraw(connection, _COLUMNS.id.in_(ids))


def _withdraw(connection: Connection, which: sa.ColumnElement[bool]) -> Receipt:
    hour = this_hour()
    query = _locked(which, _COLUMNS.state != State.WITHDRAWN.value)  # another program may withdraw them too
    ids: list[UUID] = sorted(connection.scalars(query).all())
    if ids:
        row = sa.insert(withdrawals).values(hour=hour, count=len(ids)).returning(withdrawals.c.number)
        number = connection.scalar(row)
        empty = {column.name: None for column in contributions.columns if column.name not in KEPT}
        change = sa.update(contributions).values(state=State.WITHDRAWN.value, withdrawal=number, **empty)
        for part in _parts(ids):
            connection.execute(change.where(_COLUMNS.id.in_(part)))
    return Receipt(len(ids), hour, ids_digest(ids))


def ids_digest(ids: Iterable[UUID]) -> str:
    """Return the SHA-256 in hex of ids in ascending order, each as 36 characters and a line feed."""
    return hashlib.sha256("".join(f"{key}\n" for key in sorted(ids)).encode()).hexdigest()


def counts(connection: Connection) -> Counts:
    """Count contributions by letter and state, and contributors."""
    query = sa.select(_COLUMNS.label, _COLUMNS.state, sa.func.count()).group_by(
        _COLUMNS.label, _COLUMNS.state
    )
    letters: dict[str, dict[State, int]] = defaultdict(dict)
    withdrawn = 0
    for label, state, number in connection.execute(query):
        if label is None:
            withdrawn += number
        else:
            letters[label][State(state)] = number
    keys = connection.scalar(sa.select(sa.func.count(_COLUMNS.key_digest.distinct())))
    return Counts(dict(sorted(letters.items())), withdrawn, keys or 0)


def remember_consent(connection: Connection, text: bytes) -> str:
    """Store a consent text, unless it is there; return its SHA-256 in hex.

    Raises:
        CollectError: the text is empty, longer than 64 KiB or not UTF-8.
    """
    try:
        decoded = text.decode()
    except UnicodeDecodeError:
        raise CollectError("consent: is not UTF-8; save it as UTF-8", CollectCode.INVALID) from None
    if not decoded.strip() or len(text) > MAX_CONSENT or "\0" in decoded:
        raise CollectError("consent: is empty or not a text of at most 64 KiB; write it", CollectCode.INVALID)
    digest = hashlib.sha256(text).hexdigest()
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = insert(consents).values(digest=digest, text=decoded, since=this_hour())
    connection.execute(row.on_conflict_do_nothing())
    return digest


def _parts(ids: Sequence[UUID]) -> Iterable[Sequence[UUID]]:
    """Yield the ids in parts that fit a statement."""
    return (ids[start : start + MAX_PAGE] for start in range(0, len(ids), MAX_PAGE))
