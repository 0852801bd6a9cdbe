"""What teachers answer, for a network to learn beside the labels (Hinton, Vinyals & Dean 2015)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from lenet import engine
from lenet.datasets import Dataset
from lenet.errors import LenetError
from lenet.models.file import Model

CHUNK = 4096  # images between two calls of `progress`
ORDER = 0  # the order that a transfer set is drawn in; those of epochs count from 1

Progress = Callable[[int], None]
"""Called with how many images more are done."""


def transfer_set(
    letters: Dataset,
    weights: npt.NDArray[np.float64],
    count: int,
    augmentation: engine.Augmentation,
    seed: int,
    progress: Progress = lambda more: None,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Images for teachers to answer, drawn in proportion to `weights` and augmented once.

    A student that is augmented afresh learns answers to images that its teachers did not see; here
    both see the same ones (Beyer et al. 2022, "A good teacher is patient and consistent").

    Returns which of `letters` each is made of, int64 (count,), and uint8 (count, 28, 28).
    """
    order = engine.draw_order(weights, seed, ORDER, count).astype(np.int64)
    images = np.empty((count, *letters.images.shape[1:]), np.uint8)
    for row, of in enumerate(order):
        images[row] = np.rint(255 * engine.augment(letters.images[of], augmentation, seed, row))
        if (row + 1) % CHUNK == 0 or row + 1 == count:
            progress(row % CHUNK + 1)
    return order, images


def answers(
    teachers: Sequence[Model],
    images: npt.NDArray[np.uint8],
    classes: Sequence[str],
    threads: int,
    progress: Progress = lambda more: None,
) -> npt.NDArray[np.float32]:
    """The mean of the teachers' probabilities, float32 (n, classes), each with its temperature.

    Raises LenetError for a teacher of other classes.
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
            some = slice(first, first + CHUNK)
            total[some] += network.predict(teacher.parameters, images[some], teacher.temperature, threads)
            progress(len(images[some]))
    return total / np.float32(max(1, len(teachers)))
