"""The executor that a user chose."""

from __future__ import annotations

import sys

import pytest

from lenet.errors import MissingDependencyError
from lenet.executors.local import LocalExecutor
from lenet.executors.opening import open_executor


def test_without_ray_tasks_run_on_this_machine() -> None:
    with open_executor(slots=2) as executor:
        assert isinstance(executor, LocalExecutor)
        assert executor.slots == 2


@pytest.mark.parametrize("address", ["", "auto", "127.0.0.1:6379"])
def test_a_missing_ray_is_named_with_its_extra(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)  # not installed, in this test
    with (
        pytest.raises(MissingDependencyError, match=r'ray is not installed; pip install "lenet\[ray\]"'),
        open_executor(address),
    ):
        pass
