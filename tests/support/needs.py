"""Requirements of tests: if a machine lacks one, the test fails in CI and is skipped elsewhere."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """End a test for which the machine lacks something."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}: required in CI")
    pytest.skip(what)
