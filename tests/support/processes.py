"""Processes that tests start."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_the_parent() -> None:
    """Let the system end this process with the thread that started it, which may be killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def environment_without_coverage() -> dict[str, str]:
    """Return the environment for a process whose coverage is not measured, which writes a database."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
