"""The command line: progress is shown on standard error, and only on a terminal."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "lenet", "data", "info", "font-letters"]


def test_a_terminal_shows_progress() -> None:
    termios = pytest.importorskip("termios", reason="no pseudo-terminals on this system")
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    done = subprocess.run(COMMAND, stdout=subprocess.PIPE, stderr=theirs, text=True, check=True)
    os.write(theirs, b"end")  # so that reading never waits
    displayed = os.read(ours, 10_000).decode()
    os.close(theirs)
    os.close(ours)
    assert "reading font-letters" in displayed
    assert "reading" not in done.stdout


def test_a_file_gets_no_progress() -> None:
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=True)
    assert done.stderr == ""
