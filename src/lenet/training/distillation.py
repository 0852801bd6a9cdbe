"""Knowledge distillation: train on the teachers' probabilities beside the labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from lenet import engine
from lenet._util.progress import Progress
from lenet.errors import LenetError
from lenet.models.file import Model
from lenet.training.recipes import Recipe
from lenet.training.sampling import Samples
from lenet.training.targets import CHUNK, smoothed_targets, teacher_probabilities

ORDER = 0  # the order that a transfer set is drawn in; those of epochs count from 1


def distill(
    samples: Samples,
    teachers: Sequence[Model],
    recipe: Recipe,
    seed: int,
    threads: int = 1,
    progress: Progress = lambda more: None,
) -> Samples:
    """Return the samples with the teachers' probabilities mixed into the letters' targets.

    With `recipe.transfer_set_size` they are a transfer set, which is not augmented again.

    Args:
        samples: letters, and outliers behind them.
        teachers: models of the same classes; none: the samples are returned as they are.
        recipe: `distillation_alpha`, `transfer_set_size`, `label_smoothing`, `augmentation`.
        seed: random seed of the transfer set.
        threads: number of threads.
        progress: called with the number of further images that are done.

    Raises:
        LenetError: a transfer set without teachers, or a teacher of other classes.
    """
    if not teachers:
        if recipe.transfer_set_size:
            raise LenetError("a transfer set needs teachers; name some")
        return samples
    data, weights = samples.data, samples.weights
    if samples.targets is None:
        targets = smoothed_targets(data, recipe.label_smoothing)
    else:
        targets = samples.targets.copy()
    is_letter = np.arange(len(data)) < len(data) - samples.num_outliers
    if recipe.transfer_set_size:
        order, images = transfer_set(
            samples, recipe.transfer_set_size, recipe.augmentation.to_engine(), seed, progress
        )
        is_letter, targets = is_letter[order], targets[order]
        data, weights = replace(data.take(order), images=images), np.ones(len(order))
    probabilities = teacher_probabilities(teachers, data.images[is_letter], data.classes, threads, progress)
    targets[is_letter] += recipe.distillation_alpha * (probabilities - targets[is_letter])
    is_transfer_set = recipe.transfer_set_size > 0
    return replace(samples, data=data, weights=weights, targets=targets, is_transfer_set=is_transfer_set)


def transfer_set(
    samples: Samples,
    count: int,
    augmentation: engine.Augmentation,
    seed: int,
    progress: Progress = lambda more: None,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Return images for teachers to label, drawn by their weights and augmented once.

    A student that sees each image augmented anew learns the probabilities of images that its
    teachers did not see; here both see the same (Beyer et al. 2022, "Knowledge distillation: A good
    teacher is patient and consistent").

    Args:
        samples: what is drawn from.
        count: number of images.
        augmentation: of each image.
        seed: random seed.
        progress: called with the number of further images that are done.

    Returns:
        The sample that each image is made of, int64 (count,), and uint8 (count, 28, 28).
    """
    order = engine.draw_order(samples.weights, seed, ORDER, count).astype(np.int64)
    originals = samples.data.images
    images = np.empty((count, *originals.shape[1:]), np.uint8)
    for row, sample in enumerate(order):
        images[row] = np.rint(255 * engine.augment(originals[sample], augmentation, seed, row))
        if (row + 1) % CHUNK == 0 or row + 1 == count:
            progress(row % CHUNK + 1)
    return order, images
