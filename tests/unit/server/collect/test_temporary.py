"""The folder of a class: deleted at the end, and after a kill by the next class."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from lenet.server.collect.temporary import LOCK, PREFIX, class_folder, remove_stale


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def folders(temporary: Path) -> list[Path]:
    return sorted(temporary.glob(f"{PREFIX}*"))


def test_nobody_else_reads_it_and_it_is_deleted(temporary: Path) -> None:
    with class_folder() as folder:
        assert folders(temporary) == [folder]
        (folder / "letters.db").write_bytes(b"letters")
        if os.name != "nt":
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert folders(temporary) == []


def test_it_is_deleted_after_an_error(temporary: Path) -> None:
    with pytest.raises(ZeroDivisionError), class_folder():
        raise ZeroDivisionError
    assert folders(temporary) == []


def test_a_class_that_runs_is_left_alone() -> None:
    with class_folder() as first, class_folder() as second:
        assert remove_stale() == 0
        assert first.is_dir()
        assert second.is_dir()


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_the_folder_of_a_killed_class_is_deleted_by_the_next(temporary: Path) -> None:
    code = """
import sys, tempfile, time
tempfile.tempdir = sys.argv[1]
from lenet.server.collect.temporary import class_folder
with class_folder() as folder:
    (folder / "letters.db").write_bytes(b"letters")
    print("ready", flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code, str(temporary)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        (stale,) = folders(temporary)
        assert remove_stale() == 0
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert (stale / "letters.db").exists()
    with class_folder() as folder:
        assert folders(temporary) == [folder]
    assert folders(temporary) == []


def test_one_that_is_being_made_is_left_alone(temporary: Path) -> None:
    young = temporary / f"{PREFIX}young"
    young.mkdir()
    locked = temporary / f"{PREFIX}locked"
    locked.mkdir()
    (locked / LOCK).touch()
    assert remove_stale() == 0
    old = time.time() - 3600
    for folder in (young, locked):
        os.utime(folder, (old, old))
    assert remove_stale() >= 1
    assert not young.exists()


@pytest.mark.skipif(os.name == "nt", reason="links need a right")
def test_links_are_not_followed(temporary: Path) -> None:
    target = temporary / "precious"
    target.mkdir()
    (target / "file").write_bytes(b"x")
    (temporary / f"{PREFIX}link").symlink_to(target)
    (temporary / f"{PREFIX}file").write_bytes(b"x")
    assert remove_stale() == 0
    assert (target / "file").exists()
