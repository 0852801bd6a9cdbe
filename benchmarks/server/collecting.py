"""Measure durable contributions: group commit against a transaction each, on SQLite and PostgreSQL.

python -m benchmarks.server.collecting                 # measures, writes results and table
python -m benchmarks.server.collecting --only-table    # measures nothing
python -m benchmarks.server.collecting --quick         # a quick look

Sixteen connections contribute over HTTP without pause, each with one contribution at a time. Both servers are
this project's; one has the collector, the other inserts each contribution in a SQLAlchemy transaction of its
own, in one of sixteen threads. Rows, table and settings are the same, and a contribution is acknowledged
after its commit is on the disk.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from benchmarks.lib.measuring import ROOT, Benchmark, arguments, cell, machine, measured_on, spread

from lenet._util import markdown

sys.path.insert(0, str(ROOT / "tests" / "support"))
import postgresql

CLIENTS = 16
SECONDS, TURNS = 4.0, 5
QUICK_SECONDS, QUICK_TURNS = 2.0, 2
WARM_UP = 0.5  # seconds
CONSENT = b"Responsible: a benchmark. Licence: CC0.\n"
STROKES = [[[float(x), float(x * x % 17)] for x in range(60)]]
WAYS = {"group": "group commit", "each": "a transaction each"}


def _request(port: int) -> bytes:
    body = {
        "id": str(uuid4()),
        "strokes": STROKES,
        "label": "L",
        "consent": hashlib.sha256(CONSENT).hexdigest(),
    }
    text = json.dumps(body).encode()
    head = (
        f"POST /v1/contributions HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Lenet-Contributor: {'0' * 32}\r\nContent-Length: {len(text)}\r\n\r\n"
    )
    return head.encode() + text


async def _client(port: int, begin: float, end: float, times: list[float]) -> None:
    """Contribute over one connection; keep the seconds of each contribution that ends within the time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (sent := time.perf_counter()) < end:
        writer.write(_request(port))
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 201"):
            raise RuntimeError(f"the server answers {head.splitlines()[0].decode()}")
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
        await reader.readexactly(int(length))
        done = time.perf_counter()
        if begin <= sent and done <= end:
            times.append(done - sent)
    writer.close()
    await writer.wait_closed()


@contextmanager
def _served(folder: Path, database: str, way: str) -> Iterator[int]:
    """Yield the port of a server that collects, in a process of its own."""
    line = [sys.executable, "-m", "benchmarks.server.collecting_site", database, str(folder), way]
    with subprocess.Popen(line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield int(server.stdout.readline())
        server.communicate()


def _turn(folder: Path, database: str, way: str, seconds: float) -> dict[str, float]:
    """Return the rate in contributions a second, and the median and the 99th percentile in milliseconds."""
    times: list[float] = []

    async def run(port: int) -> None:
        begin = time.perf_counter() + WARM_UP
        await asyncio.gather(*[_client(port, begin, begin + seconds, times) for _ in range(CLIENTS)])

    with _served(folder, database, way) as port:
        asyncio.run(run(port))
    cuts = statistics.quantiles(times, n=100)
    return {"rate": len(times) / seconds, "p50": 1e3 * cuts[49], "p99": 1e3 * cuts[98]}


@contextmanager
def _databases(folder: Path) -> Iterator[dict[str, Callable[[], str]]]:
    """Yield a function for each kind, which names an empty database on the disk of the project."""
    numbers = count()

    def in_server(server: postgresql.Server) -> str:
        name = f"letters{next(numbers)}"
        server.execute(f"CREATE DATABASE {name}")
        return server.url(name)

    files: dict[str, Callable[[], str]] = {"SQLite": lambda: str(folder / f"letters{next(numbers)}.db")}
    if postgresql.programs() is None:
        yield files
        return
    with postgresql.serving(settings=()) as server:
        yield {**files, "PostgreSQL": partial(in_server, server)}


def measure(seconds: float = SECONDS, turns: int = TURNS) -> dict[str, Any]:
    """Return the figures of each database and way, taken in turn."""
    where = machine({"sqlalchemy": sa.__version__})
    (ROOT / "build").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="collecting-", dir=ROOT / "build"))
    (folder / "consent.md").write_bytes(CONSENT)
    (folder / "index.html").write_text("<!doctype html><title>page</title>", encoding="utf-8")
    rows: dict[str, dict[str, list[dict[str, float]]]] = {}
    try:
        with _databases(folder) as databases:
            for _ in range(turns):
                for kind, make in databases.items():
                    for way in WAYS:
                        figures = _turn(folder, make(), way, seconds)
                        rows.setdefault(kind, {}).setdefault(way, []).append(figures)
    finally:
        shutil.rmtree(folder)
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
        each = ways["each"]
        for way, figures in ways.items():
            cells = [cell(figures[name]) for name in ("rate", "p50", "p99")]
            ratios = [f"{figures[name]['median'] / each[name]['median']:.3g}" for name in ("rate", "p99")]
            rows.append([kind, WAYS[way], *cells, *ratios])
    turns = results["databases"]["SQLite"]["each"]["rate"]["n"]
    about = f"{results['clients']} connections; median and range of {turns} turns. "
    return f"{markdown.table(head, rows)}\n{about}{measured_on(results['machine'], 'sqlalchemy')}\n"


BENCHMARK = Benchmark("server/collecting.py", "collecting", table)


def main() -> int:
    """Command line."""
    options = arguments(__doc__, "measure briefly").parse_args()
    quick = partial(measure, QUICK_SECONDS, QUICK_TURNS)
    return BENCHMARK.run(options, quick if options.quick else measure)


if __name__ == "__main__":
    sys.exit(main())
