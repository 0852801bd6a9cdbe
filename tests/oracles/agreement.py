"""Compare the engine with the float64 reference, on random networks."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import strategies as st

import reference
from lenet import models
from lenet.engine import CONV, DENSE, LANES, MAXPOOL, RELU, SUBSAMPLE, TANH, Layer, Network

# A float32 sum of n products of size 1 is off by some 6e-8 * sqrt(n); here n reaches a few hundred,
# and a handful of layers follow one another.
PROBABILITY = 5e-6
COMPANY = 1e-6  # a few images are computed in another way than many
GRADIENT = 2e-5  # of the largest element
FLAT = 0.05  # a gradient that should be zero (one class) is still some 1e-7: p - target, rounded
LOSS = 5e-6
# Ten times what rounding may move an activation by: no relu and no maximum turns over.
MARGIN = 3e-6
ATTEMPTS = 40


class Case(NamedTuple):
    """A network with weights, images and labels."""

    layers: list[Layer]
    parameters: np.ndarray
    images: np.ndarray
    labels: np.ndarray


def make(layers: list[Layer], height: int, width: int, count: int, seed: int) -> Case:
    """Random weights of He's size with biases, noise images, and labels."""
    random = np.random.default_rng(seed)
    bounds = reference.initial_bounds(layers, height, width)
    spread = np.where(bounds > 0, bounds, 0.3)
    return Case(
        layers,
        random.uniform(-spread, spread).astype(np.float32),
        random.integers(0, 256, (count, height, width), np.uint8),
        random.integers(0, layers[-1].out_channels, count).astype(np.uint8),
    )


def named(name: str) -> list[Layer]:
    """The layers of an architecture of the package."""
    return list(models.ARCHITECTURES[name].spec.engine_layers)


def agrees(layers: list[Layer], height: int, width: int, count: int = 5, smoothing: float = 0.1) -> None:
    """Assert that the engine agrees with the reference, on the first case without near ties."""
    for seed in range(ATTEMPTS):
        case = make(layers, height, width, count, seed)
        expected = reference.gradient(*case, smoothing)
        if expected.margin > MARGIN:
            break
    else:
        pytest.fail(f"none of {ATTEMPTS} cases has a margin above {MARGIN}; make the case smaller")
    network = Network(layers, height, width)
    assert network.parameters == case.parameters.size
    assert network.classes == layers[-1].out_channels

    probabilities = network.predict(case.parameters, case.images)
    exact = reference.predict(layers, case.parameters, case.images)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities, exact, rtol=0, atol=PROBABILITY)
    many = network.predict(case.parameters, np.tile(case.images, (LANES, 1, 1)))
    alone = [network.predict(case.parameters, image[None])[0] for image in case.images]
    np.testing.assert_allclose(many, np.tile(probabilities, (LANES, 1)), rtol=0, atol=COMPANY)
    np.testing.assert_allclose(alone, probabilities, rtol=0, atol=COMPANY)

    gradient, loss = network.gradient(case.parameters, case.images, case.labels, smoothing)
    assert gradient.dtype == np.float32
    assert loss == pytest.approx(expected.loss, rel=LOSS, abs=LOSS)
    largest = max(np.abs(expected.values).max(), FLAT)
    np.testing.assert_allclose(gradient, expected.values, rtol=0, atol=GRADIENT * largest)


def table(rows: int, columns: int, seed: int) -> bytes:
    """A random table, (rows, columns), that leaves no column empty."""
    random = np.random.default_rng(seed)
    entries = random.integers(0, 2, (rows, columns), np.uint8)
    entries[random.integers(0, rows, columns), np.arange(columns)] = 1
    return entries.tobytes()


@st.composite
def random_networks(draw: st.DrawFn) -> tuple[list[Layer], int, int]:
    """Any chain of up to five layers that fits together, with a dense end."""
    height, width = draw(st.integers(1, 14)), draw(st.integers(1, 14))
    rows, columns, channels, layers = height, width, 1, []
    for _ in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from([CONV, CONV, MAXPOOL, SUBSAMPLE, RELU, TANH]))
        if kind == CONV:
            kernel = draw(st.integers(1, 7))
            padding = draw(st.integers(0, kernel - 1))
            stride = draw(st.integers(1, 3))
            free = [side + 2 * padding - kernel for side in (rows, columns)]
            if min(free) < 0:
                continue
            rows, columns = (steps // stride + 1 for steps in free)
            size = draw(st.integers(1, 9))
            more: dict[str, Any] = {}
            if draw(st.booleans()):
                more = {
                    "biases": draw(st.integers(0, 1)),
                    "pad_value": draw(st.sampled_from([0, -1])),
                }
                more["table"] = draw(st.sampled_from([b"", table(channels, size, seed=kernel)]))
            layers.append(Layer(CONV, size, kernel, stride, padding, **more))
            channels = size
        elif kind in (MAXPOOL, SUBSAMPLE):
            size = draw(st.integers(1, max(1, min(3, rows, columns))))
            rows, columns = rows // size, columns // size
            layers.append(Layer(kind, window=size))
        else:
            layers.append(Layer(kind))
    for size in draw(st.lists(st.integers(1, 30), max_size=2)):
        layers += [Layer(DENSE, size), Layer(RELU)]
    return [*layers, Layer(DENSE, draw(st.integers(1, 30)))], height, width


KERNELS = [
    (kernel, stride, padding)
    for kernel in range(1, 8)
    for stride in (1, 2, 3)
    for padding in sorted({0, kernel // 2, kernel - 1})
]
