"""`lenet collect moderate`: the state of contributions."""

from __future__ import annotations

import argparse

from lenet._util.counts import counted
from lenet.cli.collect_database import add_database, contribution_id, opened

EPILOG = """examples:
  lenet collect moderate letters.db --all --state accepted
  lenet collect moderate letters.db --id 01976c2e-5a01-7000-8000-3f1d6c0a9b11 --state rejected

The page of the server shows the drawings for moderation; this command is for scripts."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet collect moderate`."""
    add_database(parser)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true", help="all new contributions")
    which.add_argument("--id", nargs="+", type=contribution_id, metavar="ID", help="these contributions")
    parser.add_argument(
        "--state", required=True, choices=["new", "accepted", "rejected"], help="their state from now on"
    )


def run(args: argparse.Namespace) -> int:
    """Set the states; print how many."""
    with opened(args) as database:
        from lenet.server.collect import queries
        from lenet.server.collect.types import State

        with database.writing() as connection:
            number = queries.moderate(connection, None if args.all else args.id, State(args.state))
    print(f"{counted(number, 'contribution is', 'contributions are')} {args.state}")
    return 0
