"""Run other programs in a process of their own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

from lenet.errors import EngineError


def ask(
    name: str,
    command: Sequence[str],
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
) -> bytes:
    """Return the standard output of a command.

    Args:
        name: the program's name, for messages.
        command: the program and its arguments.
        stdin: bytes for its standard input.
        environment: variables that are added to this process's environment.

    Raises:
        LenetError: the command fails; the message has the last line of its standard error.
    """
    surroundings = {**os.environ, **(environment or {})}
    done = subprocess.run(command, input=stdin, capture_output=True, check=False, env=surroundings)
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip().splitlines() or ["it says nothing"]
        raise EngineError(f"{name} failed: {words[-1]}")
    return done.stdout
