"""Soft targets: smoothed labels and teachers' probabilities (Hinton, Vinyals & Dean 2015)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lenet._util.progress import Progress
from lenet.datasets import Dataset
from lenet.errors import LenetError
from lenet.models.file import Model

CHUNK = 4096  # images between two calls of `progress`

Targets = npt.NDArray[np.float32]


def smoothed_targets(data: Dataset, smoothing: float) -> Targets:
    """Return one-hot labels mixed with the uniform distribution: float32 (n, classes).

    Args:
        data: labelled images.
        smoothing: weight of the uniform distribution, 0..1 (Szegedy et al. 2016).
    """
    targets = np.full((len(data), len(data.classes)), smoothing / len(data.classes), np.float32)
    targets[np.arange(len(targets)), data.labels] += 1 - smoothing
    return targets


def teacher_probabilities(
    teachers: Sequence[Model],
    images: npt.NDArray[np.uint8],
    classes: Sequence[str],
    threads: int,
    progress: Progress = lambda more: None,
) -> Targets:
    """Return the mean of the teachers' probabilities, each at its temperature: float32 (n, classes).

    Args:
        teachers: at least one model.
        images: uint8 (n, 28, 28).
        classes: the class names, in the order of the result's columns.
        threads: number of threads.
        progress: called with the number of further images that are done.

    Raises:
        LenetError: a teacher of other classes.
    """
    total = np.zeros((len(images), len(classes)), np.float32)
    for teacher in teachers:
        if teacher.labels != "".join(classes):
            raise LenetError(
                f"a teacher answers with {teacher.labels}, the data have {''.join(classes)}; take "
                "one of the same classes"
            )
        network = teacher.spec.network()
        for first in range(0, len(images), CHUNK):
            chunk = slice(first, first + CHUNK)
            total[chunk] += network.predict(teacher.parameters, images[chunk], teacher.temperature, threads)
            progress(len(images[chunk]))
    return total / np.float32(max(1, len(teachers)))
