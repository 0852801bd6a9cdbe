"""Options of one training: how it differs from others of the same recipe."""

from __future__ import annotations

from dataclasses import dataclass

from lenet import engine
from lenet.models.file import Model


@dataclass(frozen=True)
class TrainingOptions:
    """Settings of a training beside data, architecture and recipe.

    Attributes:
        num_epochs: number of epochs; None: the recipe's.
        seed: random seed; the same seed, data and version give bit-identical weights.
        threads: number of threads, 1..64; the weights do not depend on it.
        data_weights: relative weight of each data set in an epoch; empty: by its size.
        teachers: models whose probabilities are learned (`lenet.training.distillation`).
        pen_width: stroke width at inference, stored in the model.
        withdrawn_contributors: number of contributors without whose drawings the data are; None: unknown.
    """

    num_epochs: int | None = None
    seed: int = 0
    threads: int = 1
    data_weights: tuple[float, ...] = ()
    teachers: tuple[Model, ...] = ()
    pen_width: float = engine.DEFAULT_PEN
    withdrawn_contributors: int | None = None
