"""Paired differences, adjusted p-values and the permutation test, against independent definitions."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from lenet.metrics import McNemarResult, holm, mcnemar, paired_difference, sign_flip_test


def counts(n: int, first: int, second: int) -> McNemarResult:
    return McNemarResult(n, first, second, 1.0)


def test_the_interval_of_a_published_example() -> None:
    """Fagerland, Lydersen & Laake 2014: airway hyper-responsiveness of 21 children."""
    difference = paired_difference(counts(21, 1, 7))
    assert difference.value == pytest.approx(-0.286, abs=5e-4)
    assert (difference.low, difference.high) == pytest.approx((-0.517, -0.026), abs=5e-4)


def most_likely(n: int, first: int, second: int, difference: float) -> float:
    """Return the most likely probability of "only the second" at a difference, by a search."""
    q = np.linspace(max(0, -difference) + 1e-9, (1 - difference) / 2 - 1e-9, 200_001)
    p, floor = q + difference, 1e-300
    values = first * np.log(np.clip(p, floor, None)) + second * np.log(q)
    values += (n - first - second) * np.log(np.clip(1 - p - q, floor, None))
    return float(q[values.argmax()])


@pytest.mark.parametrize(("n", "first", "second"), [(50, 12, 2), (400, 30, 25), (1600, 3, 20), (60, 4, 4)])
def test_the_bounds_are_where_the_score_test_rejects(n: int, first: int, second: int) -> None:
    difference = paired_difference(counts(n, first, second))
    for bound in (difference.low, difference.high):
        q = most_likely(n, first, second, bound)
        variance = (2 * q + bound - bound**2) / n
        score = abs((first - second) / n - bound) / np.sqrt(variance)
        assert score == pytest.approx(1.96, abs=2e-3)


@pytest.mark.parametrize("n", [1, 5, 400])
def test_without_differences_the_interval_has_zero_in_its_middle(n: int) -> None:
    difference = paired_difference(counts(n, 0, 0))
    assert difference.value == 0
    assert difference.low == pytest.approx(-difference.high)
    assert difference.high == pytest.approx(1.96**2 / (n + 1.96**2), rel=1e-3)


def test_exchanging_the_models_mirrors_the_interval() -> None:
    one, other = paired_difference(counts(90, 7, 20)), paired_difference(counts(90, 20, 7))
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


@pytest.mark.slow
def test_the_interval_covers_the_true_difference() -> None:
    random, n, p, q = np.random.default_rng(1), 200, 0.05, 0.02
    covered = 0
    for first, second, _ in random.multinomial(n, [p, q, 1 - p - q], 2000):
        difference = paired_difference(counts(n, int(first), int(second)))
        covered += difference.low <= p - q <= difference.high
    assert 0.935 <= covered / 2000 <= 0.975


@pytest.mark.parametrize("seed", range(5))
def test_holm_against_statsmodels(seed: int) -> None:
    from statsmodels.stats.multitest import multipletests

    p_values = np.random.default_rng(seed).random(1 + 3 * seed) ** 3
    assert holm(p_values.tolist()) == pytest.approx(multipletests(p_values, method="holm")[1].tolist())


def test_holm_of_nothing() -> None:
    assert holm([]) == []


@pytest.mark.parametrize("differences", [[], [0, 0], [3], [1, -1], [4, 2, -1, 0, 3], [-5, -1, 2], [1] * 6])
def test_sign_flips_against_their_enumeration(differences: list[int]) -> None:
    flips = product((1, -1), repeat=len(differences))
    sums = [sum(sign * d for sign, d in zip(signs, differences, strict=True)) for signs in flips]
    expected = np.mean([value >= sum(differences) for value in sums])
    assert sign_flip_test(differences) == pytest.approx(expected)


@pytest.mark.parametrize(("gained", "lost"), [(12, 3), (40, 20), (9, 0)])
def test_groups_of_one_image_are_mcnemars_test(gained: int, lost: int) -> None:
    first, second = np.arange(99) >= lost, ~((np.arange(99) >= lost) & (np.arange(99) < lost + gained))
    paired = mcnemar(first, second)
    assert (paired.only_first, paired.only_second) == (gained, lost)
    assert 2 * sign_flip_test([1] * gained + [-1] * lost) == pytest.approx(paired.p)
