"""The values inside a network: the core's plain loops against NumPy's definition and its fast kernels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

import reference
import reference_layers
from agreement import make, named, random_networks
from lenet import models
from lenet.engine import CONV, DENSE, MAXPOOL, RELU, RESIZE, SCALE, TANH, Layer, Network
from lenet.errors import LenetError

TOLERANCE = 1e-5  # of the larger of 1 and the value


def assert_agrees(layers: list[Layer], height: int, width: int, seed: int = 0) -> None:
    """Assert that every layer's output is NumPy's, and that the fast kernels end in the same."""
    case = make(layers, height, width, 3, seed)
    network = Network(layers, height, width)
    fast = network.predict(case.parameters, case.images)
    for image, probabilities in zip(case.images, fast, strict=True):
        actual = network.activations(case.parameters, image)
        expected = reference.activations(layers, case.parameters, image[None])
        assert len(actual) == len(expected) == 1 + len(layers)
        for values, exact in zip(actual, expected, strict=True):
            assert values.dtype == np.float32
            assert values.ndim == 3
            assert values.size == exact.size
            assert exact.ndim == 2 or values.shape == exact.shape[1:]
            np.testing.assert_allclose(values.ravel(), exact.ravel(), rtol=TOLERANCE, atol=TOLERANCE)
        plain = reference_layers.softmax(actual[-1].reshape(1, -1).astype(np.float64), 1.0)[0]
        np.testing.assert_allclose(probabilities, plain, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", models.ARCHITECTURES)
def test_architectures(name: str) -> None:
    assert_agrees(named(name), 28, 28)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(random_networks())
def test_random_networks(network: tuple[list[Layer], int, int]) -> None:
    layers, height, width = network
    assume(make(layers, height, width, 1, 0).parameters.size < 20_000)
    assert_agrees(layers, height, width)


@pytest.mark.parametrize(("height", "width", "side"), [(13, 10, 7), (9, 9, 9), (11, 5, 1)])
def test_scaled_and_resized_inputs(height: int, width: int, side: int) -> None:
    first = [Layer(SCALE, low=-0.5, high=2.0), Layer(RESIZE, side=side)]
    assert_agrees([*first, Layer(TANH), Layer(DENSE, 3)], height, width)


def test_the_order_of_activation_and_pooling_is_the_models() -> None:
    """The engine pools before it applies a relu; the values shown are those of the layers as listed."""
    layers = [Layer(CONV, 2, 3), Layer(RELU), Layer(MAXPOOL, window=2), Layer(RELU), Layer(DENSE, 3)]
    values = Network(layers, 8, 8).activations(*_first(layers, 8))
    assert [value.shape for value in values] == [
        (1, 8, 8),
        (2, 6, 6),
        (2, 6, 6),
        (2, 3, 3),
        (2, 3, 3),
        (3, 1, 1),
    ]
    assert values[1].min() < 0
    np.testing.assert_array_equal(values[2], np.maximum(values[1], 0))


def test_a_picture_of_another_size_is_refused() -> None:
    layers = [Layer(DENSE, 2)]
    with pytest.raises(LenetError, match="images must be uint8"):
        Network(layers, 4, 4).activations(np.zeros(34, np.float32), np.zeros((4, 5), np.uint8))


def _first(layers: list[Layer], side: int) -> tuple[np.ndarray, np.ndarray]:
    case = make(layers, side, side, 1, 0)
    return case.parameters, case.images[0]
