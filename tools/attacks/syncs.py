"""Count the `fdatasync` calls of a database with strace: a kill -9 cannot tell if the disk was waited for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import postgresql
from attacks.contributors import Acknowledged, acknowledged

CALL = re.compile(r"^\d+ +(?P<begin>\d+\.\d+) (?:fdatasync|fsync)\(.*= 0 <(?P<seconds>[\d.]+)>$")
UNFINISHED = re.compile(r"^(?P<thread>\d+) +(?P<begin>\d+\.\d+) (?:fdatasync|fsync)\(\d+ <unfinished")
RESUMED = re.compile(
    r"^(?P<thread>\d+) +[\d.]+ <\.\.\. (?:fdatasync|fsync) resumed>.*= 0 <(?P<seconds>[\d.]+)>$"
)
SECONDS = 60  # of a run


class Sync(NamedTuple):
    """A call that returned: begin and end in seconds since 1970."""

    begin: float
    end: float


class Trace(NamedTuple):
    """Acknowledged contributions, and the calls that waited for the disk meanwhile."""

    acknowledged: list[Acknowledged]
    syncs: list[Sync]

    def not_synced(self) -> list[Acknowledged]:
        """Return the contributions whose wait contains no whole call."""
        return [
            item
            for item in self.acknowledged
            if not any(item.begin <= sync.begin and sync.end <= item.end for sync in self.syncs)
        ]


def strace(output: Path) -> list[str]:
    """Return the command that traces another one."""
    return [str(shutil.which("strace")), "-f", "-ttt", "-T", "-e", "trace=fdatasync,fsync", "-o", str(output)]


def is_possible(folder: Path) -> bool:
    """Tell if strace is installed and may trace."""
    if shutil.which("strace") is None:
        return False
    command = [*strace(folder / "probe"), "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def of_sqlite(folder: Path, clients: int, number: int, *, safe: bool = True) -> Trace:
    """Contribute to a SQLite file; trace the collector itself."""
    words = [str(folder / "letters.db"), *_options(clients, number), *([] if safe else ["--unsafe"])]
    lines = _run(strace(folder / "trace"), words)
    return Trace(acknowledged(lines), read_syncs(folder / "trace"))


def of_postgresql(clients: int, number: int, settings: Sequence[str] = ()) -> Trace:
    """Contribute to a PostgreSQL of one's own; trace all its processes."""
    folder = postgresql.initialize()
    server = postgresql.Server(folder, settings)
    try:
        server.start(around=strace(folder / "trace"))
        lines = _run([], [server.url("postgres"), *_options(clients, number)])
        server.stop()
        return Trace(acknowledged(lines), read_syncs(folder / "trace"))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _options(clients: int, number: int) -> list[str]:
    return ["--clients", str(clients), "--number", str(number)]


def _run(around: Sequence[str], words: Sequence[str]) -> list[str]:
    command = [*around, sys.executable, "-m", "attacks.contributors", *words]
    folders = [str(Path(__file__).resolve().parents[1]), str(Path(postgresql.__file__).parent)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=True
    )
    return done.stdout.splitlines(keepends=True)


def read_syncs(path: Path) -> list[Sync]:
    """Read the successful calls in an output of `strace -f -ttt -T`."""
    syncs, begun = [], {}
    for line in path.read_text(errors="replace").splitlines():
        if match := CALL.match(line):
            begin = float(match["begin"])
            syncs.append(Sync(begin, begin + float(match["seconds"])))
        elif match := UNFINISHED.match(line):
            begun[match["thread"]] = float(match["begin"])
        elif (match := RESUMED.match(line)) and match["thread"] in begun:
            begin = begun.pop(match["thread"])
            syncs.append(Sync(begin, begin + float(match["seconds"])))
    return syncs
