"""`lenet collect stats`: what a database of contributions holds."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from lenet._util.counts import counted
from lenet.cli.collect_database import add_database, opened

if TYPE_CHECKING:
    from lenet.server.collect.types import Counts

EPILOG = """examples:
  lenet collect stats letters.db
  lenet collect stats postgresql://lenet@localhost/letters --json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet collect stats`."""
    add_database(parser)
    parser.add_argument("--json", action="store_true", help="one line of JSON")


def run(args: argparse.Namespace) -> int:
    """Print the counts."""
    with opened(args) as database:
        from lenet.server.collect import queries

        with database.reading() as connection:
            counts = queries.counts(connection)
    print(json.dumps(_json(counts)) if args.json else _text(counts))
    return 0


def _json(counts: Counts) -> dict[str, object]:
    return {"contributors": counts.contributors, "letters": counts.letters, "withdrawn": counts.withdrawn}


def _text(counts: Counts) -> str:
    """Return a row for each letter, then the sums."""
    from lenet.server.collect.types import State

    states = [State.NEW, State.ACCEPTED, State.REJECTED]
    rows = [["letter", *states]]
    rows += [[letter, *(f"{row.get(s, 0):,}" for s in states)] for letter, row in counts.letters.items()]
    rows.append(["all", *(f"{counts.total(state):,}" for state in states)])
    lines = ["".join(f"{cell:>10}" for cell in row) for row in rows]
    contributors = counted(counts.contributors, "contributor")
    lines.append(f"{contributors}, {counted(counts.withdrawn, 'withdrawn contribution')}")
    return "\n".join(lines)
