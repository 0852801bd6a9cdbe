"""A PostgreSQL of one's own: unprivileged, in a temporary folder, reached by a Unix socket alone."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from processes import end_with_the_parent

NOBODY = 65534
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin")
NEEDED = ("initdb", "postgres", "pg_isready")
START_WAIT = 30.0  # seconds
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""Settings of tests that survive no crash of the machine."""


def programs() -> Path | None:
    """Return the folder of `initdb` and `postgres`, of the newest version; None without one."""
    folders = [folder for place in PLACES for folder in Path("/").glob(place[1:])]
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    complete = [folder for folder in folders if all((folder / name).exists() for name in NEEDED)]
    return max(complete, key=_version, default=None)


def _version(folder: Path) -> list[int]:
    """Return the version in a folder such as /usr/lib/postgresql/15/bin."""
    return [int(number) for number in re.findall(r"\d+", folder.parent.name)]


def _as_nobody() -> dict[str, Any]:
    """Return the arguments of `subprocess` that drop the privileges of root, with which it refuses to run."""
    if os.geteuid() != 0:
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


class Server:
    """A server in a folder; it can be killed and started again."""

    def __init__(self, folder: Path, settings: Sequence[str] = QUICK) -> None:
        """Take a folder of `initialize`.

        Args:
            folder: holds the data and the socket; its path is short, since a socket's path is.
            settings: NAME=VALUE each.
        """
        self.folder, self.settings = folder, settings
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql+pg8000://lenet@/{database}?unix_sock={self.folder}/.s.PGSQL.5432"

    def command(self) -> list[str]:
        """Return the command line of the server."""
        binary = programs()
        assert binary is not None
        options = [word for setting in self.settings for word in ("-c", setting)]
        return [f"{binary}/postgres", "-D", f"{self.folder}/data", "-k", str(self.folder), "-h", "", *options]

    def start(self, around: Sequence[str] = ()) -> None:
        """Start the server and wait for it; `around` is a command that runs it, such as strace."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*around, *self.command()],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_the_parent,
                **_as_nobody(),
            )
        end = time.monotonic() + START_WAIT
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self.folder / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.02)

    def answers(self) -> bool:
        """Tell if the server accepts connections."""
        binary = programs()
        command = [f"{binary}/pg_isready", "-q", "-h", str(self.folder)]
        return subprocess.run(command, check=False).returncode == 0

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run a statement outside a transaction; return its rows."""
        import pg8000.dbapi

        with closing(
            pg8000.dbapi.connect(user="lenet", database=database, unix_sock=f"{self.folder}/.s.PGSQL.5432")
        ) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(statement)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def kill(self) -> None:
        """Kill all its processes at once, as if the power failed."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)  # it starts no more of them
        children = self._children()
        self.process.kill()
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.process.wait()
        end = time.monotonic() + START_WAIT
        while any(_is_alive(child) for child in children) and time.monotonic() < end:
            time.sleep(0.01)  # the system is ending them
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock", "data/postmaster.pid"):
            (self.folder / name).unlink(missing_ok=True)

    def _children(self) -> list[int]:
        """Return the ids of the server's processes, of which each leads a session of its own."""
        assert self.process is not None
        listing = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(word) for word in listing.read_text().split()] if listing.exists() else []

    def _postmaster(self) -> int:
        """Return the id of the server's first process, which may run within another program."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def stop(self) -> None:
        """End the server, if it runs."""
        if self.process is not None and self.process.poll() is None:
            with suppress(OSError):
                os.kill(self._postmaster(), signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


def _is_alive(process: int) -> bool:
    """Tell if a process runs; one that nobody has waited for does not."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in ("Z", "X")


def initialize() -> Path:
    """Make the folder of a server; the caller removes it."""
    binary = programs()
    assert binary is not None
    folder = Path(tempfile.mkdtemp(prefix="lenet-pg-", dir="/tmp"))  # a socket's path has 107 bytes
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    command = [f"{binary}/initdb", "-D", f"{folder}/data", "-U", "lenet", "-A", "trust", "-E", "UTF8"]
    command += ["--no-locale", "--no-sync", "--no-instructions"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, **_as_nobody())
    except subprocess.CalledProcessError as error:
        shutil.rmtree(folder)
        raise RuntimeError(error.stderr.decode(errors="replace")) from None
    return folder


@contextmanager
def serving(settings: Sequence[str] = QUICK) -> Iterator[Server]:
    """Yield a server that runs; end it and remove its folder."""
    folder = initialize()
    server = Server(folder, settings)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
