"""Clients of a collector in a process of their own, which tell what was acknowledged as it happens.

Each line is one `write`: "+ID TIME" before a contribution is handed to the collector, "=ID TIME" when it is
acknowledged, "!CODE TIME" when it is refused; TIME in seconds since 1970.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import event

from lenet.server.collect.collector import Collector
from lenet.server.collect.database import open_database
from lenet.server.collect.types import CollectError, Contribution

STROKES = [[(float(x), float(x * x % 17)) for x in range(40)]]
KEY = hashlib.sha256(b"an attack").digest()


def contribute(name: str, output: int, clients: int, number: int | None = None, *, safe: bool = True) -> None:
    """Contribute without pause.

    Args:
        name: the database.
        output: file descriptor for the lines.
        clients: number of coroutines, each of which waits for its answer.
        number: of contributions of each; None: without end.
        safe: False: SQLite does not wait for the disk, so that a test can see the difference.
    """
    try:
        database = open_database(name)
    except CollectError as error:  # the database was killed before
        os.write(output, f"!{error.code} {time.time():.6f}\n".encode())
        return
    if not safe:
        event.listen(database.engine, "connect", _trust_the_system)
        database.engine.dispose()
    collector = Collector(database)
    asyncio.run(_run(collector, output, clients, number))


def _trust_the_system(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")


async def _run(collector: Collector, output: int, clients: int, number: int | None) -> None:
    def tell(sign: str, word: object) -> None:
        os.write(output, f"{sign}{word} {time.time():.6f}\n".encode())

    async def client() -> None:
        done = 0
        while number is None or done < number:
            done += 1
            item = Contribution(uuid4(), KEY, STROKES, "L", consent_digest="0" * 64)
            tell("+", item.id)
            try:
                await collector.contribute(item)
            except CollectError as error:
                tell("!", error.code)
                await asyncio.sleep(0.02)
            else:
                tell("=", item.id)

    await asyncio.gather(*[client() for _ in range(clients)])
    await collector.aclose()


@dataclass(frozen=True)
class Acknowledged:
    """A contribution that was acknowledged.

    Attributes:
        id: the contribution's.
        begin: when it was handed over, in seconds since 1970.
        end: when it was acknowledged.
    """

    id: UUID
    begin: float
    end: float


def acknowledged(lines: Iterable[str]) -> list[Acknowledged]:
    """Return the acknowledged contributions in the lines of `contribute`; a last line may be cut short."""
    begin: dict[str, float] = {}
    result = []
    for line in lines:
        word, _, moment = line.rstrip("\n").partition(" ")
        if line.startswith("+"):
            begin[word[1:]] = float(moment)
        elif line.startswith("=") and line.endswith("\n"):
            result.append(Acknowledged(UUID(word[1:]), begin[word[1:]], float(moment)))
    return result


def main() -> None:
    """Command line, for runs under strace."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database")
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--number", type=int, default=20)
    parser.add_argument("--unsafe", action="store_true")
    args = parser.parse_args()
    contribute(args.database, 1, args.clients, args.number, safe=not args.unsafe)


if __name__ == "__main__":
    main()
