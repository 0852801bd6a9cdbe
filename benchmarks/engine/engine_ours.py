"""This project's engine, for worker.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from benchmarks.lib import nets, worker

from lenet import __version__, engine
from lenet.training.recipes import NO_AUGMENTATION, Recipe

VARIANTS = {"train": ("core",), "predict": ("core",)}
_threads = 1


def versions() -> dict[str, str]:
    """Return the versions of the measured packages."""
    return {"lenet": __version__}


def set_threads(threads: int) -> None:
    """Of training, and of the prediction of many images."""
    global _threads
    _threads = threads


def train(job: worker.Job) -> Callable[[int], float]:
    """Steps on uint8 images drawn by an order, as `lenet train` takes them."""
    network = nets.core_network(job.net)
    recipe = Recipe(
        optimizer="sgd",
        schedule="constant",
        learning_rate=worker.RATE,
        momentum=worker.MOMENTUM,
        weight_decay=0,
        label_smoothing=0,
        augmentation=NO_AUGMENTATION,
    )
    parameters, moments = job.parameters.copy(), np.zeros(2 * network.parameters, np.float32)
    trainer = engine.Trainer(network, recipe.to_engine(job.batch, 1 << 20, 0), _threads)
    first = np.arange(worker.IMAGES, dtype=np.int32)

    def run(steps: int) -> float:
        order = np.resize(first, steps * job.batch)
        return trainer.run(engine.State(parameters, moments), engine.Batch(*job.letters, order), 0)[0]

    return run


def predict(job: worker.Job) -> Callable[[int], nets.FloatArray]:
    """Images uint8 in, probabilities out, through the same call that `lenet` makes."""
    network = nets.core_network(job.net)
    asked = (job.parameters, job.letters.images, job.temperature)

    def run(times: int) -> nets.FloatArray:
        for _ in range(times):
            probabilities = network.predict(*asked, threads=_threads)
        return probabilities

    return run
