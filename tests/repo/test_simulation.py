"""The simulation of batch prediction, where a formula gives its result."""

from __future__ import annotations

import pytest
from benchmarks.scale.simulation import Costs, bottleneck, simulate


def test_one_core_works_on_one_shard_after_the_other() -> None:
    seconds = simulate(1000, 100, 1, Costs(letter_s=0.01, task_s=0.001, start_s=0.5))
    assert seconds == pytest.approx(0.5 + 0.001 + 10)


def test_a_slow_driver_sets_the_pace() -> None:
    seconds = simulate(1000, 1, 100, Costs(letter_s=0.01, task_s=0.1, start_s=0))
    assert seconds == pytest.approx(1000 * 0.1 + 0.01)


def test_the_last_shard_keeps_one_core() -> None:
    assert simulate(300, 100, 2, Costs(letter_s=0.01, task_s=0, start_s=0)) == pytest.approx(2)


def test_a_long_run_is_simulated_in_part() -> None:
    costs = Costs(letter_s=0.001, task_s=1e-6, start_s=0)
    assert simulate(10**6, 1, 10, costs) == pytest.approx(100, rel=0.01)


@pytest.mark.parametrize(
    ("cores", "task_s", "name"),
    [(1, 1e-3, "the cores"), (10**6, 1e-3, "the driver"), (10**6, 1e-9, "new objects a second")],
)
def test_the_narrowest_part_is_named(cores: int, task_s: float, name: str) -> None:
    assert bottleneck(16384, cores, Costs(letter_s=1e-5, task_s=task_s, start_s=0)) == name
