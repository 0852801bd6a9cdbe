"""The collector in a process of its own: its start, its death and its end."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lenet.errors import LenetError
from lenet.server.collect.process import collector_process
from lenet.server.collect.remote import Connection, Handler, Method
from lenet.server.collect.types import CollectError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no Unix sockets")

PID = Method("pid", bool, int)
ECHO = Method("echo", str, str)
PROBLEM = "letters.db: is a database of another program; name a new file"


class Keeper:
    """Answers with its process; writes a file when it is closed."""

    def __init__(self, closed: Path) -> None:
        self._closed = closed

    def handlers(self) -> list[Handler[Any, Any]]:
        async def pid(_: bool) -> int:
            return os.getpid()

        async def echo(text: str) -> str:
            return text

        return [Handler(PID, pid), Handler(ECHO, echo)]

    async def restore(self) -> None:
        pass

    def close(self) -> None:
        self._closed.write_text("closed", encoding="utf-8")


@pytest.fixture
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="lenet-") as folder:
        yield Path(folder) / "collector"


async def pid_of(connection: Connection) -> int:
    """Return the collector's process as soon as it answers."""
    end = time.monotonic() + 10
    while True:
        try:
            return await connection.call(PID, True)
        except CollectError:
            assert time.monotonic() < end
            await asyncio.sleep(0.01)


def test_it_answers_and_ends_with_its_parent(path: Path, tmp_path: Path) -> None:
    async def use() -> int:
        connection = Connection(path)
        pid = await connection.call(PID, True)
        assert await connection.call(ECHO, "text") == "text"
        await connection.aclose()
        return pid

    closed = tmp_path / "closed"
    with collector_process(lambda: Keeper(closed), path):
        pid = asyncio.run(use())
        assert pid != os.getpid()
        assert not closed.exists()
    assert closed.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_signals_of_the_terminal_do_not_end_it(path: Path, tmp_path: Path) -> None:
    async def use() -> None:
        connection = Connection(path)
        pid = await connection.call(PID, True)
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(pid, number)
        assert await connection.call(PID, True) == pid
        await connection.aclose()

    with collector_process(lambda: Keeper(tmp_path / "closed"), path):
        asyncio.run(use())


@pytest.mark.slow
def test_one_that_is_killed_is_started_again(path: Path, tmp_path: Path) -> None:
    async def use() -> None:
        connection = Connection(path)
        first = await connection.call(PID, True)
        for _ in range(6):
            os.kill(first, signal.SIGKILL)
            second = await pid_of(connection)
            while second == first:  # the connection may answer once more
                second = await pid_of(connection)
            first = second
        assert await connection.call(ECHO, "again") == "again"
        await connection.aclose()

    with collector_process(lambda: Keeper(tmp_path / "closed"), path):
        asyncio.run(use())


def test_an_error_of_the_start_is_the_parents(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def refuse() -> Keeper:
        raise LenetError(PROBLEM)

    with pytest.raises(LenetError, match=f"^{re.escape(PROBLEM)}$"), collector_process(refuse, path):
        pass
    assert capfd.readouterr().err == ""


def test_a_fault_of_the_start_is_told(path: Path) -> None:
    def fail() -> Keeper:
        raise ZeroDivisionError

    with pytest.raises(LenetError, match="the collector did not start"), collector_process(fail, path):
        pass
