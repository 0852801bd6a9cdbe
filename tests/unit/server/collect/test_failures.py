"""Databases that fail: PostgreSQL killed under load, full disks, locks; nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import pytest
from contributing import collect, contribution, key
from sqlalchemy import Connection, event

import postgresql
from lenet.server.collect import failures
from lenet.server.collect.collector import Collector
from lenet.server.collect.database import Database, open_database
from lenet.server.collect.types import CollectCode, CollectError, State
from needs import missing


class Load:
    """Clients that contribute without pause, and what they were answered."""

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self.acknowledged: list[UUID] = []
        self.refused: list[CollectError] = []
        self.is_over = False

    async def client(self) -> None:
        while not self.is_over:
            item = contribution()
            try:
                await self.collector.contribute(item)
            except CollectError as error:
                self.refused.append(error)
                await asyncio.sleep(0.01)
            else:
                self.acknowledged.append(item.id)

    async def during(self, work: Callable[[], Awaitable[None]], clients: int = 8) -> None:
        """Keep the clients busy while something happens."""
        tasks = [asyncio.create_task(self.client()) for _ in range(clients)]
        try:
            await work()
        finally:
            self.is_over = True
            await asyncio.gather(*tasks)

    async def more(self, number: int) -> None:
        """Wait until some more contributions are acknowledged."""
        goal, end = len(self.acknowledged) + number, time.monotonic() + 60
        while len(self.acknowledged) < goal:
            assert time.monotonic() < end, self.refused[-1:]
            await asyncio.sleep(0.005)

    async def lost(self) -> set[UUID]:
        """Return the acknowledged contributions that are not in the database."""
        mine = await self.collector.mine(key("ada"))
        return set(self.acknowledged) - {entry.contribution.id for entry in mine}


@pytest.mark.slow
@pytest.mark.parametrize("patience", [30, 0.05], ids=["contributions wait", "contributions are refused"])
def test_postgresql_is_killed_and_started_again_under_load(patience: float) -> None:
    if postgresql.programs() is None:
        missing("no PostgreSQL (Debian's package postgresql)")
    with postgresql.serving(settings=()) as server:
        collector = Collector(open_database(server.url("postgres")), patience=patience)
        load = Load(collector)

        async def kills() -> None:
            for _ in range(2 if patience > 1 else 1):
                await load.more(50)
                server.kill()
                await asyncio.sleep(0.5)
                await asyncio.to_thread(server.start)
            await load.more(50)

        async def run() -> None:
            await load.during(kills)
            assert await load.lost() == set()
            await collector.aclose()

        asyncio.run(run())
    assert {error.code for error in load.refused} <= {CollectCode.UNAVAILABLE}
    assert bool(load.refused) == (patience < 1)


def test_a_full_database_refuses_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    database = open_database(tmp_path / "letters.db")
    limit = 60  # pages of 4096 bytes

    def set_limit(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {limit}")

    event.listen(database.engine, "begin", set_limit)  # the writer keeps its connection
    collector = Collector(database)
    load = Load(collector)

    async def fill() -> None:
        while not load.refused:
            await asyncio.sleep(0.005)

    async def run() -> None:
        nonlocal limit
        await load.during(fill)
        assert {error.code for error in load.refused} == {CollectCode.DISK_FULL}
        assert str(load.refused[0]).endswith("the disk is full (database or disk is full); make room")
        assert await load.lost() == set()
        limit = 10_000
        for _ in range(20):
            item = contribution()
            assert await collector.contribute(item)
            load.acknowledged.append(item.id)
        assert await load.lost() == set()
        assert (await collector.counts()).total(State.NEW) == len(load.acknowledged)
        await collector.aclose()

    asyncio.run(run())


FULL_DISK = """
import asyncio, sys
from pathlib import Path
from uuid import uuid4
from lenet.server.collect import open_collector
from lenet.server.collect.types import CollectError, Contribution, State

async def main() -> None:
    folder = Path(sys.argv[1])
    collector, key, stored, refused = open_collector(folder / "letters.db"), bytes(32), set(), []
    async def contribute() -> None:
        strokes = [[(float(n), 0.0) for n in range(100)]]
        item = Contribution(uuid4(), key, strokes, "L", consent_digest="0" * 64)
        try:
            await collector.contribute(item)
            stored.add(item.id)
        except CollectError as error:
            refused.append(error)
    filling = (folder / "other").open("wb", buffering=0)
    filling.write(bytes(600_000))  # what another program wrote, and will remove
    while not refused:
        await asyncio.gather(*[contribute() for _ in range(8)])
    assert {error.code for error in refused} == {"disk-full"}, refused
    in_time = len(stored)
    filling.truncate(0)
    for _ in range(5):
        await asyncio.gather(*[contribute() for _ in range(8)])
    assert len(stored) == in_time + 40, refused
    await collector.aclose()
    collector = open_collector(folder / "letters.db")
    assert {mine.contribution.id for mine in await collector.mine(key)} == stored
    await collector.aclose()
    print("stored", len(stored))

asyncio.run(main())
"""


@pytest.mark.slow
def test_a_full_disk_refuses_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    """On a small file system of its own, which needs Linux and the right to mount it."""
    unshare = shutil.which("unshare")
    options = ["--user", "--map-root-user", "--mount", "--propagation", "private"]
    mount = 'mount -t tmpfs -o size=1500k none "$0"'
    probe = [str(unshare), *options, "sh", "-c", mount, str(tmp_path)]
    if unshare is None or subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("a file system cannot be mounted in a namespace of one's own")
    script = f'{mount} && exec "$@"'
    command = ["sh", "-c", script, str(tmp_path), sys.executable, "-c", FULL_DISK, str(tmp_path)]
    done = subprocess.run([unshare, *options, *command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout[:7]) == (0, "stored "), done.stderr


def test_a_row_that_the_database_refuses_harms_no_other(
    database_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lenet.server.collect import rows

    bad = contribution()
    make = rows.new_row

    def spoil(item: object) -> rows.NewRow:
        row = make(item)  # type: ignore[arg-type]
        return rows.NewRow(row.id, row.content, {**row.values, "state": "odd"}) if item is bad else row

    monkeypatch.setattr("lenet.server.collect.collector.new_row", spoil)

    async def work(collector: Collector) -> None:
        items = [contribution(), bad, contribution()]
        results = await asyncio.gather(*map(collector.contribute, items), return_exceptions=True)
        assert results[::2] == [True, True]
        assert isinstance(results[1], CollectError)
        assert results[1].code is CollectCode.INVALID
        assert "\n" not in str(results[1])
        assert "[[" not in str(results[1]), "a message names no drawing"

    collect(database_name, work)


def test_a_fault_of_the_program_leaves_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(collector: Collector) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(collector._writer, "_store", lambda jobs: jobs[0].missing)
            with pytest.raises(CollectError, match=r"refused it \('Job' object has no attribute 'missing'\)"):
                await collector.contribute(contribution())
        assert await collector.contribute(contribution())

    collect(str(tmp_path / "letters.db"), work)


def test_the_queue_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lenet.server.collect.writer.MAX_WAITING", 3)

    async def work(collector: Collector) -> None:
        with collector._database.writing():  # nothing else can be written
            tasks = [asyncio.create_task(collector.contribute(contribution())) for _ in range(9)]
            done, _ = await asyncio.wait(tasks, timeout=1)
            errors = [task.exception() for task in done]
            assert 3 <= len(errors) <= 6  # the writer may hold three of them
            assert {getattr(error, "code", None) for error in errors} == {CollectCode.UNAVAILABLE}
            assert "too many contributions wait" in str(errors[0])
        assert all(await asyncio.gather(*set(tasks) - done))

    collect(str(tmp_path / "letters.db"), work)


def test_a_database_that_another_program_locks_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lenet.server.collect.database.LOCK_WAIT", 0.01)
    database = open_database(tmp_path / "letters.db")
    other = sqlite3.connect(tmp_path / "letters.db", isolation_level=None)
    collector = Collector(database, patience=0.1)

    async def run() -> None:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CollectError, match="wait for the program that writes there") as refused:
            await collector.contribute(contribution())
        assert refused.value.code is CollectCode.UNAVAILABLE
        other.execute("COMMIT")
        assert await collector.contribute(contribution())
        await collector.aclose()

    asyncio.run(run())
    other.close()


def test_the_writer_outlives_old_bytes_that_cannot_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(database: Database) -> bool:
        raise RuntimeError("a driver's own error")

    async def work(collector: Collector) -> None:
        await collector.contribute(contribution())
        monkeypatch.setattr(Database, "forget_old_bytes", fail)
        assert (await asyncio.wait_for(collector.withdraw(key("ada")), 20)).count == 1
        monkeypatch.undo()
        for _ in range(2):  # the writer has tried again before it takes the second
            assert await asyncio.wait_for(collector.contribute(contribution()), 20)
        assert not collector._writer._old_bytes

    collect(str(tmp_path / "letters.db"), work)


class FakeError(Exception):
    """An error of pg8000: a dictionary of fields."""


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("53100", CollectCode.DISK_FULL),
        ("57P01", CollectCode.UNAVAILABLE),
        ("57P03", CollectCode.UNAVAILABLE),
        ("53300", CollectCode.UNAVAILABLE),
        ("08006", CollectCode.UNAVAILABLE),
        ("40001", CollectCode.UNAVAILABLE),
        ("28P01", CollectCode.UNAVAILABLE),
        ("23505", None),
        ("42P01", None),
        ("22001", None),
    ],
)
def test_errors_of_postgresql_have_a_code(state: str, code: CollectCode | None) -> None:
    error = failures._explain(FakeError({"C": state, "M": "a\nreason"}), "postgresql://h/d")
    assert (None if error is None else error.code) == code
    assert error is None or "(a reason)" in str(error)


def test_the_reason_of_a_refused_connection_is_told_though_closing_it_fails_too() -> None:
    try:
        try:
            raise FakeError({"C": "28P01", "M": "password authentication failed"})
        except FakeError:
            try:
                raise BrokenPipeError(32, "Broken pipe")
            except BrokenPipeError as pipe:
                raise RuntimeError("network error") from pipe
    except RuntimeError as error:
        explained = failures._explain(error, "postgresql://h/d")
    assert explained is not None
    assert "(password authentication failed)" in str(explained)


def test_a_write_error_on_a_full_disk_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_WRITE"
    place = str(tmp_path / "letters.db")
    monkeypatch.setattr(failures, "FULL", 2**70)
    full = failures._explain(error, place)
    assert full is not None
    assert full.code is CollectCode.DISK_FULL
    monkeypatch.setattr(failures, "FULL", 0)
    broken = failures._explain(error, place)
    assert broken is not None
    assert broken.code is CollectCode.UNAVAILABLE
