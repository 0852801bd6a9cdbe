"""Provenance: what a model was trained with, for its model file."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from lenet.datasets import Dataset
from lenet.models import ModelMetadata, TrainingRecord
from lenet.models.file import Model
from lenet.training.history import Epoch
from lenet.training.options import TrainingOptions
from lenet.training.recipes import Recipe
from lenet.training.sampling import Samples


def metadata_of(
    name: str, data: Dataset, samples: Samples, recipe: Recipe, options: TrainingOptions
) -> ModelMetadata:
    """Return the metadata of a training before its first epoch.

    Args:
        name: the architecture's name.
        data: training and validation set together.
        samples: what is trained on.
        recipe: the hyperparameters.
        options: how this training differs from others of the recipe.
    """
    record = TrainingRecord(
        name=name,
        data=tuple(data.names),
        data_weights=tuple(options.data_weights),
        attributions=tuple(samples.data.attributions),
        num_train_images=samples.num_letters,
        validation_images=len(data) - samples.num_letters,
        num_outliers=samples.num_outliers,
        num_epochs=recipe.epochs if options.num_epochs is None else options.num_epochs,
        seed=options.seed,
        recipe=asdict(recipe),
        teachers=tuple(str(teacher.training.name) for teacher in options.teachers),
        teacher_train_data=_train_data(options.teachers),
        withdrawn_contributors=options.withdrawn_contributors,
        commit=current_commit(),
    )
    return ModelMetadata("".join(data.classes), pen_width=options.pen_width, training=record)


def after(metadata: ModelMetadata, history: Sequence[Epoch]) -> ModelMetadata:
    """Return the metadata with the epochs trained and the metrics of the last one."""
    metrics = asdict(history[-1]) if history else {}
    record = replace(metadata.training, epochs=len(history), metrics=metrics)
    return replace(metadata, training=record)


def _train_data(teachers: Sequence[Model]) -> tuple[str, ...]:
    return tuple(sorted({name for teacher in teachers for name in teacher.trained_on}))


@functools.cache
def current_commit() -> str | None:
    """Return the commit of the checkout that this package is run from, if it is one."""
    root = Path(__file__).resolve().parents[3]
    if not (root / ".git").exists():
        return None
    try:
        result = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout.strip() or None
