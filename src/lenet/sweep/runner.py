"""Run the trainings of a plan that have no result yet, and append their rows."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lenet._util.files import ensure_dir, locked
from lenet.errors import MissingDependencyError
from lenet.executors import Executor
from lenet.sweep.config import RungSchedule
from lenet.sweep.halving import rung_epochs, rungs
from lenet.sweep.parquet import write_parquet
from lenet.sweep.plan import Plan, SharedPlan, share
from lenet.sweep.results import RESULTS, Results
from lenet.sweep.row import Row
from lenet.sweep.train import Training, run_training
from lenet.sweep.trial import Trial

DATA, CHECKPOINTS, PARQUET = "data", "checkpoints", "sweep.parquet"


@dataclass
class Summary:
    """The counts and rows of a run.

    Attributes:
        trained: trainings of this run.
        skipped: trainings that had a result before.
        failed: trainings of the plan that failed, in this run or before.
        epochs: epochs of the plan's rows.
        rows: the rows of the plan, in the order of their trainings.
        parquet: the file of the compact table; None where pyarrow is not installed.
    """

    trained: int = 0
    skipped: int = 0
    failed: int = 0
    epochs: int = 0
    rows: tuple[Row, ...] = ()
    parquet: Path | None = None


def run_sweep(
    plan: Plan,
    folder: Path,
    executor: Executor,
    on_rung: Callable[[int], object] = lambda count: None,
    on_row: Callable[[Row], object] = lambda row: None,
) -> Summary:
    """Train what has no result yet; write results.jsonl and, with pyarrow, sweep.parquet.

    Args:
        plan: the trials.
        folder: of the results; it is created.
        executor: runs one training in each slot.
        on_rung: called with the number of trainings before they begin.
        on_row: called with each new row after it is on the disk.

    Raises:
        LenetError: a file cannot be read or written, or a process was killed again and again.
    """
    with locked(ensure_dir(folder)):
        results = Results(folder / RESULTS)
        shared = share(plan, folder / DATA)
        summary = Summary()
        rows = []
        for rung in rungs(plan.trials, plan.halving, lambda trial: _score(results, trial)):
            missing = [trial for trial in rung if trial.digest not in results.rows]
            summary.skipped += len(rung) - len(missing)
            on_rung(len(missing))
            tasks = (_task(trial, plan, shared, folder) for trial in missing)
            for _, row in executor.run(run_training, tasks):
                results.append(row)
                summary.trained += 1
                on_row(row)
            _remove_checkpoints(folder / CHECKPOINTS, rung)
            rows += [results.rows[trial.digest] for trial in rung]
        _remove_checkpoints(folder / CHECKPOINTS)
        summary.rows = tuple(rows)
        summary.failed = sum(row.error is not None for row in rows)
        summary.epochs = sum(row.new_epochs for row in rows)
        try:
            write_parquet(folder / PARQUET, results.sorted())
            summary.parquet = folder / PARQUET
        except MissingDependencyError:
            pass
    return summary


def _score(results: Results, trial: Trial) -> float:
    """Return the accuracy of a trial that has a row; -1 for a failure."""
    row = results.rows[trial.digest]
    return row.accuracy if row.error is None else -1.0


def _task(trial: Trial, plan: Plan, shared: SharedPlan, folder: Path) -> Training:
    paused = pause_at = None
    if plan.halving and plan.halving.schedule is RungSchedule.SHARED:
        epochs = rung_epochs(trial, plan.halving)
        rung = epochs.index(trial.epochs)
        paused = _checkpoint(trial, epochs[rung - 1], folder) if rung else None
        pause_at = None if trial.stop_after is None else _checkpoint(trial, trial.epochs, folder)
    return Training(trial, shared.data[trial.data], shared.validation, paused, pause_at)


def _checkpoint(trial: Trial, epochs: int, folder: Path) -> Path:
    """Return the file of a training's state after an epoch."""
    return ensure_dir(folder / CHECKPOINTS) / f"{replace(trial, stop_after=epochs).digest}.npz"


def _remove_checkpoints(folder: Path, kept: Sequence[Trial] = ()) -> None:
    """Remove the states of all trainings except the kept ones; without these, the folder."""
    if not kept:
        shutil.rmtree(folder, ignore_errors=True)  # a killed process may have left a temporary file
        return
    names = {trial.digest for trial in kept}
    for path in folder.glob("*.npz"):
        if path.stem not in names:
            path.unlink()
