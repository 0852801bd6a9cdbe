"""Databases of the tests: SQLite and PostgreSQL, an empty one for each test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

import postgresql
from needs import missing

_NUMBERS = count()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgresql.Server]:
    """A PostgreSQL of this process."""
    if postgresql.programs() is None:
        missing("no PostgreSQL (Debian's package postgresql)")
    with postgresql.serving() as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql_server: postgresql.Server) -> Iterator[str]:
    """The URL of an empty database."""
    name = f"test{next(_NUMBERS)}"
    postgresql_server.execute(f"CREATE DATABASE {name}")
    yield postgresql_server.url(name)
    postgresql_server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_name(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The name of an empty database, for `lenet serve --collect`: a path, and a URL."""
    if request.param == "sqlite":
        return str(tmp_path / "letters.db")
    url: str = request.getfixturevalue("postgresql_url")
    return url
