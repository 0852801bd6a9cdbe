"""The engine's training: optimizers, schedule, and independence of threads."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import reference
from lenet import engine
from lenet.engine import CONV, DENSE, MAXPOOL, RELU, Layer, library
from lenet.engine import trainer as training
from lenet.errors import LenetError

LAYERS = [
    Layer(CONV, 3, 3, 1, 1),
    Layer(RELU),
    Layer(MAXPOOL, window=2),
    Layer(DENSE, 7),
    Layer(RELU),
    Layer(DENSE, 4),
]
SIDE = 8
STRONG = engine.Augmentation(0.3, 0.2, 0.3, 0.1, 0.1, 0.4, 0.4)


def letters(n: int = 100) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    return random.integers(0, 256, (n, SIDE, SIDE), np.uint8), random.integers(0, 4, n, np.uint8)


def recipe(**changes: Any) -> engine.Recipe:
    settings = {
        "optimizer": engine.ADAMW,
        "schedule": engine.ONE_CYCLE,
        "batch_size": 10,
        "steps": 12,
        "learning_rate": 0.01,
        "warmup": 0.3,
        "momentum": 0.9,
        "beta2": 0.99,
        "epsilon": 1e-8,
        "weight_decay": 0.05,
        "label_smoothing": 0.1,
        "seed": 3,
        **changes,
    }
    return engine.Recipe(**settings)


def train(
    how: engine.Recipe, threads: int = 1, runs: int = 1
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], list[tuple[float, float]]]:
    """Parameters, moments and results after all steps of the recipe, in `runs` runs."""
    network = engine.Network(LAYERS, SIDE, SIDE)
    parameters = network.initialise(7)
    moments = np.zeros(2 * network.parameters, np.float32)
    images, labels = letters()
    order = engine.draw_order(np.ones(len(images)), 1, 0, how.batch_size * how.steps)
    results = []
    with engine.Trainer(network, how, threads) as trainer:
        for part in np.split(np.arange(how.steps), runs):
            rows = order[part[0] * how.batch_size : (part[-1] + 1) * how.batch_size]
            results.append(
                trainer.run(
                    engine.State(parameters, moments), engine.Batch(images, labels, rows), int(part[0])
                )
            )
    return parameters, moments, results


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("schedule", ["constant", "one-cycle"])
def test_steps_follow_the_reference(optimizer: str, schedule: str) -> None:
    """Each step from the engine's own state before it, so that rounding does not add up."""
    adam, cycle = optimizer == "adamw", schedule == "one-cycle"
    how = recipe(optimizer=int(adam), schedule=int(cycle))
    network = engine.Network(LAYERS, SIDE, SIDE)
    parameters = network.initialise(7)
    size = network.parameters
    moments = np.zeros(2 * size, np.float32)
    images, labels = letters()
    order = engine.draw_order(np.ones(len(images)), 1, 0, how.batch_size * how.steps)
    with engine.Trainer(network, how, 1) as trainer:
        for step in range(how.steps):
            rows = order[step * how.batch_size : (step + 1) * how.batch_size]
            wide, first, second = (a.astype(np.float64) for a in (parameters, moments[:size], moments[size:]))
            derivative = reference.gradient(LAYERS, wide, images[rows], labels[rows], how.label_smoothing)
            rate = (
                reference.one_cycle(step, how.steps, how.learning_rate, how.warmup)
                if cycle
                else how.learning_rate
            )
            decay = how.weight_decay
            expected: tuple[np.ndarray, ...]
            if adam:
                expected = reference.adamw_step(
                    wide,
                    first,
                    second,
                    derivative.values,
                    step=step + 1,
                    rate=rate,
                    beta1=how.momentum,
                    beta2=how.beta2,
                    epsilon=how.epsilon,
                    weight_decay=decay,
                )
            else:
                expected = reference.sgd_step(
                    wide,
                    first,
                    derivative.values,
                    rate=rate,
                    momentum=how.momentum,
                    weight_decay=decay,
                )
            trainer.run(engine.State(parameters, moments), engine.Batch(images, labels, rows), step)
            np.testing.assert_allclose(parameters, expected[0], rtol=1e-4, atol=2e-6)
            np.testing.assert_allclose(moments[:size], expected[1], rtol=1e-3, atol=2e-6)


def test_targets_weigh_the_gradients_of_all_labels() -> None:
    """Cross-entropy is linear in its targets: each image's own sums over the labels, one by one."""
    images, labels = letters(6)
    targets = np.random.default_rng(1).random((6, 4)).astype(np.float32)
    targets[2] = 0  # an image that does not count
    how = recipe(
        optimizer=engine.SGD,
        schedule=engine.CONSTANT,
        batch_size=6,
        steps=1,
        momentum=0,
        weight_decay=0,
    )
    network = engine.Network(LAYERS, SIDE, SIDE)
    before = network.initialise(7)
    expected, loss = np.zeros(network.parameters), 0.0
    for image, row in zip(images, targets, strict=True):
        for label in range(4):
            share = row[label] / len(images)
            derivative = reference.gradient(LAYERS, before, image[None], np.array([label]))
            expected += share * derivative.values
            loss += share * derivative.loss
    after = before.copy()
    moments = np.zeros(2 * network.parameters, np.float32)
    with engine.Trainer(network, how, 1) as trainer:
        order = np.arange(6, dtype=np.int32)
        mean_loss, _ = trainer.run(
            engine.State(after, moments), engine.Batch(images, labels, order, targets), 0
        )
        with pytest.raises(LenetError, match="targets"):
            trainer.run(engine.State(after, moments), engine.Batch(images, labels, order, targets[:, :3]), 0)
    np.testing.assert_allclose(before - after, how.learning_rate * expected, rtol=1e-4, atol=1e-7)
    assert mean_loss == pytest.approx(loss, rel=1e-5)


def test_the_learning_rate_is_that_of_the_reference() -> None:
    for steps in (1, 2, 3, 7, 1000):
        for warmup in (0.0, 0.1, 0.3, 1.0):
            how = recipe(steps=steps, warmup=warmup)
            for step in {0, steps // 3, steps // 2, steps - 1}:
                expected = reference.one_cycle(step, steps, how.learning_rate, how.warmup)
                assert math.isclose(engine.learning_rate(how, step), expected, rel_tol=1e-5), (
                    steps,
                    warmup,
                    step,
                )


@pytest.mark.parametrize("batch", [1, 5, engine.LANES, 3 * engine.LANES + 1, 300])
@pytest.mark.parametrize("augmentation", [engine.Augmentation(), STRONG], ids=["plain", "augmented"])
def test_the_weights_do_not_depend_on_threads_or_runs(batch: int, augmentation: engine.Augmentation) -> None:
    how = recipe(batch_size=batch, augmentation=augmentation)
    once = train(how)
    for threads, runs in ((2, 1), (3, 4), (16, 1), (1, 12)):
        again = train(how, threads, runs)
        assert np.array_equal(once[0], again[0])
        assert np.array_equal(once[1], again[1])
    assert not np.array_equal(
        once[0], train(recipe(batch_size=batch, augmentation=augmentation, learning_rate=0.02))[0]
    )


def test_the_seed_changes_what_is_random_and_nothing_else() -> None:
    same = recipe(augmentation=STRONG), recipe(augmentation=STRONG, seed=4)
    assert not np.array_equal(train(same[0])[0], train(same[1])[0])
    plain = recipe(), recipe(seed=4)
    assert np.array_equal(train(plain[0])[0], train(plain[1])[0])


def test_the_result_is_mean_loss_and_accuracy_before_the_updates() -> None:
    how = recipe(learning_rate=0, steps=4, batch_size=25)
    _, _, [(loss, accuracy)] = train(how)
    network = engine.Network(LAYERS, SIDE, SIDE)
    parameters = network.initialise(7)
    images, labels = letters()
    order = engine.draw_order(np.ones(len(images)), 1, 0, 100)
    expected = reference.loss(
        LAYERS, parameters.astype(float), images[order], labels[order], how.label_smoothing
    )
    assert math.isclose(loss, expected, rel_tol=1e-5)
    answers = network.predict(parameters, images[order]).argmax(1)
    assert accuracy == np.mean(answers == labels[order])


def test_initial_weights_are_he_uniform() -> None:
    network = engine.Network(LAYERS, SIDE, SIDE)
    bounds = reference.initial_bounds(LAYERS, SIDE, SIDE)
    drawn = np.stack([network.initialise(seed) for seed in range(200)])
    assert (np.abs(drawn) <= bounds * (1 + 1e-6)).all()
    varied = bounds > 0
    assert (drawn[:, ~varied] == 0).all()
    scaled = drawn[:, varied] / bounds[varied]
    assert abs(scaled.mean()) < 0.01  # a uniform number: mean 0, variance 1/3, no gap at the ends
    assert abs(scaled.var() - 1 / 3) < 0.01
    assert np.abs(scaled).max() > 0.999


@pytest.mark.parametrize(
    "change",
    [
        {"batch_size": 0},
        {"batch_size": 100_000},
        {"steps": 0},
        {"learning_rate": -1},
        {"learning_rate": math.nan},
        {"warmup": 1.5},
        {"momentum": 1},
        {"beta2": 1},
        {"epsilon": 0},
        {"label_smoothing": 2},
        {"optimizer": 9},
        {"schedule": -1},
        {"frozen": -1},
        {"frozen": 10_000},
        {"augmentation": engine.Augmentation(rotation=math.inf)},
        {"augmentation": engine.Augmentation(thin=-0.1)},
    ],
)
def test_a_recipe_out_of_range_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(LenetError):
        engine.Trainer(engine.Network(LAYERS, SIDE, SIDE), recipe(**change), 1)


def test_memory_that_was_not_cleared_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """With fewer images than lanes, and with a first layer that has no padding to clear."""
    images, labels = letters(3)
    order = np.arange(3, dtype=np.int32)
    how = recipe(batch_size=3, steps=1, augmentation=STRONG)
    network = engine.Network([Layer(DENSE, 4)], SIDE, SIDE)
    block = library.block
    actual = []
    for garbage in (0, 255):

        def filled(size: int, garbage: int = garbage) -> npt.NDArray[np.uint8]:
            memory = block(size)
            memory[:] = garbage  # 255: every float is NaN
            return memory

        with monkeypatch.context() as patch:
            patch.setattr(training, "block", filled)
            parameters = network.initialise(7)
            moments = np.zeros(2 * network.parameters, np.float32)
            with engine.Trainer(network, how, 1) as trainer:
                trainer.run(engine.State(parameters, moments), engine.Batch(images, labels, order), 0)
        actual.append(parameters)
    assert np.isfinite(actual[1]).all()
    assert np.array_equal(actual[0], actual[1])


def test_ctrl_c_while_the_threads_are_called_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that wait for one that never comes would wait for ever."""
    network = engine.Network(LAYERS, SIDE, SIDE)
    parameters, moments = network.initialise(1), np.zeros(2 * network.parameters, np.float32)
    before = parameters.copy()
    images, labels = letters()
    with engine.Trainer(network, recipe(), 2) as trainer:
        submit, calls = trainer._pool.submit, []

        def interrupted(*arguments: Any) -> Any:
            calls.append(arguments)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return submit(*arguments)

        monkeypatch.setattr(trainer._pool, "submit", interrupted)
        order = np.arange(10, dtype=np.int32)
        with pytest.raises(KeyboardInterrupt):
            trainer.run(engine.State(parameters, moments), engine.Batch(images, labels, order), 0)
        assert np.array_equal(parameters, before)
        monkeypatch.undo()
        trainer.run(engine.State(parameters, moments), engine.Batch(images, labels, order), 0)
    assert not np.array_equal(parameters, before)


def test_a_run_is_worked_off_once() -> None:
    network = engine.Network(LAYERS, SIDE, SIDE)
    parameters, moments = network.initialise(1), np.zeros(2 * network.parameters, np.float32)
    with engine.Trainer(network, recipe(), 1) as trainer:
        assert training._trainer_work(library.at(trainer._block), 0) < 0  # nothing was announced
        trainer.run(
            engine.State(parameters, moments), engine.Batch(*letters(), np.arange(10, dtype=np.int32)), 0
        )
        assert training._trainer_work(library.at(trainer._block), 0) < 0


@pytest.mark.parametrize("threads", [0, -1, 65])
def test_a_senseless_number_of_threads_is_refused(threads: int) -> None:
    with pytest.raises(LenetError):
        engine.Trainer(engine.Network(LAYERS, SIDE, SIDE), recipe(), threads)


def test_arrays_that_do_not_fit_are_refused_and_nothing_changes() -> None:
    network = engine.Network(LAYERS, SIDE, SIDE)
    parameters, moments = network.initialise(1), np.zeros(2 * network.parameters, np.float32)
    images, labels = letters()
    order = np.arange(10, dtype=np.int32)
    before = parameters.copy()
    with engine.Trainer(network, recipe(), 1) as trainer:
        for bad in (
            (parameters[:-1], moments, images, labels, order, 0),
            (parameters.astype(float), moments, images, labels, order, 0),
            (parameters, moments[:-1], images, labels, order, 0),
            (parameters, moments, images[:, :5], labels, order, 0),
            (parameters, moments, images, labels[:-1], order, 0),
            (parameters, moments, images, labels + np.uint8(4), order, 0),
            (parameters, moments, images, labels, order[:-1], 0),
            (parameters, moments, images, labels, order + np.int32(95), 0),
            (parameters, moments, images, labels, order - np.int32(1), 0),
            (parameters, moments, images, labels, order, 12),
            (parameters, moments, images, labels, order, -1),
        ):
            with pytest.raises(LenetError):
                trainer.run(engine.State(*bad[:2]), engine.Batch(*bad[2:5]), bad[5])
    assert np.array_equal(parameters, before)
