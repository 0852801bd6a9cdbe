"""Train one trial, in a process of its own or in this one, and return its row."""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lenet import metrics
from lenet.datasets import Dataset
from lenet.errors import LenetError, ModelFileError
from lenet.sweep.machine import EnergyMeter, describe_machine
from lenet.sweep.row import Row, pack_hits
from lenet.sweep.shared_data import SharedData
from lenet.sweep.trial import Trial, code_digest
from lenet.training import checkpoint
from lenet.training.trainer import Trainer


@dataclass(frozen=True)
class Training:
    """A task: a trial with its data.

    Attributes:
        trial: the training.
        data: the training data.
        validation: the letters that measure it; None: the tenth that validates.
        paused: file with the state after the last rung of the same schedule; None: from the start.
        pause_at: file for the state at the end, for the next rung; None: it is not needed.
    """

    trial: Trial
    data: SharedData
    validation: SharedData | None = None
    paused: Path | None = None
    pause_at: Path | None = None

    def __str__(self) -> str:
        return str(self.trial)


def run_training(task: Training) -> Row:
    """Train a trial on one thread, measure it, and return its row; a failure is a row, too.

    Raises:
        LenetError: this process has other code or another engine than the sweep, as nodes of a cluster may.
    """
    if task.trial.code != code_digest():
        raise LenetError(
            f"{task}: a process has other code, or vectors of another length, than the sweep; "
            "install the same lenet on all nodes, and set LENET_ISA to instructions that all have"
        )
    begin, cpu, meter = time.perf_counter(), time.process_time(), EnergyMeter()
    trainer: Trainer | None = None
    error, first = None, 0
    try:
        trainer = task.trial.trainer(task.data.load())
        _resume(trainer, task.paused)
        first = len(trainer.history)
        _train(trainer, task)
    except (LenetError, ValueError, MemoryError) as failure:
        error = " ".join(str(failure).split())[:200] or "not enough memory"
    letters, correct, loss, hits = 0, 0, None, None
    if trainer and error is None:
        data = _validation(trainer, task)
        probabilities = trainer.network.predict(trainer.state.parameters, data.images, threads=1)
        scores = metrics.classification_metrics(probabilities, data.labels, data.classes)
        letters, correct, loss = scores.n, scores.correct, float(scores.loss)
        hits = pack_hits(probabilities.argmax(axis=1) == data.labels)
    return Row(
        task.trial,
        letters,
        correct,
        loss,
        epochs=len(trainer.history) if trainer else 0,
        new_epochs=len(trainer.history) - first if trainer else 0,
        parameters=len(trainer.state.parameters) if trainer else 0,
        seconds=round(time.perf_counter() - begin, 4),
        cpu_seconds=round(time.process_time() - cpu, 4),
        energy_joules=meter.joules(),
        weights=weights_digest(trainer) if trainer and error is None else None,
        hits=hits,
        error=error,
        machine=describe_machine(),
    )


def weights_digest(trainer: Trainer) -> str:
    """Return the SHA-256 of the parameters as little-endian float32, as hexadecimal digits."""
    return hashlib.sha256(trainer.state.parameters.astype("<f4").tobytes()).hexdigest()


def _resume(trainer: Trainer, paused: Path | None) -> None:
    """Continue from the state of an earlier rung; without it, or if it is damaged, begin anew."""
    if paused is not None and paused.exists():
        with suppress(ModelFileError):
            checkpoint.load(paused, trainer)


def _train(trainer: Trainer, task: Training) -> None:
    """Train until the trial's last epoch; keep the state for the next rung."""
    epochs = trainer.epochs()
    while len(trainer.history) < task.trial.epochs:
        next(epochs)
    if task.pause_at:
        checkpoint.save(task.pause_at, trainer)


def _validation(trainer: Trainer, task: Training) -> Dataset:
    if task.validation is None:
        return trainer.validation
    data = task.validation.load()
    return (
        data if data.classes == trainer.validation.classes else data.with_classes(trainer.validation.classes)
    )
