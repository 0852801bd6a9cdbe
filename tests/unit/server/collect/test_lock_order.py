"""Moderation and withdrawal at once: each locks rows in the order of their ids, so neither waits for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
import sqlalchemy as sa
from contributing import contribution, key
from sqlalchemy.engine import Connection

from lenet.server.collect import queries
from lenet.server.collect.database import Database, open_database
from lenet.server.collect.insertion import insert
from lenet.server.collect.rows import new_row
from lenet.server.collect.schema import contributions
from lenet.server.collect.types import State

ROWS, ROUNDS = 40, 25
PATIENCE = 20.0  # seconds

Change = Callable[[Connection, Sequence[UUID]], object]


@pytest.fixture
def database(postgresql_url: str) -> Iterator[Database]:
    database = open_database(postgresql_url)
    yield database
    database.close()


def store(database: Database, first: int = 0) -> list[UUID]:
    """Store contributions of one key whose ids descend in the table; return the ids."""
    ids = [UUID(int=first + number) for number in range(ROWS, 0, -1)]
    with database.writing() as connection:
        for identity in ids:  # one at a time: a statement may store them in any order
            insert(connection, [new_row(contribution(identity=identity))])
    return ids


CHANGES: dict[str, Change] = {
    "moderate ids": lambda connection, ids: queries.moderate(connection, ids, State.ACCEPTED),
    "moderate all": lambda connection, _: queries.moderate(connection, None, State.ACCEPTED),
    "withdraw": lambda connection, _: queries.withdraw(connection, key("ada")),
    "withdraw ids": lambda connection, ids: queries.withdraw_ids(connection, ids),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_rows_are_locked_in_the_order_of_their_ids(database: Database, change: Change) -> None:
    ids = store(database)
    row = sa.select(contributions.c.id)

    def work() -> None:
        with database.writing() as connection:
            change(connection, ids)

    with ThreadPoolExecutor(1) as pool, database.writing() as holder:
        holder.execute(row.where(contributions.c.id == min(ids)).with_for_update())
        done = pool.submit(work)
        wait_until_locked(database)
        with database.writing() as other:
            free = other.execute(row.with_for_update(skip_locked=True)).all()
        holder.rollback()
        done.result(PATIENCE)
    assert len(free) == ROWS - 1


def wait_until_locked(database: Database) -> None:
    waiting = sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with database.reading() as connection:
            if connection.scalar(waiting):
                return
        time.sleep(0.01)
    raise AssertionError("the change did not wait for the row")


@pytest.mark.slow
def test_moderation_and_withdrawal_at_once_have_no_deadlock(database: Database) -> None:
    for number in range(ROUNDS):
        ids = store(database, 1000 * number)
        barrier = threading.Barrier(3)

        def work(change: Change, ids: Sequence[UUID] = ids, barrier: threading.Barrier = barrier) -> None:
            with database.writing() as connection:
                barrier.wait(PATIENCE)
                change(connection, ids)

        names = ("moderate ids", "moderate all", "withdraw")
        with ThreadPoolExecutor(3) as pool:
            for future in [pool.submit(work, CHANGES[name]) for name in names]:
                future.result(PATIENCE)  # an error here is a 503 of the server
    with database.reading() as connection:
        assert queries.counts(connection).withdrawn == ROWS * ROUNDS
