"""A server that collects, with group commit or a transaction each: `python -m ... DATABASE PAGE WAY`.

It prints its port, and ends when its standard input does. PAGE is a folder with an index.html and the consent
text, consent.md.
"""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

import lenet
from lenet.models import DEFAULT_MODEL
from lenet.server.app import make_app, make_services
from lenet.server.collect.collecting import Collecting
from lenet.server.collect.collector import Collector
from lenet.server.collect.consent import ConsentFile
from lenet.server.collect.database import Database, open_database
from lenet.server.collect.prompts import Survey
from lenet.server.collect.rate_limits import RateLimits
from lenet.server.collect.rows import new_row
from lenet.server.collect.schema import contributions
from lenet.server.collect.types import Contribution
from lenet.server.config import ServerConfig
from lenet.server.run import start

THREADS = 16


class TransactionEach(Collector):
    """A collector without group commit: each contribution is a transaction in one of some threads."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._threads = ThreadPoolExecutor(THREADS)
        self._own = database

    async def contribute(self, item: Contribution) -> bool:
        """Store a contribution in a transaction of its own."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._store, item)

    def _store(self, item: Contribution) -> bool:
        with self._own.writing() as connection:
            connection.execute(sa.insert(contributions), new_row(item).values)
        return True


def main() -> None:
    """Command line."""
    name, page, way = sys.argv[1:]
    database = open_database(name)
    database.engine.pool._max_overflow = THREADS  # type: ignore[attr-defined]
    collector = Collector(database) if way == "group" else TransactionEach(database)
    recognizer = lenet.load()
    config = ServerConfig(model=DEFAULT_MODEL, page=Path(page), page_words=("recognize", "collect"))
    collecting = Collecting(
        collector=collector,
        consent=ConsentFile(Path(page) / "consent.md"),
        survey=Survey(collector, recognizer),
        limits=RateLimits.per_minute(),
    )
    services = replace(make_services(config, recognizer), collecting=collecting)
    with start(config, make_app(config, services)) as running:
        print(running.port, flush=True)
        sys.stdin.read()
    collector.close()


if __name__ == "__main__":
    main()
