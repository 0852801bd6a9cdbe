"""What a training's epochs showed: as JSON and as a picture."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lenet.errors import LenetError
from lenet.files import read_error, replacing

MAX_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Epoch:
    """A row of the history: losses in nats, accuracies 0..1; `loss` and `accuracy` are those of
    the augmented training images, seen before each update."""

    epoch: int
    rate: float
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float


def write_history(path: Path, history: list[Epoch]) -> None:
    """Writes the history as JSON: a list of rows, one an epoch."""
    with replacing(path) as file:
        file.write((json.dumps([asdict(row) for row in history], indent=1) + "\n").encode())


def read_history(path: Path) -> list[Epoch]:
    """Reads what `write_history` wrote. Raises LenetError for a file that is something else."""
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise read_error(path, error) from None
    try:
        if len(text) > MAX_BYTES:
            raise ValueError("larger than 64 MiB")
        return [_epoch(row) for row in json.loads(text)]
    except (ValueError, TypeError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise LenetError(f"{path}: no history of a training ({reason:.80}); remove it") from None


def _epoch(row: dict[str, Any]) -> Epoch:
    found = Epoch(**row)
    if not all(type(value) in (int, float) and math.isfinite(value) for value in row.values()):
        raise ValueError("a number is missing")
    return found


def plot_history(path: Path, history: list[Epoch]) -> None:
    """Draws loss and accuracy over the epochs as PNG. Raises ImportError without matplotlib."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    epochs = [row.epoch for row in history]
    for place, name, unit in ((1, "loss", "cross-entropy, nats"), (2, "accuracy", "share right")):
        axes = figure.add_subplot(1, 2, place)
        marker = "o" if len(history) == 1 else None
        axes.plot(
            epochs,
            [getattr(row, name) for row in history],
            label="training, augmented",
            marker=marker,
        )
        axes.plot(
            epochs,
            [getattr(row, f"validation_{name}") for row in history],
            label="validation",
            marker=marker,
        )
        axes.set(xlabel="epoch", ylabel=unit, title=name.capitalize())
        axes.grid(alpha=0.3)
        axes.legend()
    with replacing(path) as file:
        figure.savefig(file, format="png", dpi=120)
