"""The classifier two-sample test, on letters that are alike and on letters that are not."""

from __future__ import annotations

import numpy as np

from lenet.datasets import Dataset, load
from lenet.improve.drift import MAX_LETTERS, matched_rows, measure_drift


def halves() -> tuple[Dataset, Dataset]:
    data = load("font-letters")
    order = np.random.default_rng(3).permutation(len(data))
    return data.take(order[:1200]), data.take(order[1200:2400])


def test_two_samples_of_one_set_are_alike() -> None:
    drift = measure_drift(*halves())
    assert drift is not None
    assert drift.low <= 0.53
    assert 0.4 < drift.accuracy < 0.6


def test_another_hand_is_told_apart() -> None:
    base, new = halves()
    thin = Dataset(np.minimum(new.images[:, ::-1], 180), new.labels)
    drift = measure_drift(base, thin)
    assert drift is not None
    assert drift.low > 0.65


def test_few_letters_or_other_classes_say_nothing() -> None:
    base, new = halves()
    assert measure_drift(base, new.take(np.arange(30))) is None
    assert measure_drift(base.take(base.labels < 3), new.take(new.labels >= 3)) is None


def test_both_sides_have_the_same_classes() -> None:
    random = np.random.default_rng(5)
    first, second = random.integers(0, 5, 3000).astype(np.uint8), random.integers(2, 9, 4000).astype(np.uint8)
    rows, others = matched_rows(first, second)
    assert len(rows) == len(others) <= MAX_LETTERS
    np.testing.assert_array_equal(first[rows], second[others])
    assert set(first[rows].tolist()) == {2, 3, 4}
    assert len(np.unique(rows)) == len(rows)
