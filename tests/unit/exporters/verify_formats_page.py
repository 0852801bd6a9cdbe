"""The code of docs/reference/formats.md that needs PyTorch: `make verify-exports`."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_formats_page import OF_APART, Example, prepared, python


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared(tmp_path_factory.mktemp("exports"), OF_APART)


@pytest.mark.parametrize("example", OF_APART, ids=lambda one: one.heading)
def test_the_code_runs(example: Example, folder: Path) -> None:
    assert python(example.code, folder) == example.printed
