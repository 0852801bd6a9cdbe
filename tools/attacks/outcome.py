"""Run a command under attack and judge how it ended."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

SECONDS = 25.0  # of a command: the readers' budget, and what loading takes on a busy machine
MEMORY = 3 * 2**30  # bytes of address space
STATUSES = (0, 1, 2, 3, 4, 130)


class Outcome(NamedTuple):
    """name: of the try; detail: how it failed."""

    name: str
    survived: bool
    detail: str = ""


Attack = Callable[[Path, random.Random], Iterator[Outcome]]
"""Yields its outcomes; gets an empty folder and random numbers."""


def command(*arguments: object) -> list[str | bytes]:
    """Return the command line of the program."""
    words = [argument if isinstance(argument, bytes) else str(argument) for argument in arguments]
    return [sys.executable, "-m", "lenet", *words]


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def attempt(name: str, folder: Path, *arguments: object, seconds: float = SECONDS) -> Outcome:
    """Run the program within the limits.

    Args:
        name: of the outcome.
        folder: current folder of the process.
        arguments: of the command line; bytes are passed as they are.
        seconds: limit.
    """
    try:
        done = subprocess.run(
            command(*arguments), cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds,
            check=False, preexec_fn=_limit_memory, env={**os.environ, "LENET_DATA": str(folder / "data")},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Outcome(name, False, f"not done after {seconds:g} s")
    return judge(name, done.returncode, done.stderr.decode(errors="replace"))


def judge(name: str, status: int, errors: str) -> Outcome:
    """Judge a status and what was printed: a known status, no traceback, one line for an error."""
    lines = [line for line in errors.splitlines() if line.startswith("lenet")]
    if "Traceback" in errors or "Error:" in errors.replace("usage:", ""):
        return Outcome(name, False, errors.strip().splitlines()[-1][:200])
    if status not in STATUSES:
        return Outcome(name, False, f"status {status}: {errors.strip()[-200:]}")
    if status in (1, 3, 4) and not lines:
        return Outcome(name, False, f"status {status} without an error line: {errors.strip()[-200:]!r}")
    return Outcome(name, True)
