"""The loop: batches, validation, progress, and a state that a killed training goes on from."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet import engine, metrics, models
from lenet.datasets import Dataset, train_validation_split
from lenet.datasets.synthetic.outliers import with_nonletters
from lenet.errors import LenetError
from lenet.models import ModelMetadata, TrainingRecord
from lenet.models import file as model_file
from lenet.training import distillation
from lenet.training.history import Epoch
from lenet.training.recipes import NO_AUGMENTATION, Recipe

VALIDATION_SHARE = 0.1
CHUNK = 16  # steps between two looks at the keyboard and the progress bar

Progress = Callable[[int], None]
"""Called with the number of steps done, of `Training.steps` an epoch."""

State = dict[str, npt.NDArray[np.float32]]


class Training:
    """A network in training: iterate over `epochs()`, look at `model()` at any time between.

    Raises LenetError if the data are too few or a number of the recipe is out of range.
    """

    def __init__(
        self,
        name: str,
        data: Dataset,
        *,
        epochs: int | None = None,
        seed: int = 0,
        threads: int = 1,
        recipe: Recipe | None = None,
        teachers: tuple[model_file.Model, ...] = (),
        shares: tuple[float, ...] = (),
        pen: float = engine.DEFAULT_PEN,
        progress: distillation.Progress = lambda more: None,
    ) -> None:
        """`name` is one of `lenet.models.ARCHITECTURES`; see `Recipe` for the rest.

        epochs    by default those of the recipe
        teachers  networks whose mean probabilities the images are answered with, next to their
                  labels (Hinton et al. 2015): see `Recipe.distillation_alpha`
        shares    how much of each epoch the data's sources make up, relative to each other; by
                  default as much as they have images
        pen       how wide strokes are to be drawn for the network, once it is trained
        progress  called while teachers are asked, with how many images more are done
        """
        self.name, self.seed, self.threads = name, seed, threads
        self.recipe = recipe or Recipe()
        self.count = self.recipe.epochs if epochs is None else epochs
        self.data = data
        self.spec = models.get_spec(name).with_num_classes(len(data.classes))
        self.train, self.validation = train_validation_split(data, VALIDATION_SHARE)
        self.network = self.spec.network()
        if self.recipe.transfer_set_size and not teachers:
            raise LenetError("a transfer set is answered by teachers; name some")
        shown = self.recipe.transfer_set_size or len(self.train)
        self.batch = min(self.recipe.batch_size, len(self.train), shown)
        self.shares, self.pen = shares, pen
        self.teachers, self.nonletters, self.letters = teachers, 0, len(self.train)
        self.weights = self._weights()
        self._augmentation = self.recipe.augmentation
        self._packed(0)  # finds what is out of range before anything is done
        self.targets = self._labelled() if teachers or self.recipe.outlier_ratio else None
        if self.targets is not None and self.recipe.outlier_ratio:
            self.targets = self._add_nonletters(self.targets)
        if self.targets is not None and teachers:
            self.targets = self._ask_teachers(self.targets, progress)
        self.parameters = self.network.initialise(seed)
        self.moments = np.zeros(2 * self.network.parameters, np.float32)
        self.history: list[Epoch] = []
        self.commit = _commit()

    def _labelled(self) -> npt.NDArray[np.float32]:
        """What the labels say each training image should be answered with: float32 (n, classes)."""
        classes, smoothing = self.network.classes, self.recipe.label_smoothing
        targets = np.full((len(self.train), classes), smoothing / classes, np.float32)
        targets[np.arange(len(targets)), self.train.labels] += 1 - smoothing
        return targets

    def _add_nonletters(self, targets: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Makes an epoch longer by `Recipe.outlier_ratio` times as many of them as of letters;
        returns the targets of all."""
        share, letters = self.recipe.outlier_ratio, len(self.train)
        self.train, targets = with_nonletters(self.train, targets, share, seed=self.seed)
        self.nonletters = added = len(self.train) - letters
        each = self.weights.sum() * share / max(1, added)
        self.weights = np.concatenate([self.weights, np.full(added, each)])
        return targets

    def _ask_teachers(
        self, targets: npt.NDArray[np.float32], progress: distillation.Progress
    ) -> npt.NDArray[np.float32]:
        """Mixes the teachers' answers to letters into the targets; with `Recipe.transfer_set_size` the
        images become those of a transfer set, which are not augmented again."""
        letters = np.arange(len(self.train)) < len(self.train) - self.nonletters
        if self.recipe.transfer_set_size:
            order, images = distillation.transfer_set(
                *(self.train, self.weights, self.recipe.transfer_set_size),
                *(self.recipe.augmentation.to_engine(), self.seed, progress),
            )
            letters, targets = letters[order], targets[order]
            self.train = replace(self.train.take(order), images=images)
            self.weights = np.ones(len(order))
            self._augmentation = NO_AUGMENTATION
        said = distillation.answers(
            *(self.teachers, self.train.images[letters], self.data.classes, self.threads, progress)
        )
        targets[letters] += self.recipe.distillation_alpha * (said - targets[letters])
        return targets

    def _weights(self) -> npt.NDArray[np.float64]:
        """How often each training image is drawn, relative to the others: float64 (n,)."""
        sources = self.train.sources if self.shares else np.zeros_like(self.train.sources)
        count = int(self.data.sources.max()) + 1
        if self.shares and len(self.shares) != count:
            raise LenetError(f"{len(self.shares)} shares for {count} data sets; give one each")
        weights = np.empty(len(self.train))
        for source in np.unique(sources):
            rows = np.flatnonzero(sources == source)
            labels = self.train.labels[rows]
            of_class = np.maximum(np.bincount(labels), 1) ** -float(self.recipe.class_balance)
            weights[rows] = of_class[labels]
            if self.shares:
                weights[rows] *= self.shares[source] / weights[rows].sum()
        return weights

    @property
    def steps(self) -> int:
        """Of an epoch; what is left over waits for another."""
        return len(self.train) // self.batch

    def _packed(self, epoch: int) -> engine.Recipe:
        """The recipe as the engine takes it for an epoch, counted from 0."""
        how = replace(self.recipe, augmentation=self._augmentation)
        return how.to_engine(self.batch, self.steps * self.count, self.seed, epoch)

    def epochs(self, progress: Progress = lambda done: None) -> Iterator[Epoch]:
        """Trains; yields after each epoch. Interrupted between two calls of `progress`."""
        for epoch in range(len(self.history), self.count):
            order = engine.draw_order(self.weights, self.seed, epoch + 1, self.steps * self.batch)
            looks = []  # (loss, accuracy, images) of each chunk
            with engine.Trainer(self.network, self._packed(epoch), self.threads) as trainer:
                for done in range(0, self.steps, CHUNK):
                    part = order[done * self.batch : (done + CHUNK) * self.batch]
                    first = epoch * self.steps + done
                    seen = trainer.run(
                        *(self.parameters, self.moments, self.train.images, self.train.labels),
                        *(part, first, self.targets),
                    )
                    looks.append((*seen, len(part)))
                    progress(first + len(part) // self.batch)
            if not np.isfinite(self.parameters).all():
                raise LenetError(f"epoch {epoch + 1}: the weights are no longer finite; lower --lr")
            losses, accuracies, sizes = zip(*looks, strict=True)
            row = self._epoch(epoch, *(np.average(x, weights=sizes) for x in (losses, accuracies)))
            self.history.append(row)
            yield row

    def _epoch(self, epoch: int, loss: float, accuracy: float) -> Epoch:
        probabilities = self.network.predict(self.parameters, self.validation.images, threads=self.threads)
        found = metrics.classification_metrics(probabilities, self.validation.labels, self.validation.classes)
        rate = engine.learning_rate(self._packed(epoch), (epoch + 1) * self.steps - 1)
        return Epoch(epoch + 1, rate, float(loss), float(accuracy), found.loss, found.accuracy)

    def model(self) -> model_file.Model:
        """The network as it is now, with what it was made of."""
        record = TrainingRecord(
            name=self.name,
            data=tuple(self.data.names),
            data_weights=tuple(self.shares),
            attributions=tuple(self.train.credits),
            num_train_images=self.letters,
            validation_images=len(self.validation),
            num_outliers=self.nonletters,
            epochs=len(self.history),
            num_epochs=self.count,
            seed=self.seed,
            recipe=asdict(self.recipe),
            teachers=tuple(str(teacher.training.name) for teacher in self.teachers),
            teacher_train_data=tuple(sorted({name for one in self.teachers for name in one.trained_on})),
            metrics=asdict(self.history[-1]) if self.history else {},
            commit=self.commit,
        )
        metadata = ModelMetadata("".join(self.data.classes), pen_width=self.pen, training=record)
        return model_file.Model(self.spec, self.parameters.copy(), metadata)

    # ---- State ------------------------------------------------------------------------------

    @cached_property
    def identity(self) -> str:
        """Hex digest of all that the weights depend on, but the time that was spent."""
        facts = [self.spec.to_json(), self.count, self.seed, self.batch, asdict(self.recipe), engine.LANES]
        found = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
        for array in (self.train.images, self.train.labels, self.weights, self.targets):
            if array is not None:
                found.update(array.data)
        return found.hexdigest()

    def state(self) -> State:
        """The numbers that a training goes on from, next to its history."""
        return {"parameters": self.parameters, "moments": self.moments}

    def restore(self, state: State, history: list[Epoch]) -> None:
        """Goes on after the last epoch of `history`: every later bit is as if never interrupted.

        Raises LenetError where the state is not that of such a network.
        """
        for name, own in self.state().items():
            given = state[name]
            if given.dtype != own.dtype or given.shape != own.shape or not np.isfinite(given).all():
                raise LenetError(f"`{name}` is not that of this network")
            own[...] = given
        self.history = list(history)


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
