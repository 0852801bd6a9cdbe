"""Artefacts that a run makes once, whichever of its processes needs them first."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes of a run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def once(run_folder: Path, name: str, make: Callable[[Path], None]) -> Path:
    """Return the folder of that name; the first caller makes its content, the others wait."""
    folder, aside = run_folder / name, run_folder / f"{name}.part"
    with FileLock(run_folder / f"{name}.lock"):
        if not folder.exists():
            shutil.rmtree(aside, ignore_errors=True)  # of a caller that failed
            aside.mkdir()
            make(aside)
            aside.rename(folder)
    return folder
