"""Train the new model: the old model's recipe, with the new letters beside the base data.

The training starts from the old model's weights and takes a tenth of its learning rate. On the base data the
old model is a teacher, so that what it knows from data that are not here is not forgotten (Li & Hoiem 2016,
Learning without forgetting). On the new letters only the labels teach.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from lenet import engine
from lenet.datasets import Dataset, train_validation_split
from lenet.errors import LenetError, ModelFileError
from lenet.evaluation.calibrate import calibrated
from lenet.improve.types import Options, Stages
from lenet.models import Model
from lenet.training import Recipe, Samples, Trainer, TrainingOptions, add_outliers, checkpoint, sample_weights
from lenet.training.provenance import metadata_of
from lenet.training.recipes import OPTIMIZERS, SCHEDULES, Augmentation
from lenet.training.targets import smoothed_targets, teacher_probabilities
from lenet.training.trainer import VALIDATION_FRACTION

Value = TypeVar("Value", Recipe, Augmentation)

SLOWER = 10
"""Divides the learning rate where the training starts from the old model's weights."""

MAX_EPOCHS = 100_000

NEW_SHARE = 0.3
"""Fraction of an epoch that the new letters make up, so that a few hundred of them count."""

DISTILLATION_ALPHA = 0.7
"""Weight of the old model's probabilities on the base data; the labels have the rest."""


def recipe_of(model: Model, *, from_scratch: bool) -> Recipe:
    """Return the recipe that the model file records, or the default recipe, for this training.

    The model's teachers are not at hand, so the transfer set is left out, and the model itself teaches.
    """
    recipe = _recorded(model)
    recipe = replace(recipe, transfer_set_size=0, distillation_alpha=DISTILLATION_ALPHA)
    return recipe if from_scratch else replace(recipe, learning_rate=recipe.learning_rate / SLOWER)


def _recorded(model: Model) -> Recipe:
    """Read the recipe of a model file; values that are not of a recipe's type count as absent."""
    record = dict(model.training.recipe)
    augmentation = record.pop("augmentation", {})
    recipe = _with_values(Recipe(), record)
    if isinstance(augmentation, dict):
        recipe = replace(recipe, augmentation=_with_values(Augmentation(), augmentation))
    is_known = recipe.optimizer in OPTIMIZERS and recipe.schedule in SCHEDULES
    return recipe if is_known and recipe.batch_size > 0 else Recipe()


def _with_values(value: Value, record: dict[str, Any]) -> Value:
    """Return a value with the fields that a JSON object has with the same type."""
    changes: dict[str, Any] = {}
    for field in fields(value):
        own, new = getattr(value, field.name), record.get(field.name)
        if isinstance(own, float) and type(new) is int:
            new = float(new)
        if type(new) is type(own):
            changes[field.name] = new
    return replace(value, **changes)


def _recorded_epochs(model: Model) -> int | None:
    """Return the number of epochs that the model was trained for, if its file tells."""
    epochs = model.training.num_epochs
    return epochs if epochs is not None and 0 < epochs <= MAX_EPOCHS else None


def trainer_of(model: Model, base: Dataset, new: Dataset, options: Options, withdrawn: int) -> Trainer:
    """Return the trainer before its first epoch.

    Args:
        model: the old model.
        base: the base data, with the model's classes.
        new: the new training letters, whose parts are fixed.
        options: seed, epochs, threads, and whether it starts from scratch.
        withdrawn: number of contributors who withdrew.

    Raises:
        LenetError: too few letters to train on or to validate with.
    """
    recipe = recipe_of(model, from_scratch=options.from_scratch)
    settings = TrainingOptions(
        num_epochs=options.epochs or _recorded_epochs(model),
        seed=options.seed,
        threads=options.threads,
        pen_width=model.pen_width,
        teachers=(model,),
        withdrawn_contributors=withdrawn,
    )
    data = Dataset.concatenate([replace(base, sources=np.zeros(len(base), np.int64)), new])
    train, validation = train_validation_split(data, VALIDATION_FRACTION)
    if not (train.sources == 1).any():
        raise LenetError("all new training letters are left out by the audit; check their labels")
    samples = _samples(model, train, recipe, options)
    samples = add_outliers(samples, recipe.outlier_ratio, recipe.label_smoothing, options.seed)
    metadata = metadata_of(model.training.name or "improved", data, samples, recipe, settings)
    trainer = Trainer(model.spec, samples, recipe, settings, validation=validation, metadata=metadata)
    if not options.from_scratch:
        trainer.restore(engine.State(model.parameters.copy(), np.zeros_like(trainer.state.moments)), [])
    return trainer


def _samples(model: Model, train: Dataset, recipe: Recipe, options: Options) -> Samples:
    """Return the letters with their weights and soft targets."""
    is_new = train.sources == 1
    weights = sample_weights(train, recipe.class_balance, (1 - NEW_SHARE, NEW_SHARE))
    weights *= len(train) / weights.sum()
    targets = smoothed_targets(train, recipe.label_smoothing)
    images = train.images[~is_new]
    taught = teacher_probabilities([model], images, train.classes, options.threads)
    targets[~is_new] += recipe.distillation_alpha * (taught - targets[~is_new])
    return Samples(train, weights, targets)


def fit(trainer: Trainer, saved: Path, stages: Stages) -> Model:
    """Train all epochs, saving a checkpoint after each; return the calibrated model.

    Args:
        trainer: as `trainer_of` returns it.
        saved: file of the checkpoint; the training continues from it, unless it is missing or damaged.
        stages: shows progress.
    """
    if saved.exists():
        with suppress(ModelFileError):
            checkpoint.load(saved, trainer)
    left = (trainer.num_epochs - len(trainer.history)) * trainer.steps
    with stages("training", left) as step:
        for _ in trainer.epochs(step):
            checkpoint.save(saved, trainer)
    return calibrated(trainer.model(), trainer.validation)
