"""Acknowledged contributions are on the disk: calls of fdatasync counted, and kills at random moments."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from itertools import islice
from pathlib import Path
from uuid import UUID

import pytest

import postgresql
from attacks import collecting, collector, syncs
from attacks.contributors import Acknowledged, acknowledged
from attacks.syncs import Sync, Trace
from needs import missing
from repository import ROOT

CLIENTS, NUMBER = 4, 5
FOLDERS = [str(ROOT / "tools"), str(ROOT / "tests" / "support")]


@pytest.fixture
def traced(tmp_path: Path) -> Path:
    """A folder, on a machine where processes can be traced and PostgreSQL is installed."""
    if not syncs.is_possible(tmp_path):
        missing("no strace, or it may not trace")
    if postgresql.programs() is None:
        missing("no PostgreSQL (Debian's package postgresql)")
    return tmp_path


@pytest.mark.slow
def test_sqlite_waits_for_the_disk_before_each_acknowledgement(traced: Path) -> None:
    trace = syncs.of_sqlite(traced, CLIENTS, NUMBER)
    assert len(trace.acknowledged) == CLIENTS * NUMBER
    assert trace.not_synced() == []
    (traced / "unsafe").mkdir()
    unsafe = syncs.of_sqlite(traced / "unsafe", CLIENTS, NUMBER, safe=False)
    assert len(unsafe.acknowledged) == CLIENTS * NUMBER
    assert len(unsafe.not_synced()) > CLIENTS * NUMBER / 2, "the trace shows the difference"


@pytest.mark.slow
def test_postgresql_waits_for_the_disk_before_each_acknowledgement(traced: Path) -> None:
    trace = syncs.of_postgresql(CLIENTS, NUMBER)
    assert len(trace.acknowledged) == CLIENTS * NUMBER
    assert trace.not_synced() == []
    unsafe = syncs.of_postgresql(CLIENTS, NUMBER, settings=("fsync=off",))
    assert len(unsafe.acknowledged) == CLIENTS * NUMBER
    assert len(unsafe.not_synced()) > CLIENTS * NUMBER / 2, "the trace shows the difference"


@pytest.mark.slow
def test_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    """A few; `tools/attack.py collector` kills for as long as it is told."""
    if postgresql.programs() is None:
        missing("no PostgreSQL (Debian's package postgresql)")
    with postgresql.serving(settings=()) as server:
        outcomes = list(islice(collector.kills(tmp_path, server, random.Random(1)), 4))
    assert [outcome for outcome in outcomes if not outcome.survived] == []


@pytest.mark.slow
def test_a_server_on_a_full_disk_answers_507_and_goes_on(tmp_path: Path) -> None:
    """On a small file system of its own, which needs Linux and the right to mount it."""
    unshare = shutil.which("unshare")
    options = ["--user", "--map-root-user", "--mount", "--propagation", "private"]
    mount = 'mount -t tmpfs -o size=2500k none "$0"'
    probe = [str(unshare), *options, "sh", "-c", mount, str(tmp_path)]
    if unshare is None or subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("a file system cannot be mounted in a namespace of one's own")
    words = ["sh", "-c", f'{mount} && exec "$@"', str(tmp_path)]
    words += [sys.executable, "-m", "attacks.collecting", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(FOLDERS)}
    done = subprocess.run(
        [unshare, *options, *words], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout == "goes on True\nstatuses 201 507 lost 0\n", done.stderr


@pytest.mark.slow
def test_a_server_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    if postgresql.programs() is None:
        missing("no PostgreSQL (Debian's package postgresql)")
    outcomes = list(islice(collecting.attack(tmp_path, random.Random(1)), 3))
    assert [outcome for outcome in outcomes if not outcome.survived] == []


def test_lost_contributions_are_counted() -> None:
    ids = {UUID(int=1), UUID(int=2)}
    assert collector._judge("kill", ids, {*ids, UUID(int=3)}).survived
    outcome = collector._judge("kill", ids, {UUID(int=2)})
    assert (outcome.survived, outcome.detail) == (False, "1 of 2 acknowledged contributions are lost")


def test_the_lines_of_a_killed_process_are_read() -> None:
    a, b = UUID(int=1), UUID(int=2)
    lines = [f"+{a} 1.0\n", f"+{b} 1.5\n", "!unavailable 2.0\n", f"={a} 2.5\n", f"={b} 3."]
    assert acknowledged(lines) == [Acknowledged(a, 1.0, 2.5)]


TRACE = """\
7 10.000000 fdatasync(4</a/letters.db-wal>) = 0 <0.500000>
8 11.000000 fsync(5 <unfinished ...>
7 11.100000 fdatasync(4)                = -1 EIO (Input/output error) <0.100000>
8 11.300000 <... fsync resumed>)        = 0 <0.400000>
7 12.000000 +++ killed by SIGKILL +++
"""


def test_the_calls_of_a_trace_are_read(tmp_path: Path) -> None:
    (tmp_path / "trace").write_text(TRACE)
    assert syncs.read_syncs(tmp_path / "trace") == [Sync(10.0, 10.5), Sync(11.0, 11.4)]


def test_a_call_counts_only_within_the_wait() -> None:
    waits = [(9.9, 10.6), (10.1, 10.6), (9.9, 10.4), (10.6, 11.5)]
    items = [Acknowledged(UUID(int=n), *wait) for n, wait in enumerate(waits)]
    trace = Trace(items, [Sync(10.0, 10.5), Sync(11.0, 11.4)])
    assert [item.id.int for item in trace.not_synced()] == [1, 2]


@pytest.mark.slow
def test_a_broken_connection_prints_no_traceback(tmp_path: Path) -> None:
    if postgresql.programs() is None:
        missing("no PostgreSQL (Debian's package postgresql)")
    with postgresql.serving(settings=()) as server:
        code = (
            "import sys; sys.path[:0] = sys.argv[2:]; from attacks.contributors import contribute; "
            "contribute(sys.argv[1], 1, 4)"
        )
        command = [sys.executable, "-c", code, server.url("postgres"), *FOLDERS]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            for line in running.stdout:
                if line.startswith("="):
                    break
            server.kill()
            server.start()
            for line in islice(running.stdout, 40):
                assert line[0] in "+=!"
            running.kill()
            _, errors = running.communicate()
    assert errors == ""
