"""The collector: stores contributions durably, and reads, moderates and withdraws them, for event loops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from uuid import UUID

from sqlalchemy.engine import Connection

from lenet.server.collect import queries
from lenet.server.collect.database import Database
from lenet.server.collect.failures import unavailable
from lenet.server.collect.rows import new_row
from lenet.server.collect.types import Contribution, Counts, Receipt, State, StoredContribution
from lenet.server.collect.writer import PATIENCE, Job, Writer

READERS = 2  # threads

Result = TypeVar("Result")


class Collector:
    """The collector in this process; see `CollectorClient` for its methods.

    `open_collector` opens one. A coroutine may run in any event loop, and many at once.
    """

    def __init__(self, database: Database, *, patience: float = PATIENCE) -> None:
        """Start the threads.

        Args:
            database: is closed with the collector.
            patience: seconds that a contribution waits for a database that is away.
        """
        self._database = database
        self._writer = Writer(database, patience)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="lenet-collector-reader")

    @property
    def place(self) -> str:
        """The database, without its password."""
        return self._database.place

    async def contribute(self, item: Contribution) -> bool:
        """Store a contribution: True after its commit, False if it was stored before."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        self._writer.submit(Job(loop, future, row=new_row(item)))
        return await future

    async def withdraw(self, key_digest: bytes) -> Receipt:
        """Empty all contributions of a key; their ids stay as tombstones."""
        return await self._write(lambda connection: queries.withdraw(connection, key_digest))

    async def moderate(self, ids: Sequence[UUID], state: State) -> int:
        """Set the state of contributions; return how many have it now."""
        chosen = tuple(ids)
        return await self._write(lambda connection: queries.moderate(connection, chosen, state))

    async def remember_consent(self, text: bytes) -> str:
        """Store a consent text, unless it is there; return its SHA-256 in hex."""
        return await self._write(lambda connection: queries.remember_consent(connection, text))

    async def mine(
        self, key_digest: bytes, after: UUID | None = None, limit: int | None = None
    ) -> list[StoredContribution]:
        """Return contributions of a key, in the order of their arrival, by default all."""
        return await self._read(lambda connection: queries.mine(connection, key_digest, after, limit))

    async def page(
        self, state: State, after: UUID | None = None, limit: int = 100
    ) -> list[StoredContribution]:
        """Return at most `limit` contributions in a state, which arrived after another."""
        return await self._read(lambda connection: queries.page(connection, state, after, limit))

    async def counts(self) -> Counts:
        """Count the contributions."""
        return await self._read(queries.counts)

    async def aclose(self) -> None:
        """Store what waits, and end the threads."""
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """Store what waits, and end the threads; the caller's thread waits."""
        self._writer.close()
        self._readers.shutdown()
        self._database.close()

    async def _write(self, action: Callable[[Connection], Result]) -> Result:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._writer.submit(Job(loop, future, action=action))
        return await future

    async def _read(self, query: Callable[[Connection], Result]) -> Result:
        def read() -> Result:
            with self._database.reading() as connection:
                return query(connection)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, read)
        except RuntimeError as error:  # the threads have ended
            raise unavailable(self.place, str(error), "start the server again") from None
