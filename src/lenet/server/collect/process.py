"""The collector in a process of its own, for a server with several workers.

The parent keeps the end of a pipe: when it closes, because the parent ended or died, the process stores
what waits and ends. Signals of a terminal do not end it, because workers still answer. A collector that
dies is started again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, Protocol

from lenet.errors import LenetError
from lenet.server.collect.remote import Handler, require_unix_sockets, serve_calls

log = logging.getLogger(__name__)

READY = b"ready"
MAX_MESSAGE = 4096  # bytes of an error of the start
QUICK = 1.0  # seconds; a collector that lives shorter may have failed to start
MAX_PAUSE = 2.0  # seconds before it is started again
UNUSABLE = 3  # exit status of a collector that could not be opened at the start
PATIENCE = 30.0  # seconds in which the process must end


class Keeper(Protocol):
    """Owner of the database."""

    def handlers(self) -> Sequence[Handler[Any, Any]]:
        """Return the methods that workers call."""

    async def restore(self) -> None:
        """Prepare for calls, after a start or another one."""

    def close(self) -> None:
        """Store what waits, and end."""


@contextmanager
def collector_process(open_keeper: Callable[[], Keeper], path: Path) -> Iterator[None]:
    """Serve a keeper's methods on a Unix socket, from a process of its own.

    Args:
        open_keeper: called in the process, and again if it died.
        path: of the socket, in a folder of this user.

    Raises:
        LenetError: the keeper cannot be opened, or this is Windows.
    """
    require_unix_sockets()
    alive, parent = os.pipe()
    ready, started = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(parent)
        os.close(ready)
        _supervise(open_keeper, path, alive, started)
    os.close(alive)
    os.close(started)
    try:
        with os.fdopen(ready, "rb") as stream:
            message = stream.read(MAX_MESSAGE)
        if message != READY:
            raise LenetError(message.decode("utf-8", "replace") or "the collector did not start")
        yield
    finally:
        os.close(parent)
        _wait(pid)


def _wait(pid: int) -> None:
    end = time.monotonic() + PATIENCE
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return
        time.sleep(0.01)


def _supervise(open_keeper: Callable[[], Keeper], path: Path, alive: int, started: int) -> NoReturn:
    """Start the collector, and start it again when it dies, until the parent's end of the pipe closes."""
    pause = 0.0
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        while True:
            began = time.monotonic()
            death, living = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.close(death)
                _collect(open_keeper, path, alive, started)
            os.close(living)
            if started >= 0:
                os.close(started)
                started = -1
            readable, _, _ = select.select([alive, death], [], [])
            status = os.waitpid(pid, 0)[1]  # it watches the parent itself
            os.close(death)
            if alive in readable or os.waitstatus_to_exitcode(status) == UNUSABLE:
                break
            log.error("the collector ended; it is started again")
            pause = min(2 * pause + 0.01, MAX_PAUSE) if time.monotonic() - began < QUICK else 0.0
            if select.select([alive], [], [], pause)[0]:
                break
    finally:
        os._exit(0)


def _collect(open_keeper: Callable[[], Keeper], path: Path, alive: int, started: int) -> NoReturn:
    status = 1
    try:
        keeper = open_keeper()
        try:
            asyncio.run(_serve(keeper, path, alive, started))
        finally:
            keeper.close()
        status = 0
    except LenetError as error:
        if started >= 0:
            os.write(started, str(error).encode()[:MAX_MESSAGE])
            status = UNUSABLE
        else:
            log.error("the collector failed: %s", error)
    except BaseException:
        log.exception("the collector failed")
    finally:
        os._exit(status)


async def _serve(keeper: Keeper, path: Path, alive: int, started: int) -> None:
    with contextlib.suppress(FileNotFoundError):  # of one that died
        path.unlink()
    await keeper.restore()
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(alive, ended.set)
    server = await serve_calls(keeper.handlers(), path)
    if started >= 0:
        os.write(started, READY)
        os.close(started)
    await ended.wait()
    server.close()
