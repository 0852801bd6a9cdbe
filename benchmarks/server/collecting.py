"""Measure durable contributions: group commit against a transaction each, on SQLite and PostgreSQL.

python -m benchmarks.server.collecting                 # measures, writes results and table
python -m benchmarks.server.collecting --only-table    # measures nothing
python -m benchmarks.server.collecting --quick         # a quick look

Sixteen clients contribute without pause, each with one contribution at a time. With group commit they wait
for the collector. Otherwise each is a thread with a SQLAlchemy connection of its own, whose transaction
inserts the same row into the same table with the same settings. All are acknowledged after their commit is
on the disk.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from benchmarks.lib.measuring import ROOT, Benchmark, arguments, cell, machine, measured_on, number, spread

from lenet._util import markdown

sys.path.insert(0, str(ROOT / "tests" / "support"))
import postgresql
from lenet.server.collect.collector import Collector
from lenet.server.collect.database import Database, open_database
from lenet.server.collect.rows import new_row
from lenet.server.collect.schema import contributions
from lenet.server.collect.types import Contribution

CLIENTS = 16
SECONDS, TURNS = 3.0, 5
QUICK_SECONDS, QUICK_TURNS = 1.5, 2
STROKES = [[(float(x), float(x * x % 17)) for x in range(60)]]
GROUP, EACH = "group commit", "a transaction each"

Run = Callable[[Database, float], list[float]]
"""Contributes for some seconds; returns the seconds of each contribution."""


def _item() -> Contribution:
    return Contribution(uuid4(), bytes(32), STROKES, "L", consent_digest="0" * 64)


def group_commit(database: Database, seconds: float) -> list[float]:
    """Contribute through the collector, which closes the database."""
    collector, times = Collector(database), []

    async def client(end: float) -> None:
        while (begin := time.perf_counter()) < end:
            await collector.contribute(_item())
            times.append(time.perf_counter() - begin)

    async def run() -> None:
        end = time.perf_counter() + seconds
        await asyncio.gather(*[client(end) for _ in range(CLIENTS)])
        await collector.aclose()

    asyncio.run(run())
    return times


def transaction_each(database: Database, seconds: float) -> list[float]:
    """Contribute from threads, each contribution in a transaction of its own."""
    times: list[float] = []
    statement = sa.insert(contributions)
    end = time.perf_counter() + seconds

    def client() -> None:
        with database.engine.connect() as connection:
            writing = connection.execution_options(lenet_writes=True)
            while (begin := time.perf_counter()) < end:
                row = new_row(_item())
                with writing.begin():
                    writing.execute(statement, row.values)
                times.append(time.perf_counter() - begin)

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()
    return times


WAYS: dict[str, Run] = {GROUP: group_commit, EACH: transaction_each}


@contextmanager
def _databases() -> Iterator[dict[str, Callable[[], Database]]]:
    """Yield a function for each kind, which opens an empty database on the disk of the project."""
    (ROOT / "build").mkdir(exist_ok=True)
    folder, numbers = Path(tempfile.mkdtemp(prefix="collecting-", dir=ROOT / "build")), count()

    def sqlite() -> Database:
        return open_database(folder / f"letters{next(numbers)}.db")

    def in_server(server: postgresql.Server) -> Database:
        name = f"letters{next(numbers)}"
        server.execute(f"CREATE DATABASE {name}")
        return open_database(server.url(name))

    try:
        if postgresql.programs() is None:
            yield {"SQLite": sqlite}
            return
        with postgresql.serving(settings=()) as server:
            yield {"SQLite": sqlite, "PostgreSQL": partial(in_server, server)}
    finally:
        shutil.rmtree(folder)


def _turn(run: Run, database: Database, seconds: float) -> dict[str, float]:
    """Return rate in contributions a second, and the median and the 99th percentile in milliseconds."""
    database.engine.pool._max_overflow = CLIENTS  # type: ignore[attr-defined]  # a connection for each thread
    times = run(database, seconds)
    cuts = statistics.quantiles(times, n=100)
    return {"rate": len(times) / seconds, "p50": 1e3 * cuts[49], "p99": 1e3 * cuts[98]}


def measure(seconds: float = SECONDS, turns: int = TURNS) -> dict[str, Any]:
    """Return the figures of each database and way, taken in turn."""
    where = machine({"sqlalchemy": sa.__version__})
    rows: dict[str, dict[str, list[dict[str, float]]]] = {}
    with _databases() as databases:
        for _ in range(turns):
            for kind, make in databases.items():
                for way, run in WAYS.items():
                    rows.setdefault(kind, {}).setdefault(way, []).append(_turn(run, make(), seconds))
    return {
        "machine": where,
        "clients": CLIENTS,
        "databases": {
            kind: {
                way: {name: spread([row[name] for row in taken]) for name in ("rate", "p50", "p99")}
                for way, taken in ways.items()
            }
            for kind, ways in rows.items()
        },
    }


def table(results: dict[str, Any]) -> str:
    """Return a row for each database and way."""
    head = ["database", "commit", "contributions/s", "p50, ms", "p99, ms", "rate, ratio", "p99, ratio"]
    rows = []
    for kind, ways in results["databases"].items():
        each = ways[EACH]
        for way, figures in ways.items():
            cells = [cell(figures[name]) for name in ("rate", "p50", "p99")]
            ratios = [number(figures[name]["median"] / each[name]["median"]) for name in ("rate", "p99")]
            rows.append([kind, way, *cells, *ratios])
    turns = results["databases"]["SQLite"][EACH]["rate"]["n"]
    about = f"{results['clients']} clients; median and range of {turns} turns. "
    return f"{markdown.table(head, rows)}\n{about}{measured_on(results['machine'], 'sqlalchemy')}\n"


BENCHMARK = Benchmark("server/collecting.py", "collecting", table)


def main() -> int:
    """Command line."""
    options = arguments(__doc__, "measure briefly").parse_args()
    quick = partial(measure, QUICK_SECONDS, QUICK_TURNS)
    return BENCHMARK.run(options, quick if options.quick else measure)


if __name__ == "__main__":
    sys.exit(main())
