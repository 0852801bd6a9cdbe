"""The database argument of `lenet collect`, and how it is opened."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from lenet.server.collect.database import Database


def add_database(parser: argparse.ArgumentParser) -> None:
    """Add DATABASE."""
    parser.add_argument(
        "database",
        metavar="DATABASE",
        help="database of `lenet serve --collect`: a SQLite file, or postgresql://USER@HOST/NAME with the "
        "password in the environment variable PGPASSWORD; the server may run meanwhile",
    )


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[Database]:
    """Yield the database, which must exist. Raise LenetError if a package is missing, or CollectError."""
    from lenet.server.collect import require_packages

    require_packages()
    from lenet.server.collect.database import open_database

    database = open_database(args.database, create=False)
    try:
        yield database
    finally:
        database.close()


def contribution_id(text: str) -> UUID:
    """Return the id of a contribution, for argparse."""
    try:
        return UUID(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r:.50} is not an id, such as 0190...-...") from None
