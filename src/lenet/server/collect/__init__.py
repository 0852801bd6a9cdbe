"""Collect handwriting with consent: contributions in a database, their withdrawal, and exports.

`types` has the values, `schema` the tables, `database` the connection, `collector` the one writer.
Only `types` can be imported without the packages of `pip install 'lenet[collect]'`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lenet._util.extras import require

if TYPE_CHECKING:
    from lenet.server.collect.collector import Collector

PACKAGES = ("sqlalchemy", "alembic", "pg8000")


def require_packages() -> None:
    """Raise MissingDependencyError, with the install command, if a package is missing."""
    for package in PACKAGES:
        require(package, "collect")


def open_collector(name: str | Path) -> Collector:
    """Open a database, and start its collector.

    Args:
        name: a path, sqlite:///PATH or postgresql://USER@HOST/NAME; a missing file is created.

    Raises:
        LenetError: a package is missing, the name is not understood, or the tables are of a newer program.
        CollectError: the database cannot be reached.
    """
    require_packages()
    from lenet.server.collect.collector import Collector
    from lenet.server.collect.database import open_database

    return Collector(open_database(name))
