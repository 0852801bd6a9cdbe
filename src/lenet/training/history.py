"""The history of a training: figures of each epoch, as JSON and as a plot."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lenet._util.files import atomic_write, open_file, read_error
from lenet.errors import ModelFileError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_BYTES = 64 * 2**20
_OLD_NAMES = {"rate": "learning_rate"}  # of version 0.1


@dataclass(frozen=True)
class Epoch:
    """Figures of an epoch.

    Attributes:
        epoch: counted from 1.
        learning_rate: of the last step.
        loss: mean cross-entropy of the augmented training images before each update, in nats.
        accuracy: of the same, 0..1.
        validation_loss: mean cross-entropy of the validation set after the epoch, in nats.
        validation_accuracy: of the same, 0..1.
    """

    epoch: int
    learning_rate: float
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float


def write_history(path: Path, history: list[Epoch]) -> None:
    """Write the history as JSON: a list with an object for each epoch."""
    with atomic_write(path) as file:
        file.write((json.dumps([asdict(row) for row in history], indent=1) + "\n").encode())


def read_history(path: Path) -> list[Epoch]:
    """Read the JSON that `write_history` wrote.

    Raises:
        ModelFileError: the file is missing or is something else.
    """
    try:
        with open_file(path, kind=ModelFileError) as stream:
            text = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise read_error(path, error, kind=ModelFileError) from None
    try:
        if len(text) > MAX_BYTES:
            raise ValueError("larger than 64 MiB")
        return [epoch_from_json(row) for row in json.loads(text)]
    except (ValueError, TypeError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise ModelFileError(f"{path}: not a history of a training ({reason:.80}); remove it") from None


def epoch_from_json(row: Any) -> Epoch:
    """Return a row of a history, read from JSON. Raises ValueError or TypeError for anything else."""
    if not isinstance(row, dict):
        raise ValueError("a row is not an object")
    row = {_OLD_NAMES.get(name, name): value for name, value in row.items()}
    epoch = Epoch(**row)
    if not all(type(value) in (int, float) and math.isfinite(value) for value in row.values()):
        raise ValueError("a number is missing")
    return epoch


def draw_history(history: Sequence[Epoch], epochs: int | None = None) -> Figure:
    """Plot loss and accuracy over the epochs.

    Args:
        history: the epochs so far.
        epochs: number of epochs planned, for the width of the axes.

    Raises:
        ImportError: matplotlib is not installed.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(9, 3.6), dpi=100, layout="constrained")
    numbers = [row.epoch for row in history]
    marker = "o" if len(history) == 1 else None
    for place, name, unit in ((1, "loss", "cross-entropy, nats"), (2, "accuracy", "fraction correct")):
        axes = figure.add_subplot(1, 2, place)
        for label, column in (("training", name), ("validation", f"validation_{name}")):
            values = [getattr(row, column) for row in history]
            axes.plot(numbers, values, label=label, marker=marker)
        axes.set(xlabel="epoch", ylabel=unit, title=name.capitalize())
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend()
        if epochs:
            axes.set_xlim(0.5, epochs + 0.5)
    return figure


def plot_history(path: Path, history: Sequence[Epoch]) -> None:
    """Write the plot of `draw_history` as PNG."""
    figure = draw_history(history)
    with atomic_write(path) as file:
        figure.savefig(file, format="png", dpi=120)
