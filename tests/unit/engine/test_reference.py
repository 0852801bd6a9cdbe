"""The oracle itself, against central differences and closed forms."""

import math

import numpy as np
import pytest

import reference
import reference_layers
from lenet.engine import Layer
from reference import CONV, DENSE, MAXPOOL, RBF, RELU, RESIZE, SCALE, SUBSAMPLE, TANH

NETWORKS = {
    "dense": ([Layer(DENSE, 3), Layer(RELU), Layer(DENSE, 4)], 3, 5),
    "conv": ([Layer(CONV, 2, 3, 1, 1), Layer(RELU), Layer(DENSE, 3)], 5, 4),
    "stride": ([Layer(CONV, 3, 2, 2, 1), Layer(CONV, 2, 3, 3, 2), Layer(DENSE, 3)], 9, 7),
    "pool": ([Layer(CONV, 2, 3), Layer(MAXPOOL, window=2), Layer(RELU), Layer(DENSE, 3)], 9, 7),
    "tanh": (
        [Layer(SCALE, low=-0.5, high=2), Layer(DENSE, 3), Layer(TANH), Layer(DENSE, 4)],
        3,
        5,
    ),
    "subsample": ([Layer(CONV, 2, 3), Layer(SUBSAMPLE, window=2), Layer(TANH), Layer(DENSE, 3)], 9, 8),
    "subsample 3": ([Layer(SUBSAMPLE, window=3), Layer(DENSE, 3)], 8, 9),
    "table": ([Layer(CONV, 3, 2), Layer(CONV, 2, 3, table=b"\1\0\1\1\0\1"), Layer(DENSE, 3)], 7, 6),
    "unit biases": (
        [
            Layer(CONV, 2, 3, 2, 1, biases=1, pad_value=-1),
            Layer(CONV, 2, 3, 1, 1, biases=1, pad_value=0.5),
            Layer(DENSE, 3),
        ],
        7,
        6,
    ),
    "rbf": ([Layer(DENSE, 4), Layer(TANH), Layer(RBF, 3, table=b"\1\0\1\1\0\1\1\1\0\0\0\1")], 3, 4),
    "resize": ([Layer(RESIZE, side=3), Layer(CONV, 2, 2), Layer(RELU), Layer(DENSE, 3)], 5, 7),
    "pool 3": ([Layer(CONV, 2, 2), Layer(RELU), Layer(MAXPOOL, window=3), Layer(DENSE, 3)], 9, 12),
}


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("name", NETWORKS)
def test_gradient_is_the_central_difference(name: str, smoothing: float) -> None:
    layers, height, width = NETWORKS[name]
    random = np.random.default_rng(5)
    parameters = random.normal(0, 0.5, reference.count_parameters(layers, height, width))
    images = random.integers(0, 256, (3, height, width), np.uint8)
    labels = np.array([0, 2, 1])
    derivative = reference.gradient(layers, parameters, images, labels, smoothing)
    step = 1e-6
    assert derivative.margin > 10 * step
    for index in range(parameters.size):
        change = np.zeros_like(parameters)
        change[index] = step
        above = reference.loss(layers, parameters + change, images, labels, smoothing)
        below = reference.loss(layers, parameters - change, images, labels, smoothing)
        assert derivative.values[index] == pytest.approx((above - below) / (2 * step), abs=1e-8)


def test_conv_is_the_sum_written_out() -> None:
    random = np.random.default_rng(1)
    x, weight = random.normal(size=(2, 3, 6, 5)), random.normal(size=(3, 3, 3, 4))
    bias, stride, padding = random.normal(size=4), 2, 1
    y = reference_layers.conv(x, weight, bias, stride, padding)
    assert y.shape == (2, 4, 3, 3)
    for n, o, r, c in np.ndindex(y.shape):
        total = bias[o]
        for i, k, m in np.ndindex(3, 3, 3):
            row, column = r * stride + k - padding, c * stride + m - padding
            if 0 <= row < 6 and 0 <= column < 5:
                total += x[n, i, row, column] * weight[i, k, m, o]
        assert y[n, o, r, c] == pytest.approx(total, abs=1e-12)


def test_pool_leaves_out_remainders_and_credits_the_first_maximum() -> None:
    x = np.array([[[[1.0, 5, 9], [5, 0, 9], [9, 9, 9]]]])
    assert reference_layers.maxpool(x, 2).tolist() == [[[[5.0]]]]
    dx = reference_layers.maxpool_backward(np.array([[[[7.0]]]]), x, 2)
    assert dx.tolist() == [[[[0, 7, 0], [0, 0, 0], [0, 0, 0]]]]


def test_a_convolution_with_all_is_the_sum_written_out() -> None:
    """A table, a background and unit biases, for every output from what it sees."""
    random = np.random.default_rng(2)
    layer = Layer(CONV, 2, 3, 2, 1, biases=1, pad_value=-0.7, table=b"\1\0\1\1\0\1")
    x, weight = random.normal(size=(2, 3, 4, 5)), random.normal(size=(4, 3, 3))
    bias = random.normal(size=(2, 2, 3))
    y = reference_layers.conv_layer(x, layer, weight, bias)
    assert y.shape == (2, 2, 2, 3)
    pairs = [(0, 0), (1, 0), (1, 1), (2, 1)]  # (input, output), row by row of the table
    for n, o, r, c in np.ndindex(y.shape):
        total = bias[o, r, c]
        for number, (i, to) in enumerate(pairs):
            for k, m in np.ndindex(3, 3):
                row, column = 2 * r + k - 1, 2 * c + m - 1
                inside = 0 <= row < 4 and 0 <= column < 5
                value = x[n, i, row, column] if inside else -0.7
                total += value * weight[number, k, m] * (to == o)
        assert y[n, o, r, c] == pytest.approx(total, abs=1e-12)


def test_subsampling_is_the_coefficient_times_the_sum() -> None:
    x = np.arange(12.0).reshape(1, 1, 3, 4)
    y = reference_layers.subsample(x, np.array([0.5]), np.array([1.0]), 2)
    assert y.tolist() == [[[[0.5 * (0 + 1 + 4 + 5) + 1, 0.5 * (2 + 3 + 6 + 7) + 1]]]]


def test_resizing_takes_the_means_of_areas() -> None:
    x = np.array([[[[0.0, 3, 6], [0, 3, 6], [9, 9, 9]]]])
    above = [(0 + 1.5) / 1.5, (1.5 + 6) / 1.5]
    expected = [above, [(above[0] + 2 * 9) / 3, (above[1] + 2 * 9) / 3]]
    assert reference_layers.resize(x, 2)[0, 0] == pytest.approx(np.array(expected))


def test_rbf_is_the_distance_to_a_code() -> None:
    layer = Layer(RBF, 2, table=b"\1\0\1\0\0\0")
    assert reference_layers.rbf(np.array([[1.0, -1, 3]]), layer).tolist() == [[-4.0, -20.0]]


def test_tanh_keeps_one_and_minus_one() -> None:
    assert reference_layers.scaled_tanh(np.array([-1.0, 0, 1])) == pytest.approx([-1, 0, 1], abs=1e-4)


def test_label_smoothing_keeps_a_share_for_every_class() -> None:
    logits = np.zeros((1, 4))
    loss, gradient = reference_layers.cross_entropy(logits, np.array([2]), 0.2)
    assert loss == pytest.approx(math.log(4))
    assert gradient == pytest.approx(np.array([[0.25 - 0.05, 0.2, 0.25 - 0.85, 0.2]]))


def test_margin_sees_a_kink() -> None:
    layers = [Layer(DENSE, 1), Layer(RELU), Layer(DENSE, 2)]
    parameters = np.array([1.0, -0.5 + 1e-3, 1, 2, 0, 0])
    image = np.full((1, 1, 1), 127.5)
    margin = reference.gradient(layers, parameters, image, np.array([0])).margin
    assert margin == pytest.approx(1e-3)


def test_one_cycle_has_its_three_corners() -> None:
    rates = [reference.one_cycle(step, 100, 0.5, 0.3) for step in range(100)]
    assert rates[0] == pytest.approx(0.5 / 25)
    assert rates[29] == pytest.approx(0.5)
    assert rates[99] == pytest.approx(0.5 / 25e4)
    assert rates[29] == max(rates)
    assert np.all(np.diff(rates[:30]) > 0)
    assert np.all(np.diff(rates[29:]) < 0)


def test_first_adamw_step_is_the_rate_in_the_direction_of_the_sign() -> None:
    parameters, gradient = np.array([1.0, -2, 3]), np.array([1e-3, 50, -4])
    zero = np.zeros(3)
    stepped, first, second = reference.adamw_step(
        parameters, zero, zero, gradient,
        step=1, rate=0.1, beta1=0.9, beta2=0.99, epsilon=0, weight_decay=0.5,
    )  # fmt: skip
    assert stepped == pytest.approx(parameters - 0.1 * np.sign(gradient) - 0.05 * parameters)
    assert first == pytest.approx(0.1 * gradient)
    assert second == pytest.approx(0.01 * gradient**2)


def test_sgd_velocity_is_a_geometric_sum() -> None:
    parameters, velocity = np.zeros(1), np.zeros(1)
    for _ in range(3):
        parameters, velocity = reference.sgd_step(
            parameters, velocity, np.ones(1), rate=0.1, momentum=0.5, weight_decay=0
        )
    assert velocity == pytest.approx([1.75])
    assert parameters == pytest.approx([-0.1 * (1 + 1.5 + 1.75)])
