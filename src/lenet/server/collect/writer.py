"""The one writer thread: it commits all contributions that wait in one transaction.

A commit waits for the disk, whatever its size. While one runs, the next contributions gather, so each
of many clients waits for at most two commits.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import Connection

from lenet.server.collect.database import Database
from lenet.server.collect.failures import explained, unavailable
from lenet.server.collect.insertion import Outcome, insert
from lenet.server.collect.rows import NewRow
from lenet.server.collect.types import CollectCode, CollectError, Receipt

MAX_GROUP = 512  # contributions of a transaction
MAX_WAITING = 4096  # contributions
MAX_WAITING_BYTES = 64 * 2**20
PATIENCE = 8.0  # seconds that a contribution waits for a database that is away
PAUSES = (0.05, 1.0)  # seconds between attempts: the first pause, and the longest
FORGET_WAIT = 1.0  # seconds until old bytes are removed again, if a reader kept them


@dataclass(slots=True)
class Job:
    """Work for the writer, and the future of the caller who waits.

    Attributes:
        loop: the caller's event loop.
        future: gets the result, or the error.
        row: a contribution; None for another action.
        action: called in a transaction of its own.
        since: `time.monotonic()` of its arrival.
    """

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    row: NewRow | None = None
    action: Callable[[Connection], object] | None = None
    since: float = field(default_factory=time.monotonic)


class Writer:
    """A thread with a bounded queue. Methods can be called from any thread."""

    def __init__(self, database: Database, patience: float = PATIENCE) -> None:
        """Start the thread."""
        self._database, self._patience = database, patience
        self._changed = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._bytes = 0
        self._is_closed = False
        self._connection: Connection | None = None  # of the thread
        self._old_bytes = False  # of withdrawn contributions may be in the files
        self._thread = threading.Thread(target=self._run, name="lenet-collector", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Put work into the queue. Raise CollectError, "unavailable", if it is full or closed."""
        size = job.row.size if job.row else 0
        with self._changed:
            is_full = len(self._waiting) >= MAX_WAITING or self._bytes + size > MAX_WAITING_BYTES
            if is_full or self._is_closed:
                reason = "it is being closed" if self._is_closed else "too many contributions wait"
                raise unavailable(self._database.place, reason, "send it again in a minute")
            self._waiting.append(job)
            self._bytes += size
            self._changed.notify()

    def close(self) -> None:
        """Do what waits, and end the thread."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join()

    # ---- The thread ----------------------------------------------------------------------------

    def _run(self) -> None:
        while (jobs := self._next()) is not None:
            try:
                if jobs and jobs[0].action is not None:
                    _settle([(jobs[0], self._act(jobs[0].action))])
                else:
                    self._store(jobs)
                self._forget()
            except Exception as error:  # a fault of the program: nobody must wait for ever
                _settle([(job, _as_collect_error(error, self._database.place)) for job in jobs])
        self._disconnect()
        self._forget()

    def _next(self) -> list[Job] | None:
        """Wait for work; return an action, or all contributions before the next one.

        None at the end; [] if old bytes are to be removed meanwhile.
        """
        with self._changed:
            if not self._waiting and not self._is_closed:
                self._changed.wait(FORGET_WAIT if self._old_bytes else None)
            if not self._waiting and self._is_closed:
                return None
            jobs: list[Job] = []
            while self._waiting and len(jobs) < MAX_GROUP:
                if jobs and self._waiting[0].action is not None:
                    break
                jobs.append(job := self._waiting.popleft())
                if job.action is not None:
                    break
                assert job.row is not None
                self._bytes -= job.row.size
            return jobs

    def _act(self, action: Callable[[Connection], object]) -> object:
        try:
            with self._database.writing() as connection:
                result = action(connection)
        except Exception as error:
            return _as_collect_error(error, self._database.place)
        if isinstance(result, Receipt) and result.count:
            self._old_bytes = True
            self._forget()
        return result

    def _store(self, jobs: Sequence[Job]) -> None:
        """Commit contributions; while the database is away, try again as long as each is patient."""
        pause, longest = PAUSES
        while jobs:
            results = self._commit(jobs)
            now = time.monotonic()
            waits, done = [], []
            for job, result in zip(jobs, results, strict=True):
                is_away = isinstance(result, CollectError) and result.code is CollectCode.UNAVAILABLE
                if is_away and now - job.since < self._patience and not self._is_closed:
                    waits.append(job)
                else:
                    done.append((job, result))
            _settle(done)
            jobs = waits
            if jobs:
                time.sleep(pause)
                pause = min(2 * pause, longest)

    def _commit(self, jobs: Sequence[Job]) -> Sequence[object]:
        """Commit contributions in one transaction; return the result of each."""
        rows = [job.row for job in jobs if job.row is not None]
        try:
            return self._insert(rows)
        except CollectError as error:
            return [CollectError(str(error), error.code) for _ in rows]
        except Exception as error:
            if len(jobs) > 1:  # one row that the database refuses does not harm the others
                return [result for job in jobs for result in self._commit([job])]
            return [_as_collect_error(error, self._database.place)]

    def _insert(self, rows: Sequence[NewRow]) -> list[Outcome]:
        """Insert rows in a transaction of the connection that is kept as long as it works."""
        database = self._database
        with explained(database.engine, database.place):
            if self._connection is None:
                self._connection = database.connect()
            try:
                with self._connection.begin():
                    return insert(self._connection, rows)
            except BaseException:
                self._disconnect()
                raise

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # it may be broken
                connection.close()

    def _forget(self) -> None:
        """Remove what withdrawn contributions held from the files, if there is something to remove."""
        if self._old_bytes:
            with suppress(Exception):  # tried again after the next work
                self._old_bytes = not self._database.forget_old_bytes()


def _as_collect_error(error: Exception, place: str) -> CollectError:
    if isinstance(error, CollectError):
        return error
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return CollectError(f"{place}: refused it ({reason}); report this", CollectCode.INVALID)


def _settle(results: Iterable[tuple[Job, object]]) -> None:
    """Hand the results to the callers; each of their loops is woken once."""
    of_loop: dict[asyncio.AbstractEventLoop, list[tuple[Job, object]]] = {}
    for job, result in results:
        of_loop.setdefault(job.loop, []).append((job, result))
    for loop, part in of_loop.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(_resolve, part)


def _resolve(results: Iterable[tuple[Job, object]]) -> None:
    for job, result in results:
        if job.future.done():  # the caller left
            continue
        if isinstance(result, Exception):
            job.future.set_exception(result)
        else:
            job.future.set_result(result)
