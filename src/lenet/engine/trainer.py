"""Training steps: the order of images, augmentation, threads."""

from __future__ import annotations

import ctypes
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lenet.engine.abi import Augmentation, Optimizer, Recipe, Schedule
from lenet.engine.library import (
    ByteArray,
    FloatArray,
    at,
    block,
    checked,
    function,
)
from lenet.engine.network import Network
from lenet.errors import LenetError

SGD, ADAMW = Optimizer.SGD, Optimizer.ADAMW
CONSTANT, ONE_CYCLE = Schedule.CONSTANT, Schedule.ONE_CYCLE

_learning_rate = function("learning_rate")
_sample_order = function("sample_order")
_augment_bytes = function("augment_bytes")
_augment = function("augment")
_trainer_bytes = function("trainer_bytes")
_trainer_init = function("trainer_init")
_trainer_begin = function("trainer_begin")
_trainer_work = function("trainer_work")
_trainer_result = function("trainer_result")


class State(NamedTuple):
    """The arrays that a training changes.

    Attributes:
        parameters: float32 (p,), the network's weights.
        moments: float32 (2p,), the optimizer's running means.
    """

    parameters: FloatArray
    moments: FloatArray


class Batch(NamedTuple):
    """The images of a run of training steps.

    Attributes:
        images: uint8 (n, height, width).
        labels: uint8 (n,).
        order: int32 (steps * batch size,), the index of each image that is seen.
        targets: float32 (n, classes), 0..1, soft targets instead of the smoothed labels; the sum of
            a row weighs its image. None: the labels.
    """

    images: ByteArray
    labels: ByteArray
    order: NDArray[np.int32]
    targets: FloatArray | None = None


def _is_state(array: NDArray[Any], length: int) -> bool:
    """Return True if the engine may update the array in place."""
    return array.dtype == np.float32 and array.shape == (length,) and array.flags.carray


def learning_rate(recipe: Recipe, step: int) -> float:
    """Return the learning rate of a step, 0..steps-1."""
    return float(_learning_rate(ctypes.byref(recipe), step))


def draw_order(weights: NDArray[np.float64], seed: int, epoch: int, draws: int) -> NDArray[np.int32]:
    """Draw indices in proportion to weights, in random order: int32 (draws,).

    Args:
        weights: float64 (n,), relative frequencies of the indices 0..n-1.
        seed: random seed.
        epoch: number of the order; each is another one.
        draws: how many to draw.
    """
    weights = np.ascontiguousarray(weights, np.float64)
    order = np.empty(draws, np.int32)
    checked(_sample_order(at(weights), len(weights), seed, epoch, at(order), draws))
    return order


def augment(image: ByteArray, augmentation: Augmentation, seed: int, sample: int) -> FloatArray:
    """Return an augmented copy of an image, as training sees it: float32 (height, width), 0..1.

    Args:
        image: uint8 (height, width).
        augmentation: strengths of the changes.
        seed: random seed.
        sample: number of the copy; each is another one.
    """
    image = np.ascontiguousarray(image, np.uint8)
    augmented = np.empty(image.shape, np.float32)
    space = block(_augment_bytes(*image.shape))
    recipe = ctypes.byref(Recipe(augmentation=augmentation, seed=seed))
    checked(_augment(at(image), *image.shape, recipe, sample, at(augmented), at(space)))
    return augmented


class Trainer:
    """Runner of training steps, with threads of its own; a context manager."""

    def __init__(self, network: Network, recipe: Recipe, threads: int) -> None:
        """Start the threads, 1..64. Raises LenetError for a number or a recipe out of range."""
        self._network, self._batch, self.threads = network, int(recipe.batch_size), threads
        self._block = block(_trainer_bytes(network.address, ctypes.byref(recipe), threads))
        checked(_trainer_init(at(self._block), network.address, ctypes.byref(recipe), threads))
        self._pool = ThreadPoolExecutor(threads, "lenet")

    def __enter__(self) -> Trainer:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def _work(self, thread: int, start: Future[bool], arrays: tuple[NDArray[Any] | None, ...]) -> int:
        """Do one thread's part; `arrays` are kept alive for the engine, which has only addresses."""
        return int(_trainer_work(at(self._block), thread)) if start.result() else 0

    def run(self, state: State, batch: Batch, first_step: int) -> tuple[float, float]:
        """Take len(order) / batch size steps; return mean loss (nats) and accuracy before each update.

        Args:
            state: updated in place.
            batch: images, and the order in which they are seen.
            first_step: number of the first step, counted from 0.

        Raises:
            LenetError: arrays of other types or shapes than the network's.
        """
        parameters, moments = state
        size = self._network.parameters
        if not _is_state(parameters, size) or not _is_state(moments, 2 * size):
            raise LenetError("parameters and moments must be contiguous float32 of the network's size")
        dataset, arrays = self._network.dataset(batch.images, batch.labels, batch.targets)
        order = np.ascontiguousarray(batch.order, np.int32)
        if len(order) == 0 or len(order) % self._batch:
            raise LenetError(f"the order must be whole batches of {self._batch}, not {len(order)} images")
        checked(
            _trainer_begin(
                at(self._block),
                at(parameters),
                at(moments),
                ctypes.byref(dataset),
                at(order),
                first_step,
                len(order) // self._batch,
            )
        )
        arrays = (parameters, moments, order, *arrays)
        start: Future[bool] = Future()  # the threads wait for one another, so all start or none
        running: list[Future[int]] = []
        try:
            for thread in range(self.threads):
                running.append(self._pool.submit(self._work, thread, start, arrays))
            start.set_result(True)
            for work in running:
                checked(work.result())
        finally:  # even after Ctrl-C the parameters are those of a complete run
            if not start.done():
                start.set_result(False)
            for work in running:
                work.exception()
        result = np.empty(2, np.float64)
        checked(_trainer_result(at(self._block), at(result)))
        return float(result[0]), float(result[1])
