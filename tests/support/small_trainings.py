"""Trainings of a second or less, on bars instead of letters."""

from __future__ import annotations

from typing import Any

import numpy as np

from lenet.datasets import Dataset
from lenet.training.options import TrainingOptions
from lenet.training.recipes import Recipe
from lenet.training.trainer import Trainer, prepare

NET = "holzweber2021"


def bars(n: int = 300) -> Dataset:
    """Bars at random places, the letter by their tilt."""
    random = np.random.default_rng(2)
    images, labels = np.zeros((n, 28, 28), np.uint8), np.arange(n, dtype=np.uint8) % 3
    for image, label in zip(images, labels, strict=True):
        column = random.integers(6, 16)
        for row in range(4, 24):
            at = column + int(label) * (row - 4) // 4
            image[row, at : at + 3] = 255
    return Dataset(images, labels, ("bars",))


def made(epochs: int = 4, **recipe: Any) -> Trainer:
    return prepare(NET, bars(), Recipe(batch_size=2, **recipe), TrainingOptions(num_epochs=epochs))
