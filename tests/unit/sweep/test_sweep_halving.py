"""Successive halving: which trials a rung trains, and how many epochs that costs."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lenet.executors.local import LocalExecutor
from lenet.sweep.config import Halving, RungSchedule
from lenet.sweep.halving import rung_epochs, rungs
from lenet.sweep.plan import share
from lenet.sweep.row import Row
from lenet.sweep.runner import CHECKPOINTS, run_sweep
from lenet.sweep.train import Training, run_training, weights_digest
from lenet.sweep.trial import Trial
from lenet.training.recipes import Recipe
from made_sweep import GRID, plan

OWN, SHARED = Halving(), Halving(schedule=RungSchedule.SHARED)


def trials(count: int, epochs: int = 27, seeds: int = 1) -> list[Trial]:
    return [
        Trial("lenet1", ("x",), "", None, None, Recipe(epochs=epochs, learning_rate=1e-3 * (1 + k)), seed, "")
        for k in range(count)
        for seed in range(seeds)
    ]


def score(trial: Trial) -> float:
    """The greatest learning rate is the best."""
    return trial.recipe.learning_rate


def test_rungs_grow_by_eta_to_the_full_length() -> None:
    [trial] = trials(1)
    assert rung_epochs(trial, OWN) == [1, 3, 9, 27]
    assert rung_epochs(trial, Halving(min_epochs=3)) == [3, 9, 27]
    assert rung_epochs(trial, SHARED) == [9, 27]  # the peak is at 0.3 of 27
    assert rung_epochs(trials(1, 10)[0], Halving(eta=2)) == [1, 2, 5, 10]
    assert rung_epochs(trials(1, 1)[0], SHARED) == [1]
    constant = replace(trial, recipe=replace(trial.recipe, schedule="constant"))
    assert rung_epochs(constant, SHARED) == [1, 3, 9, 27]


def test_each_rung_keeps_the_best() -> None:
    steps = list(rungs(trials(27), OWN, score))
    assert [len(rung) for rung in steps] == [27, 9, 3, 1]
    assert [{trial.recipe.epochs for trial in rung} for rung in steps] == [{1}, {3}, {9}, {27}]
    for rung, number in zip(steps, (27, 9, 3, 1), strict=True):
        rates = sorted(round(1000 * trial.recipe.learning_rate) for trial in rung)
        assert rates == list(range(28 - number, 28))
    spent = sum(trial.epochs for rung in steps for trial in rung)
    assert spent == 108
    assert spent / (27 * 27) <= 0.2


def test_a_shared_schedule_continues_after_its_peak() -> None:
    first, last = rungs(trials(27), SHARED, score)
    assert {trial.stop_after for trial in first} == {9}
    assert [(trial.stop_after, trial.recipe.learning_rate) for trial in last] == [(None, 0.027)]


def test_seeds_of_a_configuration_are_kept_together() -> None:
    steps = list(rungs(trials(3, 9, seeds=2), Halving(min_epochs=3), score))
    assert [len(rung) for rung in steps] == [6, 2]
    assert [trial.seed for trial in steps[1]] == [0, 1]


def test_without_halving_all_are_trained_to_their_end() -> None:
    assert list(rungs(trials(3), None, score)) == [trials(3)]
    assert list(rungs([], OWN, score)) == []


@pytest.mark.parametrize("schedule", RungSchedule)
def test_a_sweep_with_halving(tmp_path: Path, schedule: RungSchedule) -> None:
    rates = "[0.001, 0.003, 0.01, 1.0]"
    text = GRID.replace("epochs = 1", "epochs = 4").replace("[0.003, 0.01]", rates)
    made = plan(tmp_path, f'{text}[halving]\neta = 2\nschedule = "{schedule}"\n')
    summary = run_sweep(made, tmp_path / "out", LocalExecutor(1))
    assert summary.epochs < made.epochs
    assert not (tmp_path / "out" / CHECKPOINTS).exists()
    last = [row for row in summary.rows if row.epochs == 4]
    assert {row.trial.seed for row in last} == {0, 1}
    assert len({row.trial.candidate for row in last}) == 1
    for row in last:  # a continued training has the weights of an undisturbed one
        trainer = row.trial.trainer(made.data[row.trial.data])
        trainer.fit()
        assert weights_digest(trainer) == row.weights
    assert run_sweep(made, tmp_path / "out", LocalExecutor(1)).trained == 0


class StoppedError(Exception):
    """The end of a run in the middle."""


class Stopping(LocalExecutor):
    """Ends after some results, like a kill before the next one is written."""

    def __init__(self, results: int) -> None:
        super().__init__(1)
        self.results = results

    def run(self, function: Any, tasks: Any) -> Any:
        for task in tasks:
            result = function(task)
            if not self.results:
                raise StoppedError
            self.results -= 1
            yield task, result


@pytest.mark.parametrize("schedule", RungSchedule)
def test_a_stopped_halving_resumes_with_the_same_table(tmp_path: Path, schedule: RungSchedule) -> None:
    rates = "[0.001, 0.003, 0.01]"
    text = GRID.replace("epochs = 1", "epochs = 4").replace("[0.003, 0.01]", rates).replace("[0, 1]", "[0]")
    made = plan(tmp_path, f'{text}[halving]\neta = 2\nschedule = "{schedule}"\n')
    whole = run_sweep(made, tmp_path / "whole", LocalExecutor(1))
    for _ in whole.rows:
        with suppress(StoppedError):
            run_sweep(made, tmp_path / "parts", Stopping(1))
    resumed = run_sweep(made, tmp_path / "parts", LocalExecutor(1))
    assert resumed.trained == 0
    assert [timeless(row) for row in resumed.rows] == [timeless(row) for row in whole.rows]


def timeless(row: Row) -> Row:
    return replace(row, seconds=0.0, cpu_seconds=0.0)


def test_a_temporary_file_of_a_killed_process_does_not_stop_a_sweep(tmp_path: Path) -> None:
    left = tmp_path / "out" / CHECKPOINTS / ".0cc9d5ce.npz.0-1.part"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"")
    summary = run_sweep(plan(tmp_path), tmp_path / "out", LocalExecutor(1))
    assert summary.trained == 4
    assert not left.parent.exists()


def test_a_damaged_state_of_an_earlier_rung_is_trained_again(tmp_path: Path) -> None:
    made, damaged = plan(tmp_path), tmp_path / "damaged.npz"
    damaged.write_bytes(b"PK\3\4 half a state")
    trial = made.trials[0]
    data = share(made, tmp_path / "data").data[trial.data]
    rows = [run_training(Training(trial, data, paused=paused)) for paused in (None, damaged)]
    assert rows[1].error is None
    assert rows[0].weights == rows[1].weights
