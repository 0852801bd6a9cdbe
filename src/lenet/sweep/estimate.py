"""Estimate what a sweep costs, from the first steps of a training of each architecture."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lenet._util.counts import counted
from lenet.errors import LenetError
from lenet.sweep.halving import rungs
from lenet.sweep.plan import Plan
from lenet.sweep.results import RESULTS, Results
from lenet.sweep.trial import Trial
from lenet.training.trainer import CHUNK

MAX_TIMED = 4096  # images of the steps that are timed


@dataclass(frozen=True)
class Estimate:
    """The cost of a sweep.

    Attributes:
        trainings: number of trainings, rungs included.
        done: number of them that have a result.
        epochs: epochs of all.
        epochs_of_full_grid: epochs if every training went to its end.
        core_seconds: expected processor time of the trainings without a result.
    """

    trainings: int
    done: int
    epochs: int
    epochs_of_full_grid: int
    core_seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the estimate as JSON."""
        return {**vars(self), "core_seconds": round(self.core_seconds, 1)}

    def __str__(self) -> str:
        return (
            f"{counted(self.trainings, 'training')}, {self.done:,} with a result\n"
            f"{counted(self.epochs, 'epoch')}, {self.epochs_of_full_grid:,} in the full grid\n"
            f"about {self.core_seconds:,.0f} core-seconds"
        )


def estimate(plan: Plan, folder: Path) -> Estimate:
    """Return the cost of a plan; results in the folder count as done.

    Raises:
        LenetError: the results cannot be read.
    """
    results = Results(folder / RESULTS)
    seconds = {key: _seconds_an_epoch(plan, trial) for key, trial in _kinds(plan)}
    trainings = done = epochs = 0
    total = 0.0
    # Which configurations a rung keeps is not known; the first ones stand for them.
    for rung in rungs(plan.trials, plan.halving, lambda trial: 0.0):
        for trial in rung:
            trainings += 1
            epochs += trial.epochs
            if trial.digest in results.rows:
                done += 1
            else:
                total += trial.epochs * seconds[trial.arch, trial.data]
    return Estimate(trainings, done, epochs, plan.epochs, total)


def _kinds(plan: Plan) -> Iterator[tuple[tuple[str, tuple[str, ...]], Trial]]:
    """Yield the first trial of each architecture on each training set."""
    first: dict[tuple[str, tuple[str, ...]], Trial] = {}
    for trial in plan.trials:
        first.setdefault((trial.arch, trial.data), trial)
    yield from first.items()


def _seconds_an_epoch(plan: Plan, trial: Trial) -> float:
    """Return the processor seconds of an epoch, from its first images."""
    try:
        trainer = trial.trainer(plan.data[trial.data])
    except LenetError:
        return 0.0  # the training will fail, too
    chunks: list[float] = []

    def stop(steps: int) -> None:
        chunks.append(time.process_time())
        if (len(chunks) - 1) * CHUNK * trainer.batch_size >= MAX_TIMED:
            raise _EnoughError

    begin = time.process_time()
    with suppress(_EnoughError):
        next(trainer.epochs(stop))
    steps = min(trainer.steps, CHUNK * len(chunks))
    return (chunks[-1] - begin) * trainer.steps / steps


class _EnoughError(Exception):
    """Ends an epoch after the steps that are timed."""
