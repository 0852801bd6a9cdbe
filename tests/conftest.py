"""What several test files need."""

from __future__ import annotations

from pathlib import Path

import pytest

from lenet.datasets.specs import shared_folder
from needs import missing

pytest_plugins = ["browser"]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of data sets that the project is measured on."""
    folder = shared_folder()
    if folder is None or not (folder / "strokes").is_dir():
        missing("no folder ../shared (or LENET_SHARED) with the data sets")
    return folder
