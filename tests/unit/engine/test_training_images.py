"""The images that a training sees: which are drawn, and how they are augmented."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from test_trainer import letters

from lenet import engine
from lenet.errors import LenetError


def test_equal_weights_give_each_image_once() -> None:
    for n in (1, 2, 17, 1000):
        order = engine.draw_order(np.full(n, 1 / 3), 9, 4, n)
        assert sorted(order) == list(range(n))
    assert not np.array_equal(
        engine.draw_order(np.ones(50), 9, 1, 50), engine.draw_order(np.ones(50), 9, 2, 50)
    )


def test_images_are_drawn_in_proportion_to_their_weights() -> None:
    weights = np.random.default_rng(1).uniform(0, 3, 200)
    weights[7] = 0
    draws = 1000
    expected = weights / weights.sum() * draws
    for epoch in range(5):
        counts = np.bincount(engine.draw_order(weights, 2, epoch, draws), minlength=200)
        assert (np.abs(counts - expected) < 1).all()  # systematic resampling: rounded, never further off
        assert counts[7] == 0


def test_the_shuffle_favours_no_place() -> None:
    places = np.zeros((5, 5))
    for epoch in range(2000):
        places[np.arange(5), engine.draw_order(np.ones(5), 0, epoch, 5)] += 1
    assert np.abs(places - 400).max() < 90  # five standard deviations of a fair shuffle


@pytest.mark.parametrize("bad", [[], [0, 0], [1, -1], [1, math.nan], [1, math.inf]])
def test_weights_that_cannot_be_drawn_from_are_refused(bad: list[float]) -> None:
    with pytest.raises(LenetError):
        engine.draw_order(np.array(bad, float), 0, 0, 3)


def test_no_augmentation_changes_nothing() -> None:
    image = letters()[0][0]
    plain = engine.augment(image, engine.Augmentation(), 1, 2)
    np.testing.assert_allclose(plain, image / 255, atol=1e-6)


def bar() -> np.ndarray:
    image = np.zeros((28, 28), np.uint8)
    image[6:22, 12:15] = 255
    return image


@pytest.mark.parametrize(
    ("name", "strength", "about"),
    [
        ("rotation", 0.4, lambda x: np.cov(*moments_of(x))[0, 1]),
        ("scale", 0.3, lambda x: np.cov(*moments_of(x))[0, 0]),
        ("shear", 0.5, lambda x: np.cov(*moments_of(x))[0, 1]),
        ("shift", 0.2, lambda x: moments_of(x)[0].mean()),
        ("elastic", 0.1, lambda x: moments_of(x)[1].mean()),
    ],
)
def test_each_change_moves_what_it_should_both_ways(
    name: str, strength: float, about: Callable[[np.ndarray], float]
) -> None:
    """About equally often each way, more with more strength, and another one for each sample."""
    still = about(bar() / 255)

    def effects(strength: float) -> npt.NDArray[np.float64]:
        changed = [
            about(engine.augment(bar(), engine.Augmentation(**{name: strength}), 1, k)) for k in range(300)
        ]
        return np.array(changed) - still

    weak, strong = effects(strength / 4), effects(strength)
    assert 0.35 < np.mean(strong > 0) < 0.65
    assert strong.std() > 2 * weak.std() > 0


def moments_of(image: np.ndarray) -> np.ndarray:
    """Positions (x, y) of ink, each pixel repeated by its brightness."""
    rows, columns = np.indices(image.shape)
    times = np.round(np.clip(image, 0, 1) * 50).astype(int).ravel()
    return np.stack([columns.ravel().repeat(times), rows.ravel().repeat(times)])


def test_a_shift_moves_the_image_as_a_whole() -> None:
    ways = set()
    for sample in range(50):
        moved = engine.augment(bar(), engine.Augmentation(shift=0.1), 1, sample)
        dx, dy = moments_of(moved).mean(axis=1) - moments_of(bar() / 255).mean(axis=1)
        assert max(abs(dx), abs(dy)) < 0.1 * 28 + 0.1
        assert math.isclose(moved.sum(), (bar() / 255).sum(), rel_tol=1e-3)
        ways.add((dx > 0, dy > 0))
    assert len(ways) == 4


def test_strokes_become_thicker_and_thinner_as_often_as_asked() -> None:
    ink = (bar() / 255).sum()
    sums = np.array(
        [engine.augment(bar(), engine.Augmentation(thicken=0.5, thin=0.3), 1, k).sum() for k in range(1000)]
    )
    assert abs(np.mean(sums > ink * 1.001) - 0.5) < 0.06
    assert abs(np.mean(sums < ink * 0.999) - 0.3) < 0.06
    assert sums.max() < ink * 2.2
    assert sums.min() > 0
