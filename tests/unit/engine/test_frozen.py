"""Leading parameters that a training leaves as they are."""

from __future__ import annotations

import numpy as np
import pytest
from test_trainer import LAYERS, SIDE, letters, recipe

import reference
from lenet import engine


@pytest.mark.parametrize("optimizer", [engine.SGD, engine.ADAMW])
@pytest.mark.parametrize("part", ["biases of the convolution", "a dense layer", "all but one"])
def test_frozen_parameters_stay_and_the_others_follow_the_reference(optimizer: int, part: str) -> None:
    """Also where a layer is frozen in part, and where no layer before is to be learned."""
    network = engine.Network(LAYERS, SIDE, SIDE)
    size, convolution = network.parameters, 3 * 9
    frozen = {
        "biases of the convolution": convolution,
        "a dense layer": convolution + 3 + 3 * 16 * 7 + 7,
        "all but one": size - 1,
    }[part]
    how = recipe(optimizer=optimizer, schedule=engine.CONSTANT, frozen=frozen, steps=1, batch_size=40)
    images, labels = letters(40)
    before = network.initialise(7).astype(np.float64)
    slope = reference.gradient(LAYERS, before, images, labels, how.label_smoothing).values
    settings = {"rate": how.learning_rate, "weight_decay": how.weight_decay}
    if optimizer == engine.ADAMW:
        rest = {"beta1": how.momentum, "beta2": how.beta2, "epsilon": how.epsilon, "step": 1}
        zeros = np.zeros_like(before)
        expected = reference.adamw_step(before, zeros, zeros, slope, **settings, **rest)[0]
    else:
        settings["momentum"] = how.momentum
        expected = reference.sgd_step(before, np.zeros_like(before), slope, **settings)[0]
    for threads in (1, 3):
        after, moments = before.astype(np.float32), np.zeros(2 * size, np.float32)
        with engine.Trainer(network, how, threads) as trainer:
            trainer.run(
                engine.State(after, moments), engine.Batch(images, labels, np.arange(40, dtype=np.int32)), 0
            )
        assert (after[:frozen] == before[:frozen]).all()
        assert not moments[:frozen].any()
        assert not moments[size : size + frozen].any()
        np.testing.assert_allclose(after[frozen:], expected[frozen:], rtol=1e-4, atol=2e-6)
        assert (after[frozen:] != before[frozen:]).any()
