"""One worker thread for what takes longer than about 2 ms, so that the event loop stays free."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from lenet.server.errors import ApiError

T = TypeVar("T")


class WorkerThread:
    """Runs functions one after another in a thread; a bounded number may wait."""

    def __init__(self, limit: int) -> None:
        """Take how many functions may run or wait at once."""
        self._limit = limit
        self._count = 0
        self._executor: ThreadPoolExecutor | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """Return what a function returns.

        Raises:
            ApiError: 503, too many are waiting.
        """
        if self._count >= self._limit:
            message = "too many large requests are waiting; try again later"
            raise ApiError(503, "busy", message, {"Retry-After": "1"})
        if self._executor is None:  # a thread would not survive a fork
            self._executor = ThreadPoolExecutor(1, "lenet-work")
        self._count += 1
        future = asyncio.get_running_loop().run_in_executor(self._executor, work)
        future.add_done_callback(self._done)  # also where the client has left
        return await asyncio.shield(future)

    def _done(self, future: asyncio.Future[T]) -> None:
        self._count -= 1
        if not future.cancelled():
            future.exception()  # somebody has looked at it
