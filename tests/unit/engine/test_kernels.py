"""Every kernel, forward and backward, against the float64 reference; on each instruction set."""

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import reference
from agreement import COMPANY, GRADIENT, KERNELS, PROBABILITY, agrees, make, named, random_networks
from lenet import engine, models
from lenet.engine import (
    CONV,
    DENSE,
    LANES,
    MAXPOOL,
    RBF,
    RELU,
    RESIZE,
    SCALE,
    SUBSAMPLE,
    TANH,
    UNIT,
    Layer,
    Network,
)
from lenet.engine.abi import MAX_MULTIPLY_ADDS
from lenet.errors import LenetError


def test_many_images_are_shared_among_threads() -> None:
    images = np.random.default_rng(0).integers(0, 256, (3 * engine.IMAGES_A_THREAD + 5, 28, 28), np.uint8)
    network = Network(named("holzweber2021"))
    parameters = network.initialise(0)
    alone = network.predict(parameters, images, threads=1)
    for threads in (2, 3, 64):
        np.testing.assert_array_equal(network.predict(parameters, images, threads=threads), alone)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of forking beside threads
def test_a_forked_process_predicts_with_threads_of_its_own() -> None:
    """In a process of its own: other threads of this one are not the engine's business."""
    code = """
import os
import numpy as np
from lenet import engine, models
images = np.zeros((2 * engine.IMAGES_A_THREAD, 28, 28), np.uint8)
network = models.get_architecture("holzweber2021").spec.network()
parameters = network.initialise(0)
network.predict(parameters, images, threads=2)
child = os.fork()
network.predict(parameters, images, threads=2)
if child == 0:
    os._exit(7)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", code], timeout=60, check=False)
    assert done.returncode == 7


# ---- Each kind alone ------------------------------------------------------------------------


@pytest.mark.parametrize("outputs", [1, 2, 7, 8, 14, 15, 26])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 5), (9, 13)])
def test_dense(height: int, width: int, outputs: int) -> None:
    agrees([Layer(DENSE, outputs)], height, width)


@pytest.mark.parametrize("sizes", [(3, 1, 26), (84, 26), (120, 84, 26), (17, 33, 5)])
def test_dense_chain(sizes: tuple[int, ...]) -> None:
    chain = itertools.chain.from_iterable((Layer(DENSE, size), Layer(RELU)) for size in sizes)
    agrees(list(chain)[:-1], 9, 13)


@pytest.mark.parametrize(("kernel", "stride", "padding"), KERNELS)
def test_conv(kernel: int, stride: int, padding: int) -> None:
    agrees([Layer(CONV, 3, kernel, stride, padding), Layer(DENSE, 4)], 9, 13)


@pytest.mark.parametrize(("kernel", "stride", "padding"), KERNELS)
def test_conv_gradient_of_its_input(kernel: int, stride: int, padding: int) -> None:
    """The first convolution has a gradient only through the second one's input."""
    layers = [Layer(CONV, 3, 3, 1, 1), Layer(CONV, 5, kernel, stride, padding), Layer(DENSE, 4)]
    agrees(layers, 9, 13)


@pytest.mark.parametrize("second", [1, 2, 3, 5, 8, 17])
@pytest.mark.parametrize("first", [1, 2, 3, 5, 8, 17])
def test_conv_channels(first: int, second: int) -> None:
    agrees([Layer(CONV, first, 3), Layer(CONV, second, 5, 1, 2), Layer(DENSE, 3)], 7, 10)


@pytest.mark.parametrize("channels", [1, 4, 6, 7, 8, 15])
@pytest.mark.parametrize(("kernel", "stride", "padding"), KERNELS)
def test_conv_and_maxpool(kernel: int, stride: int, padding: int, channels: int) -> None:
    layers = [Layer(CONV, 2, 3, 1, 1), Layer(CONV, channels, kernel, stride, padding)]
    agrees([*layers, Layer(MAXPOOL, window=2), Layer(RELU), Layer(DENSE, 3)], 12, 13, count=2)


@pytest.mark.parametrize(("height", "width"), [(6, 6), (7, 9), (11, 8), (12, 20)])
@pytest.mark.parametrize("padding", [0, 1, 2, 4])
@pytest.mark.parametrize(("first", "second"), [(4, 1), (5, 3), (7, 17), (16, 6)])
def test_minimal_filtering(first: int, second: int, padding: int, height: int, width: int) -> None:
    """5x5 kernels before a maximum, with four input channels or more."""
    layers = [Layer(CONV, first, 1), Layer(RELU), Layer(CONV, second, 5, 1, padding)]
    agrees([*layers, Layer(MAXPOOL, window=2), Layer(RELU), Layer(DENSE, 3)], height, width, count=3)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize(("height", "width"), [(4, 4), (9, 13), (12, 7)])
def test_maxpool_with_remainders(height: int, width: int, size: int) -> None:
    agrees([Layer(MAXPOOL, window=size), Layer(DENSE, 4)], height, width)
    agrees([Layer(CONV, 5, 3, 1, 1), Layer(MAXPOOL, window=size), Layer(DENSE, 4)], height, width)


# ---- Chains ---------------------------------------------------------------------------------

HERE = Layer(RELU)
CHAINS = {
    "relu first": [HERE, Layer(CONV, 3, 3), Layer(DENSE, 4)],
    "relu after conv": [Layer(CONV, 3, 3), HERE, Layer(DENSE, 4)],
    "relu before pool": [Layer(CONV, 3, 3), HERE, Layer(MAXPOOL, window=2), Layer(DENSE, 4)],
    "relu after pool": [Layer(CONV, 3, 3), Layer(MAXPOOL, window=2), HERE, Layer(DENSE, 4)],
    "relu around pool": [Layer(CONV, 3, 3), HERE, Layer(MAXPOOL, window=2), HERE, Layer(DENSE, 4)],
    "relu twice": [Layer(CONV, 3, 3), HERE, HERE, Layer(DENSE, 4)],
    "relu twice before pool": [Layer(CONV, 3, 3), HERE, HERE, Layer(MAXPOOL, window=2), Layer(DENSE, 4)],
    "pool twice": [
        Layer(CONV, 3, 3), HERE, Layer(MAXPOOL, window=2), Layer(MAXPOOL, window=2), Layer(DENSE, 4),
    ],
    "pool first": [Layer(MAXPOOL, window=2), Layer(CONV, 3, 3), HERE, Layer(DENSE, 4)],
    "pool between": [
        Layer(CONV, 3, 3), Layer(MAXPOOL, window=2), Layer(CONV, 5, 3, 1, 2), Layer(DENSE, 4),
    ],
    "conv, relu, conv": [Layer(CONV, 3, 3), HERE, Layer(CONV, 5, 3, 2, 1), HERE, Layer(DENSE, 4)],
    "relu before pool, pool 3": [Layer(CONV, 3, 3), HERE, Layer(MAXPOOL, window=3), Layer(DENSE, 4)],
    "strides": [
        Layer(CONV, 2, 3, 2, 2), Layer(CONV, 3, 4, 3, 3), Layer(CONV, 5, 2, 2, 1), Layer(DENSE, 4),
    ],
    "tanh first": [Layer(TANH), Layer(DENSE, 4)],
    "tanh before pool": [Layer(CONV, 3, 3), Layer(TANH), Layer(MAXPOOL, window=2), Layer(DENSE, 4)],
    "tanh twice": [Layer(CONV, 3, 3), Layer(TANH), Layer(TANH), Layer(DENSE, 4)],
    "tanh around pool": [
        Layer(CONV, 3, 3), Layer(TANH), Layer(MAXPOOL, window=2), Layer(TANH), Layer(DENSE, 4),
    ],
    "pool 3, tanh": [Layer(CONV, 3, 3), Layer(MAXPOOL, window=3), Layer(TANH), Layer(DENSE, 4)],
    "strides, pool, tanh": [
        Layer(CONV, 3, 3, 2), Layer(MAXPOOL, window=2), Layer(TANH), Layer(MAXPOOL, window=1),
        Layer(DENSE, 4),
    ],
    "relu, tanh, pool": [
        Layer(CONV, 3, 3), HERE, Layer(TANH), Layer(MAXPOOL, window=2), Layer(DENSE, 4),
    ],
    "tanh, relu, conv": [
        Layer(CONV, 3, 3), Layer(TANH), HERE, Layer(CONV, 2, 3, 1, 1), Layer(DENSE, 4),
    ],
    "dense, tanh, relu": [Layer(DENSE, 9), Layer(TANH), HERE, Layer(DENSE, 4)],
    "scale, relu": [
        Layer(SCALE, low=-1), HERE, Layer(CONV, 3, 3, 1, 1), Layer(DENSE, 4),
    ],
    "scale to less": [Layer(SCALE, low=1, high=-1), HERE, Layer(DENSE, 4)],
    "resize, tanh": [Layer(RESIZE, side=5), Layer(TANH), Layer(CONV, 3, 3, 1, 1), Layer(DENSE, 4)],
    "unit biases before pool": [Layer(CONV, 3, 3, biases=UNIT), Layer(MAXPOOL, window=2), Layer(DENSE, 4)],
    "background before pool": [
        Layer(CONV, 3, 3, 1, 1, pad_value=2), Layer(MAXPOOL, window=2), HERE, Layer(DENSE, 4),
    ],
    "padding under relu": [Layer(CONV, 3, 3), HERE, Layer(CONV, 2, 5, 1, 4), HERE, Layer(DENSE, 4)],
}  # fmt: skip


@pytest.mark.parametrize("name", CHAINS)
def test_chain(name: str) -> None:
    agrees(CHAINS[name], 12, 15)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_label_smoothing(smoothing: float) -> None:
    agrees(CHAINS["relu before pool"], 9, 13, smoothing=smoothing)


@pytest.mark.parametrize("count", [1, 2, LANES - 1, LANES, LANES + 1, 50])
def test_any_number_of_images(count: int) -> None:
    agrees(CHAINS["relu before pool"], 8, 9, count)


@pytest.mark.parametrize("name", sorted(models.ARCHITECTURES))
@pytest.mark.parametrize("count", [1, 11])
def test_architectures(name: str, count: int) -> None:
    agrees(named(name), 28, 28, count, smoothing=0.05)


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(random_networks(), st.integers(1, 2 * LANES + 1))
def test_random_networks(network: tuple[list[Layer], int, int], count: int) -> None:
    layers, height, width = network
    assume(max(make(layers, height, width, 1, 0).parameters.size, 1) < 20_000)
    agrees(layers, height, width, count)


# ---- Against finite differences, without the reference's backward pass ----------------------


def test_gradient_is_the_slope_of_the_loss() -> None:
    layers = CHAINS["conv, relu, conv"]
    case = make(layers, 9, 8, 6, seed=3)
    gradient, _ = Network(layers, 9, 8).gradient(case.parameters, case.images, case.labels, 0.1)
    weights, step = case.parameters.astype(np.float64), 1e-6
    largest = float(np.abs(gradient).max())
    for index in range(weights.size):
        change = np.zeros_like(weights)
        change[index] = step
        above = reference.loss(layers, weights + change, case.images, case.labels, 0.1)
        below = reference.loss(layers, weights - change, case.images, case.labels, 0.1)
        slope = (above - below) / (2 * step)
        assert gradient[index] == pytest.approx(slope, abs=GRADIENT * largest)


def test_targets_replace_labels_and_their_smoothing() -> None:
    case = make([Layer(CONV, 3, 3), Layer(RELU), Layer(DENSE, 6)], 5, 5, 19, seed=4)
    network = Network(case.layers, 5, 5)
    targets = (0.9 * np.eye(6)[case.labels] + 0.1 / 6).astype(np.float32)
    gradient, loss = network.gradient(case.parameters, case.images, case.labels, 0.1)
    other_gradient, other_loss = network.gradient(case.parameters, case.images, case.labels, targets=targets)
    np.testing.assert_allclose(other_gradient, gradient, rtol=0, atol=1e-6)
    assert other_loss == pytest.approx(loss, rel=1e-6)
    with pytest.raises(LenetError, match="targets must be"):
        network.gradient(case.parameters, case.images, case.labels, targets=targets[:, 1:])


# ---- What belongs to no layer ---------------------------------------------------------------


def test_temperature_divides_the_logits() -> None:
    case = make([Layer(DENSE, 6)], 4, 4, 5, seed=1)
    network = Network(case.layers, 4, 4)
    for temperature in (0.3, 1.0, 4.0):
        expected = reference.predict(case.layers, case.parameters, case.images, temperature)
        probabilities = network.predict(case.parameters, case.images, temperature)
        np.testing.assert_allclose(probabilities, expected, rtol=0, atol=PROBABILITY)


def test_large_logits_do_not_overflow() -> None:
    case = make([Layer(DENSE, 3)], 2, 2, 4, seed=2)
    weights = case.parameters * np.float32(1e4)
    network = Network(case.layers, 2, 2)
    probabilities = network.predict(weights, case.images)
    gradient, loss = network.gradient(weights, case.images, case.labels)
    assert np.isfinite(probabilities).all()
    assert np.isfinite(gradient).all()
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-6)
    assert loss == pytest.approx(reference.loss(case.layers, weights, case.images, case.labels), rel=1e-5)


def test_an_image_gets_the_same_answer_in_any_company() -> None:
    layers = named("holzweber2021")
    case = make(layers, 28, 28, LANES + 3, seed=4)
    network = Network(layers)
    together = network.predict(case.parameters, case.images)
    for index in range(len(case.images)):
        alone = network.predict(case.parameters, case.images[index : index + 1])
        np.testing.assert_allclose(alone[0], together[index], rtol=0, atol=COMPANY)


@pytest.mark.parametrize("name", ["holzweber2021", "lenet5"])
def test_initialisation_is_uniform_and_a_function_of_the_seed(name: str) -> None:
    layers = named(name)
    network = Network(layers)
    weights = network.initialise(7)
    bounds = reference.initial_bounds(layers, 28, 28)
    assert weights.dtype == np.float32
    assert np.all(np.abs(weights) <= bounds * (1 + 1e-6))
    assert np.all(weights[bounds == 0] == 0)
    for bound in np.unique(bounds[bounds > 0]):
        share = weights[bounds == bound] / bound
        sigma = 1 / np.sqrt(3 * share.size)
        assert abs(share.mean()) < 5 * sigma
        assert share.std() == pytest.approx(1 / np.sqrt(3), abs=5 * sigma)
    assert np.array_equal(weights, network.initialise(7))
    assert not np.array_equal(weights, network.initialise(8))


BROKEN = {
    "no layer": [],
    "no dense end": [Layer(CONV, 3, 3)],
    "relu end": [Layer(DENSE, 3), Layer(RELU)],
    "conv after dense": [Layer(DENSE, 9), Layer(CONV, 3, 1), Layer(DENSE, 3)],
    "kernel beyond the image": [Layer(CONV, 3, 6), Layer(DENSE, 3)],
    "pool beyond the image": [Layer(MAXPOOL, window=6), Layer(DENSE, 3)],
    "kernel 0": [Layer(CONV, 3, 0), Layer(DENSE, 3)],
    "stride 0": [Layer(CONV, 3, 3, 0), Layer(DENSE, 3)],
    "padding as wide as the kernel": [Layer(CONV, 3, 3, 1, 3), Layer(DENSE, 3)],
    "negative size": [Layer(DENSE, -3)],
    "unknown kind": [Layer(99, 3), Layer(DENSE, 3)],
    "nothing to learn": [Layer(RBF, 2, table=bytes(50))],
    "rbf before the end": [Layer(DENSE, 4), Layer(RBF, 2, table=bytes(8)), Layer(DENSE, 3)],
    "rbf without codes": [Layer(DENSE, 4), Layer(RBF, 2)],
    "codes of another length": [Layer(DENSE, 4), Layer(RBF, 2, table=bytes(9))],
    "a table of another size": [Layer(CONV, 3, 3, table=b"\1\1"), Layer(DENSE, 3)],
    "a map that sees nothing": [Layer(CONV, 3, 3, table=b"\1\0\1"), Layer(DENSE, 3)],
    "a table of another kind": [Layer(DENSE, 3, table=b"\1")],
    "tables too large": [
        Layer(DENSE, 4096),
        Layer(RBF, 5, table=bytes(5 * 4096)),
    ],
    "scale not first": [Layer(DENSE, 3), Layer(SCALE), Layer(DENSE, 3)],
    "scale twice": [Layer(SCALE), Layer(SCALE), Layer(DENSE, 3)],
    "scale beyond 100": [Layer(SCALE, high=100.5), Layer(DENSE, 3)],
    "scale to no number": [Layer(SCALE, low=np.nan), Layer(DENSE, 3)],
    "background of no number": [Layer(CONV, 3, 3, 1, 1, pad_value=np.nan), Layer(DENSE, 3)],
    "resize not first": [Layer(CONV, 3, 3), Layer(RESIZE, side=2), Layer(DENSE, 3)],
    "resize twice": [Layer(RESIZE, side=4), Layer(RESIZE, side=2), Layer(DENSE, 3)],
    "resize to more": [Layer(RESIZE, side=6), Layer(DENSE, 3)],
    "subsample beyond the image": [Layer(SUBSAMPLE, window=6), Layer(DENSE, 3)],
    "subsample after dense": [
        Layer(DENSE, 3),
        Layer(TANH),
        HERE,
        Layer(SUBSAMPLE, window=1),
        Layer(DENSE, 3),
    ],
    "tanh end": [Layer(DENSE, 3), Layer(TANH)],
    "biases of another kind": [Layer(CONV, 3, 3, biases=2), Layer(DENSE, 3)],
    "33 layers": [*[Layer(RELU)] * 32, Layer(DENSE, 3)],
}


@pytest.mark.parametrize("name", BROKEN)
def test_layers_that_do_not_fit_are_refused(name: str) -> None:
    with pytest.raises(LenetError, match="layers"):
        Network(BROKEN[name], 5, 5)


def test_a_network_of_too_much_work_is_refused() -> None:
    """A small file could hold it, and one image would take seconds."""
    layers = [Layer(CONV, 16, 5, padding=2), Layer(CONV, 64, 5, padding=2), Layer(DENSE, 2)]
    first, second, last = 5 * 5 * 16, 5 * 5 * 16 * 64, 64 * 2
    side = int((MAX_MULTIPLY_ADDS / (first + second + last)) ** 0.5)
    Network(layers, side, side)
    with pytest.raises(LenetError, match="a network at most 1,073,741,824 multiply-adds an image"):
        Network(layers, side + 1, side + 1)


def test_a_label_that_is_no_class_is_refused() -> None:
    case = make([Layer(DENSE, 3)], 2, 2, 2, seed=0)
    labels = np.array([0, 3], np.uint8)
    with pytest.raises(LenetError, match="label"):
        Network(case.layers, 2, 2).gradient(case.parameters, case.images, labels)


# ---- Instruction sets -----------------------------------------------------------------------


if "LENET_ISA" not in os.environ:

    @pytest.mark.slow
    @pytest.mark.parametrize("name", engine.SUPPORTED[:-1])  # the tests above ran with the last
    def test_every_instruction_set(name: str) -> None:
        """All kernel tests again, in a process of their own, with the library for `name`."""
        files = [__file__, __file__.replace("test_kernels", "test_kernels_classic")]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files]
        environment = {**os.environ, "LENET_ISA": name}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-4000:]
