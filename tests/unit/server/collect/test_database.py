"""Opening a database: names, passwords, tables and their versions, other programs' files."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from lenet.errors import LenetError, MissingDependencyError
from lenet.server.collect import open_collector
from lenet.server.collect.database import MIGRATIONS, Database, open_database
from lenet.server.collect.schema import REVISION, VERSION_TABLE, metadata
from lenet.server.collect.types import CollectCode, CollectError
from processes import environment_without_coverage


def test_the_migrations_make_the_tables_of_the_program(database_name: str) -> None:
    database = open_database(database_name)
    with database.reading() as connection:
        options = {"version_table": VERSION_TABLE}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        checks = sa.inspect(connection).get_check_constraints("contributions")
        assert {check["name"] for check in checks} == {
            f"ck_contributions_{name}" for name in ("state", "withdrawn", "emptied")
        }
    database.close()


def test_the_last_migration_is_the_one_that_is_expected() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_a_database_of_a_newer_program_is_refused_in_one_line(database_name: str) -> None:
    database = open_database(database_name)
    with database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '0999'")
    database.close()
    with pytest.raises(LenetError, match=r"^[^\n]+: was made by a newer version of lenet \(tables 0999"):
        open_database(database_name)


def test_a_migration_that_fails_leaves_nothing(database_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import command

    upgrade = command.upgrade

    def fail(config: Config, revision: str) -> None:
        upgrade(config, revision)
        raise LenetError("power: is gone; wait")

    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", fail)
        with pytest.raises(LenetError, match="power"):
            open_database(database_name)
    database = open_database(database_name)
    with database.reading() as connection:
        assert "contributions" in sa.inspect(connection).get_table_names()
    database.close()


@pytest.mark.slow
@pytest.mark.slow
def test_two_programs_make_the_tables_at_once(database_name: str) -> None:
    code = "import sys; from lenet.server.collect.database import open_database; open_database(sys.argv[1])"
    command = [sys.executable, "-c", code, database_name]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [(process.communicate()[1], process.returncode) for process in running] == [("", 0)] * 2


def settings(database: Database) -> dict[str, object]:
    with database.reading() as connection:
        names = ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}


@pytest.mark.parametrize("form", ["{}", "sqlite:///{}"])
def test_a_sqlite_file_is_durable_and_private(form: str, tmp_path: Path) -> None:
    path = tmp_path / "letters.db"
    database = open_database(form.format(path))
    assert settings(database) == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
    }
    assert database.place == str(path)
    with database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO consents VALUES ('a', 'b', 1)")
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    if os.name == "posix":
        assert set(modes.values()) == {0o600}
    database.close()


def test_commits_of_postgresql_wait_for_the_disk_whatever_its_settings(postgresql_url: str) -> None:
    """The server of the tests has synchronous_commit off."""
    database = open_database(postgresql_url)
    with database.writing() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    database.close()


def test_a_sqlite_file_of_another_program_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "places.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    with pytest.raises(LenetError, match=r"places.sqlite: is a database of another program; name a new file"):
        open_database(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]
    connection.close()


def test_other_files_are_refused_and_stay_as_they_are(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("my notes\n" * 1000)
    with pytest.raises(CollectError, match=r"notes.txt: cannot be used now \(file is not a database\)"):
        open_database(text)
    assert text.read_text() == "my notes\n" * 1000
    assert {path.name for path in tmp_path.iterdir()} == {"notes.txt"}
    with pytest.raises(LenetError, match="is not a regular file"):
        open_database(tmp_path)
    with pytest.raises(LenetError, match="cannot be created"):
        open_database(tmp_path / "none" / "letters.db")
    with pytest.raises(LenetError, match="no such file; name the database of `lenet serve --collect`"):
        open_database(tmp_path / "letters.db", create=False)
    assert not (tmp_path / "letters.db").exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "the database needs a file; name one, such as letters.db"),
        (":memory:", "the database needs a file; name one, such as letters.db"),
        ("sqlite://", "sqlite://: not a database for contributions; name a file or postgresql://..."),
        ("mysql://ada:secret@h/d", "mysql://ada:***@h/d: not a database for contributions; "),
        ("postgresql://ada:secret@h:port/d", "the database's URL cannot be parsed; write postgresql://"),
    ],
)
def test_a_name_that_is_not_understood_is_refused_without_its_password(name: str, message: str) -> None:
    with pytest.raises(LenetError) as refused:
        open_database(name)
    assert str(refused.value).startswith(message)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_server_that_is_away_is_named_without_its_password() -> None:
    for address in ("127.0.0.1:1", "/lenet?unix_sock=/nowhere"):
        with pytest.raises(CollectError) as refused:
            open_database(f"postgresql://ada:secret@{address}" + ("/lenet" if ":" in address else ""))
        assert refused.value.code is CollectCode.UNAVAILABLE
        assert "check that PostgreSQL runs" in str(refused.value)
        assert "ada" in str(refused.value)
        assert "secret" not in str(refused.value)
        assert "\n" not in str(refused.value)


def test_a_database_that_does_not_exist_on_the_server_is_refused_in_one_line(postgresql_url: str) -> None:
    socket = postgresql_url.partition("?")[2]
    with pytest.raises(CollectError, match=r'database "none" does not exist'):
        open_database(f"postgresql://lenet@/none?{socket}")


def test_the_password_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from lenet.server.collect import database

    monkeypatch.setenv("PGPASSWORD", "secret")
    url = database._parse("postgresql://ada@h/d")
    assert (url.password, url.drivername) == ("secret", "postgresql+pg8000")
    assert database._parse("postgres://ada:own@h/d").password == "own"
    assert "secret" not in url.render_as_string(hide_password=True)


@pytest.mark.parametrize("package", ["sqlalchemy", "alembic", "pg8000"])
def test_a_missing_package_is_named_with_its_extra(
    package: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == package else find(name))
    with pytest.raises(MissingDependencyError) as missing:
        open_collector(tmp_path / "letters.db")
    assert str(missing.value) == f'{package} is not installed; pip install "lenet[collect]"'
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "code",
    [
        "import lenet.server.collect.types\n"
        "from lenet.cli.main import ALL_COMMANDS\n"
        "for entry in ALL_COMMANDS.values(): entry.load()",
        "import lenet.server.run as run; from lenet.models import DEFAULT_MODEL as model; "
        "run.make_app(run.ServerConfig(model=model))",
    ],
    ids=["the types and the command line", "a server without --collect"],
)
def test_nothing_loads_a_database_without_need(code: str) -> None:
    code = f"{code}\nimport sys; print(*sys.modules)"
    command, environment = [sys.executable, "-c", code], environment_without_coverage()
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    loaded = {name.split(".")[0] for name in printed.split()}
    assert not {"sqlalchemy", "alembic", "pg8000", "sqlite3", "mako"} & loaded


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "letters.db"
    open_database(path).close()
    path.chmod(0o400)
    with pytest.raises(CollectError, match="check the permissions"):
        open_database(path)
