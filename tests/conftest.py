"""What several test files need."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lenet.datasets.specs import shared_folder

IN_CI = bool(os.environ.get("CI"))


def missing(what: str) -> None:
    """Ends a test for which the machine lacks something: a failure in CI, elsewhere a skip."""
    if IN_CI:
        pytest.fail(f"{what}: required in CI")
    pytest.skip(what)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of data sets that the project is measured on."""
    folder = shared_folder()
    if folder is None or not (folder / "strokes").is_dir():
        missing("no folder ../shared (or LENET_SHARED) with the data sets")
    assert folder is not None
    return folder
