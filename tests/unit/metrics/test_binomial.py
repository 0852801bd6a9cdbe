"""Exact intervals against statsmodels and SciPy."""

from __future__ import annotations

import pytest

from lenet.metrics.binomial import clopper_pearson, upper_bound


@pytest.mark.parametrize(
    ("successes", "n"), [(0, 1), (1, 1), (0, 400), (3, 384), (384, 384), (4096, 100_000)]
)
@pytest.mark.parametrize("level", [0.9, 0.95, 0.999])
def test_clopper_pearson_against_statsmodels(successes: int, n: int, level: float) -> None:
    from statsmodels.stats.proportion import proportion_confint

    expected = proportion_confint(successes, n, 1 - level, "beta")
    assert clopper_pearson(successes, n, level) == pytest.approx(expected, rel=1e-9)


def test_nothing_is_known_of_no_trials() -> None:
    assert clopper_pearson(0, 0) == (0, 1)


@pytest.mark.parametrize(("successes", "n"), [(0, 30), (7, 200), (199, 200)])
def test_the_upper_bound_has_its_tail(successes: int, n: int) -> None:
    from scipy.stats import binom

    assert binom.cdf(successes, n, upper_bound(successes, n, 0.01)) == pytest.approx(0.01, rel=1e-9)
