"""Kill the collector and its database while contributions arrive; none that was acknowledged may be lost."""

from __future__ import annotations

import multiprocessing
import os
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from uuid import UUID

import postgresql
from attacks import syncs
from attacks.contributors import acknowledged, contribute
from attacks.outcome import Outcome

CLIENTS = 16
LIFE = 0.6  # seconds: the longest until a kill
BUSY = (
    0.9  # fraction of the kills that wait until contributions arrive; the others may hit the tables' making
)
START_WAIT = 30.0  # seconds
KILLS = 10  # of one database
SYNCED = 25  # contributions of each traced client


def attack(folder: Path, numbers: random.Random) -> Iterator[Outcome]:
    """Trace some contributions, then kill SQLite's collector, PostgreSQL's and PostgreSQL, in turn."""
    if postgresql.programs() is None:
        yield Outcome("PostgreSQL", False, "is not installed")
        return
    yield from traces(folder)
    with postgresql.serving(settings=()) as server:
        yield from kills(folder, server, numbers)


def traces(folder: Path) -> Iterator[Outcome]:
    """Check that each acknowledgement followed a call that waited for the disk."""
    if not syncs.is_possible(folder):
        yield Outcome("strace", False, "is not installed, or may not trace")
        return
    for clients in (1, CLIENTS):
        yield _traced(f"SQLite, clients {clients}", clients, syncs.of_sqlite(folder, clients, SYNCED))
        yield _traced(f"PostgreSQL, clients {clients}", clients, syncs.of_postgresql(clients, SYNCED))


def _traced(name: str, clients: int, trace: syncs.Trace) -> Outcome:
    late, number = trace.not_synced(), len(trace.acknowledged)
    detail = f"{len(late)} of {number} acknowledged before the disk had them; calls {len(trace.syncs)}"
    return Outcome(name, not late and number == clients * SYNCED, detail)


def kills(folder: Path, server: postgresql.Server, numbers: random.Random) -> Iterator[Outcome]:
    """Kill at random moments, without end; a new database after some kills."""
    total = 0
    for turn in count():
        path = folder / f"letters{turn}.db"
        server.execute(f"CREATE DATABASE letters{turn}")
        before: dict[str, set[UUID]] = {"sqlite": set(), "postgresql": set()}
        for kill in range(KILLS):
            before["sqlite"] |= _killed(str(path), folder / "log", numbers, None)
            yield _judge(f"SQLite, kill {kill}", before["sqlite"], in_sqlite(path))
            victim = server if kill % 2 else None
            before["postgresql"] |= _killed(server.url(f"letters{turn}"), folder / "log", numbers, victim)
            ids = in_postgresql(server, f"letters{turn}")
            yield _judge(f"PostgreSQL{' itself' if victim else ''}, kill {kill}", before["postgresql"], ids)
        total += sum(map(len, before.values()))
        yield Outcome("acknowledged at all", all(before.values()), f"{total} contributions")


def _killed(name: str, log: Path, numbers: random.Random, server: postgresql.Server | None) -> set[UUID]:
    """Contribute in a child, kill it at a random moment, or its database; return what was acknowledged."""
    output = os.open(log, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_APPEND)
    child = multiprocessing.get_context("fork").Process(target=contribute, args=(name, output, CLIENTS))
    child.start()
    os.close(output)
    if numbers.random() < BUSY:
        _wait_for_a_line(log)
    time.sleep(numbers.uniform(0, LIFE))
    if server is not None:
        server.kill()
        server.start()
        time.sleep(numbers.uniform(0, LIFE))
    child.kill()
    child.join()
    return {item.id for item in acknowledged(log.read_text().splitlines(keepends=True))}


def _wait_for_a_line(log: Path) -> None:
    end = time.monotonic() + START_WAIT
    while not log.stat().st_size and time.monotonic() < end:
        time.sleep(0.01)


def in_sqlite(path: Path) -> set[UUID]:
    """Return the stored ids; {} for a file that the collector had no time to make."""
    if not path.exists():
        return set()
    with closing(sqlite3.connect(path)) as connection:
        if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            return set()
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'contributions'").fetchall():
            return set()
        return {UUID(row[0]) for row in connection.execute("SELECT id FROM contributions")}


def in_postgresql(server: postgresql.Server, database: str) -> set[UUID]:
    """Return the stored ids; {} before there are tables."""
    if server.execute("SELECT to_regclass('contributions')", database) == [(None,)]:
        return set()
    return {UUID(str(row[0])) for row in server.execute("SELECT id FROM contributions", database)}


def _judge(name: str, ids: set[UUID], stored: set[UUID]) -> Outcome:
    lost = ids - stored
    return Outcome(name, not lost, f"{len(lost)} of {len(ids)} acknowledged contributions are lost")
