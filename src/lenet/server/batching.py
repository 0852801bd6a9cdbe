"""Micro-batching: what has arrived in one turn of the event loop is recognized together.

Nothing waits for more to come. The first drawing of a turn asks the event loop to call `_run`
next; until then all requests whose bytes are here add theirs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MAX_BATCH = 16


class Batcher(Generic[Item, Result]):
    """Collects the items of one turn of the event loop and answers them with one call."""

    def __init__(
        self,
        recognize: Callable[[Item], Result],
        recognize_all: Callable[[Sequence[Item]], Sequence[Result]],
        size: int = MAX_BATCH,
        on_batch: Callable[[int], None] | None = None,
    ) -> None:
        """Take the functions that answer one item, and up to `size` items in their order.

        If a batch is refused with an exception, each of its items is answered alone.
        `on_batch` is called with the size of each batch.
        """
        self._on_batch = on_batch
        self._recognize = recognize
        self._recognize_all = recognize_all
        self._size = size
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []

    def submit(self, item: Item) -> asyncio.Future[Result]:
        """Return a future of an item's result, or of the exception that it raises."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((item, future))
        if len(self._waiting) == 1:
            loop.call_soon(self._run)
        return future

    def _run(self) -> None:
        waiting, self._waiting = self._waiting, []
        for first in range(0, len(waiting), self._size):
            batch = waiting[first : first + self._size]
            if self._on_batch is not None:
                self._on_batch(len(batch))
            if len(batch) == 1:
                self._answer_one(*batch[0])
            else:
                self._answer_all(batch)

    def _answer_one(self, item: Item, future: asyncio.Future[Result]) -> None:
        if future.done():  # its client left
            return
        try:
            future.set_result(self._recognize(item))
        except Exception as error:
            future.set_exception(error)

    def _answer_all(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = self._recognize_all([item for item, _ in batch])
        except Exception:  # it belongs to one of the items
            for item, future in batch:
                self._answer_one(item, future)
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
