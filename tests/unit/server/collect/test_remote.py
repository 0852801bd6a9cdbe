"""Calls over a Unix socket: what they carry, what they refuse, and what happens when the other side goes."""

from __future__ import annotations

import asyncio
import hashlib
import stat
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet.server.collect import remote, remote_classroom, remote_collector, remote_rate_limits
from lenet.server.collect.class_types import Role
from lenet.server.collect.classroom import Classroom
from lenet.server.collect.collector import Collector
from lenet.server.collect.rate_limits import Limited, RateLimits
from lenet.server.collect.remote import Connection, Handler, Method, read_frame, serve_calls
from lenet.server.collect.remote_classroom import RemoteClassroom
from lenet.server.collect.remote_collector import RemoteCollector
from lenet.server.collect.remote_rate_limits import RemoteRateLimits
from lenet.server.collect.types import CollectCode, CollectError, Contribution, State

KEY = hashlib.sha256(b"a key").digest()
CONSENT = "ab" * 32


def item(id_: UUID | None = None, label: str = "g", x: float = 1.5) -> Contribution:
    return Contribution(
        id_ or uuid4(), KEY, [[(x, -2.25), (3.0, 4.0)], [(0.1, 1e9)]], label, "q", "unsure", "m", "p", CONSENT
    )


@pytest.fixture
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="lenet-") as folder:  # pytest's folders are too long for a socket
        yield Path(folder) / "collector"


def serving(
    handlers: list[Handler[Any, Any]], path: Path, use: Callable[[Connection], Awaitable[None]]
) -> None:
    async def run() -> None:
        server = await serve_calls(handlers, path)
        connection = Connection(path)
        try:
            await use(connection)
        finally:
            await connection.aclose()
            server.close()

    asyncio.run(run())


def test_a_worker_uses_the_collector_of_another_process(collector: Collector, path: Path) -> None:
    async def use(connection: Connection) -> None:
        away = RemoteCollector(connection)
        first = item()
        assert await away.contribute(first) is True
        assert await away.contribute(first) is False
        with pytest.raises(CollectError) as refused:
            await away.contribute(item(first.id, "h"))
        assert refused.value.code is CollectCode.CONFLICT
        others = [item(x=float(n)) for n in range(50)]
        assert await asyncio.gather(*map(away.contribute, others)) == [True] * 50
        stored = await away.mine(KEY)
        assert stored == await collector.mine(KEY)
        assert {each.contribution.id for each in stored} == {first.id, *(each.id for each in others)}
        assert await away.page(State.NEW, stored[9].contribution.id, 5) == stored[10:15]
        assert await away.moderate([first.id], State.ACCEPTED) == 1
        counts = await away.counts()
        assert counts.letters == {"g": {State.NEW: 50, State.ACCEPTED: 1}}
        assert await away.remember_consent(b"text") == hashlib.sha256(b"text").hexdigest()
        receipt = await away.withdraw(KEY)
        assert receipt.count == 51
        assert await away.mine(KEY) == []

    serving(remote_collector.handlers(collector), path, use)
    assert not path.exists() or stat.S_ISSOCK(path.stat().st_mode)


def test_a_worker_uses_the_class_of_another_process(collector: Collector, path: Path, tmp_path: Path) -> None:
    async def use(connection: Connection) -> None:
        away = RemoteClassroom(connection)
        joined = await away.join(classroom.join_code)
        assert await away.role(joined.session) is Role.PUPIL
        assert await away.role(classroom.teacher_token) is Role.TEACHER
        with pytest.raises(CollectError) as refused:
            await away.join("AAAAAA")
        assert refused.value.code is CollectCode.WRONG_CODE
        before = await away.state(0, 0, Role.TEACHER)
        poll = asyncio.create_task(away.state(before.version, 20, Role.TEACHER))
        await RemoteCollector(connection).contribute(item(label="G"))  # overtakes the poll
        after = await asyncio.wait_for(poll, 10)
        assert (after.count, [each.label for each in after.newest]) == (1, ["G"])
        assert await away.end(True) == b"zip"
        with pytest.raises(CollectError):
            await away.model()
        assert await away.end(False) == b""

    classroom = Classroom("5b", collector, tmp_path / "class", export=lambda: b"zip")
    (tmp_path / "class").mkdir()
    handlers = [*remote_collector.handlers(classroom), *remote_classroom.handlers(classroom)]
    serving(handlers, path, use)


def test_workers_share_the_rate_limits(path: Path) -> None:
    async def use(connection: Connection) -> None:
        other = Connection(path)
        workers = [RemoteRateLimits(connection), RemoteRateLimits(other)] * 2
        waits = [await worker.take(Limited.CONTRIBUTIONS, "ada") for worker in workers]
        assert waits[:3] == [0, 0, 0]
        assert 19 < waits[3] <= 20
        assert 19 < await workers[0].wait(Limited.CONTRIBUTIONS, "ada") <= 20
        assert await workers[1].take(Limited.REQUESTS, "ada") == 0
        await other.aclose()

    serving(remote_rate_limits.handlers(RateLimits.per_minute(3)), path, use)


ZEROS = Method("zeros", int, bytes)


def test_long_answers_come_in_pieces(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def zeros(size: int) -> bytes:
        return bytes(size)

    async def use(connection: Connection) -> None:
        sizes = [0, 1, 97, 98, 99, 198, 5000, 50_000]
        answers = await asyncio.gather(*(connection.call(ZEROS, size) for size in sizes))
        assert answers == [bytes(size) for size in sizes]

    monkeypatch.setattr(remote, "PIECE", 100)
    monkeypatch.setattr(remote, "MAX_FRAME", 1000)
    serving([Handler(ZEROS, zeros)], path, use)


ECHO = Method("echo", bytes, bytes)


async def echo(value: bytes) -> bytes:
    if value == b"fail":
        raise ZeroDivisionError
    if value == b"wait":
        await asyncio.sleep(60)
    return value


def test_only_this_user_can_open_the_socket(path: Path) -> None:
    async def use(connection: Connection) -> None:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert await connection.call(ECHO, b"x") == b"x"

    serving([Handler(ECHO, echo)], path, use)


def test_a_fault_of_the_collector_ends_one_call_only(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def use(connection: Connection) -> None:
        for argument in (b"fail", b"unknown"):
            method = ECHO if argument == b"fail" else Method("no such method", bytes, bytes)
            with pytest.raises(CollectError) as refused:
                await connection.call(method, argument)
            assert refused.value.code is CollectCode.UNAVAILABLE
        with pytest.raises(CollectError):
            await connection.call(Method("echo", str, bytes), "another type")
        assert await connection.call(ECHO, b"y") == b"y"

    serving([Handler(ECHO, echo)], path, use)
    assert "ZeroDivisionError" in caplog.text


def test_frames_are_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def use(connection: Connection) -> None:
        with pytest.raises(CollectError) as refused:
            await connection.call(ECHO, bytes(2000))
        assert refused.value.code is CollectCode.INVALID
        assert await connection.call(ECHO, bytes(500)) == bytes(500)
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write((2000).to_bytes(4, "big") + bytes(100))
        assert await reader.read() == b""  # the server has closed it
        writer.close()
        assert await connection.call(ECHO, b"z") == b"z"

    monkeypatch.setattr(remote, "MAX_FRAME", 1000)
    serving([Handler(ECHO, echo)], path, use)


def test_a_call_waits_for_a_collector_that_is_being_started(path: Path) -> None:
    async def run() -> None:
        connection = Connection(path)
        call = asyncio.create_task(connection.call(ECHO, b"1"))
        await asyncio.sleep(0.01)
        server = await serve_calls([Handler(ECHO, echo)], path)
        assert await call == b"1"
        await connection.aclose()
        server.close()

    asyncio.run(run())


def test_a_collector_that_is_away_is_unavailable_until_it_is_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        connection = Connection(path)
        monkeypatch.setattr(remote, "CONNECT", 0.01)
        with pytest.raises(CollectError) as refused:
            await connection.call(ECHO, b"1")
        assert refused.value.code is CollectCode.UNAVAILABLE
        monkeypatch.undo()
        server = await serve_calls([Handler(ECHO, echo)], path)
        assert await connection.call(ECHO, b"2") == b"2"
        waiting = [asyncio.create_task(connection.call(ECHO, b"wait")) for _ in range(3)]
        await asyncio.sleep(0.05)
        server.close()
        await cut(connection)
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert [getattr(each, "code", None) for each in results] == [CollectCode.UNAVAILABLE] * 3
        path.unlink(missing_ok=True)
        server = await serve_calls([Handler(ECHO, echo)], path)
        assert await connection.call(ECHO, b"3") == b"3"
        await connection.aclose()
        server.close()

    asyncio.run(run())


async def cut(connection: Connection) -> None:
    """End a connection as a killed process does."""
    writer = connection._writer
    assert writer is not None
    writer.transport.abort()
    await asyncio.sleep(0.05)


def test_a_call_of_a_worker_that_died_is_completed(path: Path) -> None:
    """A withdrawal takes its drawings off the projector, even if nobody waits for the answer."""

    async def run() -> None:
        begun, go, completed = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def withdraw(value: bytes) -> bytes:
            begun.set()
            await go.wait()
            completed.set()
            return value

        server = await serve_calls([Handler(ECHO, withdraw)], path)
        _, writer = await asyncio.open_unix_connection(path)
        request = remote.Request(1, ECHO.name, msgspec.Raw(msgspec.msgpack.encode(b"")))
        writer.write(remote.frame(request))
        await asyncio.wait_for(begun.wait(), 10)
        writer.write(b"a frame that is too large")
        await writer.drain()
        await asyncio.sleep(0.05)
        go.set()
        await asyncio.wait_for(completed.wait(), 10)
        writer.close()
        server.close()

    asyncio.run(run())


def test_too_many_calls_are_refused_at_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def use(connection: Connection) -> None:
        waiting = [asyncio.create_task(connection.call(ECHO, b"wait")) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(CollectError, match="too many calls wait"):
            await connection.call(ECHO, b"x")
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    monkeypatch.setattr(remote, "MAX_WAITING", 3)
    serving([Handler(ECHO, echo)], path, use)


@given(st.binary(max_size=300))
def test_whatever_comes_in_is_read_or_refused(data: bytes) -> None:
    async def run() -> None:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        try:
            while (value := await read_frame(reader)) is not None:
                msgspec.msgpack.Decoder(remote.Request).decode(value)
        except (ConnectionError, msgspec.DecodeError):
            pass

    asyncio.run(run())


@given(st.lists(st.binary(max_size=50), max_size=5))
def test_frames_come_out_as_they_went_in(values: list[bytes]) -> None:
    async def run() -> list[bytes]:
        reader = asyncio.StreamReader()
        for value in values:
            reader.feed_data(remote.frame(value))
        reader.feed_eof()
        read = []
        while (data := await read_frame(reader)) is not None:
            read.append(msgspec.msgpack.decode(data, type=bytes))
        return read

    assert asyncio.run(run()) == values
