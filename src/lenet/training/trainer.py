"""The training loop: epochs of batches, validation after each, and a state to resume from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import cached_property

import numpy as np

from lenet import engine, metrics
from lenet._util.progress import Progress
from lenet.datasets import Dataset, train_validation_split
from lenet.errors import LenetError, ModelFileError
from lenet.models import ModelMetadata, Spec, get_spec
from lenet.models.file import Model
from lenet.models.metadata import OLD_NAMES
from lenet.training import provenance
from lenet.training.distillation import distill
from lenet.training.history import Epoch
from lenet.training.options import TrainingOptions
from lenet.training.recipes import NO_AUGMENTATION, Recipe
from lenet.training.sampling import Samples, add_outliers, sample_weights

VALIDATION_FRACTION = 0.1
CHUNK = 16  # steps between two looks at the keyboard and the progress bar


def prepare(
    architecture: str,
    data: Dataset,
    recipe: Recipe | None = None,
    options: TrainingOptions | None = None,
    progress: Progress = lambda more: None,
) -> Trainer:
    """Split the data, sample them as a recipe says, and return the trainer.

    Args:
        architecture: name of a registered architecture.
        data: letters; a tenth validates.
        recipe: hyperparameters; None: the default recipe.
        options: how this training differs from others of the recipe.
        progress: called while teachers predict, with the number of further images that are done.

    Raises:
        LenetError: an unknown architecture, too few data, data weights for other data sets, or
            teachers of other classes.
    """
    recipe, options = recipe or Recipe(), options or TrainingOptions()
    spec = get_spec(architecture).with_num_classes(len(data.classes))
    train, validation = train_validation_split(data, VALIDATION_FRACTION)
    samples = Samples(train, sample_weights(train, recipe.class_balance, options.data_weights))
    samples = add_outliers(samples, recipe.outlier_ratio, recipe.label_smoothing, options.seed)
    samples = distill(samples, options.teachers, recipe, options.seed, options.threads, progress)
    metadata = provenance.metadata_of(architecture, data, samples, recipe, options)
    return Trainer(spec, samples, recipe, options, validation=validation, metadata=metadata)


class Trainer:
    """A network in training: `fit()` it, or iterate over `epochs()`; `model()` at any time.

    Attributes:
        spec: the network's specification.
        samples: images, their weights and soft targets.
        recipe: the hyperparameters.
        num_epochs: number of epochs planned.
        seed: random seed.
        threads: number of threads.
        validation: the validation set.
        network: the network, planned by the engine.
        batch_size: images a step.
        state: parameters and moments, updated in place.
        history: a row for each epoch done.
    """

    def __init__(
        self,
        spec: Spec,
        samples: Samples,
        recipe: Recipe,
        options: TrainingOptions,
        *,
        validation: Dataset,
        metadata: ModelMetadata,
    ) -> None:
        """Initialize the weights from the seed; `metadata` goes into the models."""
        self.spec, self.samples, self.recipe = spec, samples, recipe
        self.num_epochs = recipe.epochs if options.num_epochs is None else options.num_epochs
        self.seed, self.threads = options.seed, options.threads
        self.validation, self._metadata = validation, metadata
        self.network = spec.network()
        self.batch_size = min(recipe.batch_size, samples.num_letters, len(samples))
        parameters = self.network.initialise(self.seed)
        self.state = engine.State(parameters, np.zeros(2 * len(parameters), np.float32))
        self.history: list[Epoch] = []

    @property
    def train_set(self) -> Dataset:
        """The images that are trained on."""
        return self.samples.data

    @property
    def num_letters(self) -> int:
        """Number of letters in the training set."""
        return self.samples.num_letters

    @property
    def steps(self) -> int:
        """Steps of an epoch; images that fill no batch wait for another epoch."""
        return len(self.samples) // self.batch_size

    def to_engine(self, epoch: int) -> engine.Recipe:
        """Return the recipe as the engine takes it for an epoch, counted from 0."""
        recipe = self.recipe
        if self.samples.is_transfer_set:
            recipe = replace(recipe, augmentation=NO_AUGMENTATION)
        return recipe.to_engine(self.batch_size, self.steps * self.num_epochs, self.seed, epoch)

    def fit(self, progress: Progress = lambda more: None) -> Model:
        """Train all epochs that are left and return the model; `progress` as for `epochs`."""
        for _ in self.epochs(progress):
            pass
        return self.model()

    def epochs(self, progress: Progress = lambda more: None) -> Iterator[Epoch]:
        """Train; yield after each epoch. It can be interrupted between two calls of `progress`.

        Args:
            progress: called with the number of further steps that are done.

        Raises:
            LenetError: the weights are no longer finite, or a number of the recipe is out of range.
        """
        for epoch in range(len(self.history), self.num_epochs):
            loss, accuracy = self._train_epoch(epoch, progress)
            if not np.isfinite(self.state.parameters).all():
                raise LenetError(f"epoch {epoch + 1}: the weights are no longer finite; lower --lr")
            row = self._validated(epoch, loss, accuracy)
            self.history.append(row)
            yield row

    def _train_epoch(self, epoch: int, progress: Progress) -> tuple[float, float]:
        """Take the steps of an epoch; return the mean loss and accuracy before each update."""
        size, data = self.batch_size, self.samples.data
        order = engine.draw_order(self.samples.weights, self.seed, epoch + 1, self.steps * size)
        chunk_stats = []  # loss, accuracy and number of images of each chunk
        with engine.Trainer(self.network, self.to_engine(epoch), self.threads) as trainer:
            for done in range(0, self.steps, CHUNK):
                part = order[done * size : (done + CHUNK) * size]
                first_step = epoch * self.steps + done
                batch = engine.Batch(data.images, data.labels, part, self.samples.targets)
                chunk_stats.append((*trainer.run(self.state, batch, first_step), len(part)))
                progress(len(part) // size)
        losses, accuracies, sizes = zip(*chunk_stats, strict=True)
        return float(np.average(losses, weights=sizes)), float(np.average(accuracies, weights=sizes))

    def _validated(self, epoch: int, loss: float, accuracy: float) -> Epoch:
        """Return the row of an epoch, with the figures on the validation set."""
        data = self.validation
        probabilities = self.network.predict(self.state.parameters, data.images, threads=self.threads)
        scores = metrics.classification_metrics(probabilities, data.labels, data.classes)
        rate = engine.learning_rate(self.to_engine(epoch), (epoch + 1) * self.steps - 1)
        return Epoch(epoch + 1, rate, loss, accuracy, scores.loss, scores.accuracy)

    def model(self) -> Model:
        """Return the model as it is now, with a record of its training."""
        metadata = provenance.after(self._metadata, self.history)
        return Model(self.spec, self.state.parameters.copy(), metadata)

    # ---- State ----------------------------------------------------------------------------------

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything that the weights depend on, except the number of epochs done."""
        return self._digest(asdict(self.recipe))

    @cached_property
    def old_fingerprint(self) -> str:
        """The fingerprint of version 0.1, whose recipes had other names."""
        old_names = {new: old for old, new in OLD_NAMES["recipe"].items()}
        recipe = {old_names.get(name, name): value for name, value in asdict(self.recipe).items()}
        return self._digest({**recipe, "averaged": 0.0})

    def _digest(self, recipe: dict[str, object]) -> str:
        facts = [self.spec.to_json(), self.num_epochs, self.seed, self.batch_size, recipe, engine.LANES]
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
        samples = self.samples
        for array in (samples.data.images, samples.data.labels, samples.weights, samples.targets):
            if array is not None:
                digest.update(array.data)
        return digest.hexdigest()

    def restore(self, state: engine.State, history: list[Epoch]) -> None:
        """Continue after the last epoch of `history`; every later bit is as if never interrupted.

        Raises:
            LenetError: the state is not that of such a network.
        """
        for name, new, own in zip(state._fields, state, self.state, strict=True):
            if new.dtype != own.dtype or new.shape != own.shape or not np.isfinite(new).all():
                raise ModelFileError(f"`{name}` is not that of this network")
        for new, own in zip(state, self.state, strict=True):
            own[...] = new
        self.history = list(history)
