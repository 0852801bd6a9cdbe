"""What a machine may lack: in CI that is a failure, elsewhere a skip that says why."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Ends a test for which the machine lacks something."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}: required in CI")
    pytest.skip(what)
