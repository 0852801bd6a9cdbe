"""Compile and run a header, with an installed compiler or the one of the `ziglang` wheel."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet._util.subprocesses import ask
from lenet.errors import EngineError, MissingDependencyError
from lenet.exporters.c import source

FLAGS = ("-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-pedantic")
COMPILERS = ("cc", "clang", "gcc")


def compiler() -> list[str]:
    """Return the command of the first compiler found; MissingDependencyError without one."""
    for name in COMPILERS:
        if path := shutil.which(name):
            return [path]
    if importlib.util.find_spec("ziglang"):
        return [sys.executable, "-m", "ziglang", "cc"]
    raise MissingDependencyError("no C compiler; install gcc or clang, or: pip install ziglang")


def run(paths: Sequence[Path], images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Compile the header into a temporary program and run it.

    Raise EngineError if the compiler warns or the program fails.
    """
    command = compiler()
    with tempfile.TemporaryDirectory(prefix="lenet-") as room:
        folder = Path(room)
        shutil.copy(paths[0], folder)
        program = source.template("verify.c", header=paths[0].name)
        (folder / "verify.c").write_text(program, encoding="utf-8")
        (folder / "images").write_bytes(np.ascontiguousarray(images).tobytes())
        _compile([*command, *FLAGS, "verify.c", "-o", "verify", "-lm"], folder)
        ask("the program", [str(folder / part) for part in ("verify", "images", "answers")])
        answers = np.fromfile(folder / "answers", np.float32)
    return answers.reshape(len(images), -1)


def runtime() -> str:
    """Return the first line of the compiler's version."""
    return ask("the compiler", [*compiler(), "--version"]).decode(errors="replace").splitlines()[0]


def _compile(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        first = next((line for line in done.stderr.splitlines() if "error" in line), "it fails")
        raise EngineError(f"{Path(command[0]).name}: {first}")
