"""Open a database by its URL: SQLite (a path or sqlite:///...) or PostgreSQL, with its tables up to date."""

from __future__ import annotations

import logging
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine import URL, Connection, Engine, make_url

from lenet.errors import LenetError
from lenet.server.collect.failures import explained
from lenet.server.collect.schema import REVISION, VERSION_TABLE

MIGRATIONS = Path(__file__).with_name("migrations")
LOCK_WAIT = 10  # seconds that a transaction waits for another program's
ANSWER_WAIT = 15  # seconds until PostgreSQL must have answered
_MIGRATION_LOCK = 0x4C65_4E65_74  # PostgreSQL's advisory lock while tables are made


@dataclass(frozen=True)
class Database:
    """An open database.

    Attributes:
        engine: SQLAlchemy's engine; use `reading` and `writing`.
        place: the path or the URL without its password, for messages.
    """

    engine: Engine
    place: str

    @property
    def is_sqlite(self) -> bool:
        """Tell if it is a file of SQLite."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that is committed at the end. Raise CollectError."""
        with explained(self.engine, self.place), self.connect() as connection, connection.begin():
            yield connection

    def connect(self) -> Connection:
        """Return a connection whose transactions write; the caller explains its errors."""
        return self.engine.connect().execution_options(lenet_writes=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database. Raise CollectError."""
        with explained(self.engine, self.place), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    def forget_old_bytes(self) -> bool:
        """Remove what withdrawn rows held from the files, as far as the database can.

        SQLite overwrites it, here also in its log. PostgreSQL marks the place as free for new rows.

        Returns:
            False if a reader still needs the log, so that this must be called again.
        """
        with explained(self.engine, self.place), self.engine.connect() as connection:
            connection.connection.rollback()  # the pool's ping has begun a transaction
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            if not self.is_sqlite:
                connection.exec_driver_sql("VACUUM contributions")
                return True
            connection.exec_driver_sql("PRAGMA busy_timeout = 0")  # the writer does not wait for readers
            try:
                is_busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
            finally:
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {1000 * LOCK_WAIT}")
            return not is_busy

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_database(name: str | Path, *, create: bool = True) -> Database:
    """Open a database; make its tables, or bring them up to date.

    Args:
        name: a path, sqlite:///PATH or postgresql://USER@HOST/NAME.
        create: whether a missing SQLite file is created.

    Raises:
        LenetError: the name is not understood, or the tables were made by a newer or another program.
        CollectError: the database cannot be reached.
    """
    url = _parse(name)
    is_sqlite = url.get_backend_name() == "sqlite"
    place = str(url.database) if is_sqlite else url.render_as_string(hide_password=True)
    if is_sqlite:
        _create_file(Path(place), create)
    database = Database(_engine(url), place)
    try:
        _migrate(database)
    except BaseException:
        database.close()
        raise
    return database


def _parse(name: str | Path) -> URL:
    text = str(name)
    if not re.match(r"[A-Za-z][\w+.-]*://", text):
        if text in ("", ":memory:"):
            raise LenetError("the database needs a file; name one, such as letters.db")
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except (exc.ArgumentError, ValueError):
        raise LenetError(
            "the database's URL cannot be parsed; write postgresql://USER:PASSWORD@HOST/NAME, with special "
            "characters as %XX"
        ) from None
    backend = url.get_backend_name()
    if backend == "sqlite" and url.database and url.database != ":memory:":
        return URL.create("sqlite", database=url.database)
    if backend in ("postgresql", "postgres"):
        if url.password is None and (password := os.environ.get("PGPASSWORD")):
            url = url.set(password=password)
        return url.set(drivername="postgresql+pg8000")
    place = url.render_as_string(hide_password=True)
    raise LenetError(f"{place}: not a database for contributions; name a file or postgresql://...")


def _create_file(path: Path, create: bool) -> None:
    """Create the file so that only its owner can read it; SQLite's other files take its permissions."""
    if path.exists():
        if not path.is_file():
            raise LenetError(f"{path}: is not a regular file; name another one")
        return
    if not create:
        raise LenetError(f"{path}: no such file; name the database of `lenet serve --collect`")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise LenetError(
            f"{path}: cannot be created ({error.strerror or error}); name another place"
        ) from None


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = sa.create_engine(url, connect_args={"timeout": LOCK_WAIT}, hide_parameters=True)
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # The pool logs what breaks with a connection; callers get the same as an error.
    logging.getLogger("sqlalchemy.pool").addHandler(logging.NullHandler())
    # pool_pre_ping: PostgreSQL may have been restarted since the last transaction.
    options: dict[str, Any] = {"timeout": ANSWER_WAIT, "application_name": "lenet"}
    engine = sa.create_engine(url, connect_args=options, pool_pre_ping=True, hide_parameters=True)
    event.listen(engine, "connect", _configure_postgresql)
    return engine


def _configure_postgresql(connection: Any, _: object) -> None:
    """Let commits wait for the disk, where the server's settings say that they do not."""
    cursor = connection.cursor()
    cursor.execute(
        "SELECT set_config('synchronous_commit', 'on', false) "
        "WHERE current_setting('synchronous_commit') = 'off'"
    )
    cursor.close()
    connection.commit()


def _configure_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # `_begin_sqlite` begins the transactions
    for setting in (
        "journal_mode = WAL",
        "synchronous = FULL",  # a commit returns when the disk has it
        "secure_delete = ON",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    """Take the lock for writing at once, where a transaction would ask for it later in vain."""
    writes = connection.get_execution_options().get("lenet_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


# ---- Tables ------------------------------------------------------------------------------------


def _migrate(database: Database) -> None:
    """Make the tables or bring them up to date, in one transaction."""
    with database.writing() as connection:
        if _revision(connection) == REVISION:
            return
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
        revision = _revision(connection)
        if revision is None and sa.inspect(connection).get_table_names() and database.is_sqlite:
            raise LenetError(f"{database.place}: is a database of another program; name a new file")
        if revision != REVISION:
            _run_migrations(connection, revision, database.place)


def _revision(connection: Connection) -> str | None:
    """Return the revision of the tables; None where there are none."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    column: sa.ColumnClause[str] = sa.column("version_num")
    return connection.scalar(sa.select(column).select_from(sa.table(VERSION_TABLE)))


def _run_migrations(connection: Connection, revision: str | None, place: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise LenetError(
            f"{place}: was made by a newer version of lenet (tables {revision}, this one has {REVISION}); "
            "pip install --upgrade lenet"
        )
    command.upgrade(config, "head")
