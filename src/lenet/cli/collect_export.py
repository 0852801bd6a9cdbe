"""`lenet collect export`: contributions as a data set."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lenet._util.counts import counted
from lenet.cli.arguments import UsageError
from lenet.cli.collect_database import add_database, opened

if TYPE_CHECKING:
    from lenet.server.collect.database import Database

EPILOG = """examples:
  lenet collect export letters.db --out letters.jsonl.gz
  lenet collect export letters.db --out class.jsonl.gz --state new accepted
  lenet collect export letters.db --withdrawn withdrawn.json

The manifest is written beside the data, as letters.manifest.json. `lenet train --data letters.jsonl.gz`
reads them. Equal contents give equal bytes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet collect export`."""
    add_database(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="file for the data: NAME.jsonl.gz")
    parser.add_argument(
        "--state",
        nargs="+",
        choices=["new", "accepted", "rejected"],
        default=["accepted"],
        help="states of the contributions in the data (default: accepted)",
    )
    parser.add_argument(
        "--withdrawn", type=Path, metavar="FILE", help="file for the list of withdrawn contributions, in JSON"
    )


def run(args: argparse.Namespace) -> int:
    """Write the files; print what they hold."""
    if args.out is None and args.withdrawn is None:
        raise UsageError("--out: is missing; give --out, --withdrawn or both")
    with opened(args) as database:
        from lenet.datasets.contributions import manifest_path
        from lenet.server.collect.export import export, export_withdrawn
        from lenet.server.collect.types import State

        if args.out:
            summary = export(database, args.out, {State(state) for state in args.state})
            print(f"wrote {args.out} and {manifest_path(args.out)}")
            contributors = counted(summary.contributors, "contributor")
            print(f"{counted(summary.letters.total(), 'contribution')} of {contributors}")
            if "new" not in args.state and (number := _count_new(database)):
                new = counted(number, "new contribution is", "new contributions are")
                print(f"{new} left out until accepted")
        if args.withdrawn:
            entries = export_withdrawn(database, args.withdrawn)
            number = sum(len(entry.ids) for entry in entries)
            withdrawals = counted(len(entries), "withdrawal")
            print(f"wrote {args.withdrawn}: {withdrawals} of {counted(number, 'contribution')}")
    return 0


def _count_new(database: Database) -> int:
    from lenet.server.collect import queries
    from lenet.server.collect.types import State

    with database.reading() as connection:
        return queries.counts(connection).total(State.NEW)
