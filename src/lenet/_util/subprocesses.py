"""Runtimes that are asked in a process of their own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

from lenet.errors import EngineError


def ask(
    name: str,
    command: Sequence[str],
    given: bytes = b"",
    environment: Mapping[str, str] | None = None,
) -> bytes:
    """What a command prints when it is given these bytes, with the environment added to this
    process's. Raises LenetError, with its last words, where it fails."""
    surroundings = {**os.environ, **(environment or {})}
    done = subprocess.run(command, input=given, capture_output=True, check=False, env=surroundings)
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip().splitlines() or ["it says nothing"]
        raise EngineError(f"{name} failed: {words[-1]}")
    return done.stdout
