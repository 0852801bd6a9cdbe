"""The layers of the early papers against the float64 reference; test_kernels.py runs this file too,
on each instruction set."""

import numpy as np
import pytest

import reference
import reference_layers
from agreement import COMPANY, KERNELS, agrees, make, table
from lenet.engine import (
    CONV,
    DENSE,
    MAXPOOL,
    RBF,
    RESIZE,
    SCALE,
    SUBSAMPLE,
    TANH,
    UNIT,
    Layer,
    Network,
)


def test_tanh_is_as_accurate_as_stated() -> None:
    """The gradient of a weight is its input times p - target, here +-1/2: so it shows the tanh."""
    pixels = np.arange(256, dtype=np.uint8)
    inputs = pixels.astype(np.float32) * np.float32(1 / 255)
    for ink in (1e-6, 0.01, 0.3, 0.9, 1.0, 1.5, 3.0, 10.0, 30.0, 99.0):
        for sign in (1, -1):
            layers = [Layer(SCALE, high=sign * ink), Layer(TANH), Layer(DENSE, 2)]
            network = Network(layers, 16, 16)
            weights = np.zeros(network.parameters, np.float32)
            gradient, _ = network.gradient(weights, pixels.reshape(1, 16, 16), np.array([1]))
            actual = 2 * gradient[: 2 * 256 : 2].astype(float)
            x = (inputs * np.float32(sign * ink)).astype(float)
            slope, height = float(np.float32(2 / 3)), float(np.float32(1.7159))
            np.testing.assert_allclose(actual, height * np.tanh(slope * x), rtol=6e-7, atol=0)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize(("height", "width"), [(4, 4), (9, 13), (12, 7)])
def test_subsampling_with_remainders(height: int, width: int, size: int) -> None:
    agrees([Layer(SUBSAMPLE, window=size), Layer(DENSE, 4)], height, width)
    agrees(
        [Layer(CONV, 5, 3, 1, 1), Layer(SUBSAMPLE, window=size), Layer(TANH), Layer(DENSE, 4)],
        height, width,
    )  # fmt: skip


@pytest.mark.parametrize("background", [-1.0, 0.3])
@pytest.mark.parametrize("biases", [0, UNIT])
@pytest.mark.parametrize(("kernel", "stride", "padding"), KERNELS)
def test_conv_with_background_and_biases(
    kernel: int, stride: int, padding: int, biases: int, background: float
) -> None:
    layers = [
        Layer(CONV, 3, 3, 1, 1, biases, pad_value=background),
        Layer(CONV, 5, kernel, stride, padding, biases, pad_value=background),
        Layer(DENSE, 4),
    ]
    agrees(layers, 9, 13)


@pytest.mark.parametrize("second", [1, 2, 5, 8, 17])
@pytest.mark.parametrize("first", [1, 2, 6, 17])
@pytest.mark.parametrize("pool", [MAXPOOL, SUBSAMPLE])
def test_conv_with_a_table(first: int, second: int, pool: int) -> None:
    """Also the way of minimal filtering: 5x5 kernels before a maximum."""
    partial = Layer(CONV, second, 5, 1, 2, table=table(first, second, seed=first + second))
    agrees([Layer(CONV, first, 3), partial, Layer(pool, window=2), Layer(DENSE, 3)], 7, 10)


def test_connections_that_are_not_there_change_nothing() -> None:
    """A map's weights and its input matter to the maps that see it, and to no other."""
    whole = [Layer(CONV, 4, 3, 1, 1), Layer(CONV, 3, 3, 1, 0), Layer(DENSE, 5)]
    entries = table(4, 3, seed=1)
    partial = [whole[0], whole[1]._replace(table=entries), whole[2]]
    case = make(partial, 9, 8, 6, seed=5)
    (first, first_bias), (second, second_bias), (dense, dense_bias) = reference.split(
        partial, 9, 8, case.parameters
    )
    filled = reference_layers.whole_weight(partial[1], second)
    same = [first, first_bias, filled, second_bias, dense, dense_bias]
    flat = np.concatenate([part.ravel() for part in same]).astype(np.float32)
    np.testing.assert_allclose(
        Network(partial, 9, 8).predict(case.parameters, case.images),
        Network(whole, 9, 8).predict(flat, case.images), rtol=0, atol=COMPANY,
    )  # fmt: skip


@pytest.mark.parametrize("outputs", [1, 7, 14, 26])
@pytest.mark.parametrize("inputs", [1, 12, 84])
def test_rbf(inputs: int, outputs: int) -> None:
    """The oracle takes the squared distances; they differ by what all classes have in common."""
    codes = np.random.default_rng(3).integers(0, 2, (outputs, inputs), np.uint8).tobytes()
    agrees([Layer(DENSE, inputs), Layer(TANH), Layer(RBF, outputs, table=codes)], 5, 6)


@pytest.mark.parametrize("side", [1, 2, 4, 5, 6, 9])
@pytest.mark.parametrize(("height", "width"), [(9, 9), (10, 13), (28, 9)])
def test_resize_and_scale(height: int, width: int, side: int) -> None:
    first = [Layer(SCALE, low=-0.1, high=1.175), Layer(RESIZE, side=side)]
    last = [Layer(CONV, 3, 3, 1, 1, pad_value=-0.1), Layer(TANH), Layer(DENSE, 4)]
    agrees([*first, *last], height, width)
    agrees([*first[1:], *last], height, width)
    agrees([*first[:1], *last], height, width)
