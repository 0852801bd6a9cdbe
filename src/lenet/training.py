"""Recipes and the loop: batches, validation, progress, checkpoints."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet import _core, architectures, evaluation, model_file
from lenet.datasets import Dataset, split_validation
from lenet.errors import LenetError
from lenet.files import replacing

VALIDATION_SHARE = 0.1
CHUNK = 16  # steps between two looks at the keyboard and the progress bar

OPTIMIZERS = {"sgd": _core.SGD, "adamw": _core.ADAMW}
SCHEDULES = {"constant": _core.CONSTANT, "one-cycle": _core.ONE_CYCLE}


@dataclass(frozen=True)
class Augmentation:
    """How strongly each image is changed every time it is seen; zeros change nothing.

    What is turned, stretched or sheared keeps its middle and the length of its longer side, as
    letters that are cropped do; then it is shifted.

    rotation  degrees, uniform in +-rotation
    scale     each axis by e^u, u uniform in +-scale
    shear     horizontal, uniform in +-shear
    shift     each axis, uniform in +-shift, share of the image side
    elastic   standard deviation of a smooth displacement (5x5 grid), share of half the image side
    thicken   probability of a mix with the 3x3 maximum
    thin      probability of a mix with the 3x3 minimum
    """

    rotation: float = 12.0
    scale: float = 0.15
    shear: float = 0.25
    shift: float = 0.02
    elastic: float = 0.06
    thicken: float = 0.2
    thin: float = 0.12

    def packed(self) -> _core.Augmentation:
        """As the engine takes it."""
        return _core.Augmentation(**{**asdict(self), "rotation": math.radians(self.rotation)})


NO_AUGMENTATION = Augmentation(0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class Recipe:
    """How to train. The defaults were chosen for `holzweber2021` on `unipen_dev`, part of the time
    with all of UNIPEN left out of the training: what carries over to hands of another kind counts.

    optimizer, schedule  "adamw" or "sgd"; "one-cycle" (`rate` is its peak, reached after the share
                         `warmup` of all steps) or "constant"
    momentum, beta2      AdamW: beta1 and beta2; SGD: momentum
    smoothing            label smoothing, 0..1
    balance              an image of a class of n is drawn in proportion to n^-balance: 0 each image
                         once an epoch, 1 all classes alike
    """

    optimizer: str = "adamw"
    schedule: str = "one-cycle"
    batch: int = 256
    rate: float = 1e-2
    warmup: float = 0.3
    momentum: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.02
    smoothing: float = 0.05
    balance: float = 1.0
    augmentation: Augmentation = field(default_factory=Augmentation)

    def packed(self, batch: int, steps: int, seed: int) -> _core.Recipe:
        """As the engine takes it, for a training of `steps` batches."""
        same = ("rate", "warmup", "momentum", "beta2", "epsilon", "weight_decay", "smoothing")
        return _core.Recipe(
            optimizer=OPTIMIZERS[self.optimizer],
            schedule=SCHEDULES[self.schedule],
            batch=batch,
            steps=steps,
            seed=seed,
            augmentation=self.augmentation.packed(),
            **{name: getattr(self, name) for name in same},
        )


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


Progress = Callable[[int], None]
"""Called with the number of steps done, of `Training.steps` an epoch."""


class Training:
    """A network in training: iterate over `epochs()`, look at `model()` at any time between.

    Raises LenetError if the data are too few or a number of the recipe is out of range.
    """

    def __init__(
        self,
        name: str,
        data: Dataset,
        *,
        epochs: int,
        seed: int = 0,
        threads: int = 1,
        recipe: Recipe | None = None,
    ) -> None:
        """`name` is one of `lenet.architectures.ARCHITECTURES`; see `Recipe` for the rest."""
        self.name, self.count, self.seed, self.threads = name, epochs, seed, threads
        self.recipe = recipe or Recipe()
        self.data = data
        self.spec = architectures.named(name)
        self.train, self.validation = split_validation(data, VALIDATION_SHARE)
        self.network = _core.Network(architectures.parse(self.spec), *self.spec["input"])
        self.batch = min(self.recipe.batch, len(self.train))
        self.steps = len(self.train) // self.batch  # an epoch; what is left over waits for another
        self.packed = self.recipe.packed(self.batch, self.steps * epochs, seed)
        self.parameters = self.network.initialise(seed)
        self.moments = np.zeros(2 * self.network.parameters, np.float32)
        self.history: list[Epoch] = []
        self.commit = _commit()

    def _weights(self) -> npt.NDArray[np.float64]:
        """How often each training image is drawn, relative to the others."""
        of_class = np.maximum(self.train.counts(), 1) ** -float(self.recipe.balance)
        return np.asarray(of_class[self.train.labels], np.float64)

    def epochs(self, progress: Progress = lambda done: None) -> Iterator[Epoch]:
        """Trains; yields after each epoch. Interrupted between two calls of `progress`."""
        weights = self._weights()
        with _core.Trainer(self.network, self.packed, self.threads) as trainer:
            for epoch in range(1, self.count + 1):
                order = _core.draw_order(weights, self.seed, epoch, self.steps * self.batch)
                losses, accuracies, sizes = [], [], []
                for done in range(0, self.steps, CHUNK):
                    part = order[done * self.batch : (done + CHUNK) * self.batch]
                    first = (epoch - 1) * self.steps + done
                    loss, accuracy = trainer.run(
                        *(self.parameters, self.moments, self.train.images, self.train.labels),
                        *(part, first),
                    )
                    losses.append(loss)
                    accuracies.append(accuracy)
                    sizes.append(len(part))
                    progress(first + len(part) // self.batch)
                if not np.isfinite(self.parameters).all():
                    raise LenetError(
                        f"epoch {epoch}: the weights are no longer finite; lower --rate"
                    )
                row = self._epoch(
                    epoch, *(np.average(x, weights=sizes) for x in (losses, accuracies))
                )
                self.history.append(row)
                yield row

    def _epoch(self, epoch: int, loss: float, accuracy: float) -> Epoch:
        probabilities = self.network.predict(
            self.parameters, self.validation.images, threads=self.threads
        )
        found = evaluation.score(probabilities, self.validation.labels)
        rate = _core.learning_rate(self.packed, epoch * self.steps - 1)
        return Epoch(epoch, rate, float(loss), float(accuracy), found.loss, found.accuracy)

    def model(self) -> model_file.Model:
        """The network as it is now, with what it was made of."""
        metadata: dict[str, Any] = {
            "name": self.name,
            "data": list(self.data.names),
            "credits": list(self.data.credits),
            "images": len(self.train),
            "validation_images": len(self.validation),
            "epochs": len(self.history),
            "epochs_planned": self.count,
            "seed": self.seed,
            "recipe": asdict(self.recipe),
            "metrics": asdict(self.history[-1]) if self.history else {},
            "commit": self.commit,
        }
        return model_file.Model(self.spec, self.parameters.copy(), metadata)


def _commit() -> str | None:
    """The commit of the checkout that this package is run from, if it is one."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None
    try:
        found = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None


def write_history(path: Path, history: list[Epoch]) -> None:
    """Writes the history as JSON: a list of rows, one an epoch."""
    with replacing(path) as file:
        file.write((json.dumps([asdict(row) for row in history], indent=1) + "\n").encode())


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
