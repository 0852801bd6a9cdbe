"""Calibration, rejection and comparison against their definitions."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet.metrics import auroc, fit_temperature, mcnemar, reliability, risk_coverage
from lenet.metrics.calibration import apply_temperature

few = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), min_size=1, max_size=12)


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def made(n: int, temperature: float, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of a model whose logits are `temperature` times what the labels came from."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2, (n, 7))
    labels = (softmax(logits).cumsum(1) > random.random((n, 1))).argmax(1)
    return softmax(logits * temperature).astype(np.float32), labels


# ---- Calibration ---------------------------------------------------------------------------


def test_ece_of_bins_filled_by_hand() -> None:
    confidence = np.array([0.55, 0.65, 0.95, 0.95, 1.0], np.float32)
    right = np.array([True, False, True, True, False])
    diagram = reliability(confidence, right, bins=2)
    assert diagram.counts.tolist() == [0, 5]
    assert diagram.ece == pytest.approx(abs(0.82 - 0.6))
    diagram = reliability(confidence, right, bins=5)
    assert diagram.counts.tolist() == [0, 0, 1, 1, 3]
    assert diagram.ece == pytest.approx((0.45 + 0.65 + 3 * (2.9 / 3 - 2 / 3)) / 5)
    assert np.isnan(diagram.confidence[0])


@given(few, st.integers(1, 20), st.randoms())
def test_every_row_is_in_one_bin(values: list[float], bins: int, random: random.Random) -> None:
    right = np.array([random.random() < 0.5 for _ in values])
    diagram = reliability(np.array(values), right, bins)
    assert diagram.counts.sum() == len(values)
    assert 0 <= diagram.ece <= 1
    for k, count in enumerate(diagram.counts):
        if count:
            assert k / bins - 1e-9 <= diagram.confidence[k] <= (k + 1) / bins + 1e-9
    assert np.nansum(diagram.accuracy * diagram.counts) == pytest.approx(right.sum())


def test_who_is_right_as_often_as_said_has_no_error() -> None:
    shares, labels = made(40_000, 1.0)
    assert reliability(shares.max(1), shares.argmax(1) == labels).ece < 0.01
    shares, labels = made(40_000, 3.0)
    assert reliability(shares.max(1), shares.argmax(1) == labels).ece > 0.1


@pytest.mark.parametrize("true", [0.5, 1.0, 2.7])
def test_the_temperature_of_scaled_logits_is_recovered(true: float) -> None:
    shares, labels = made(2_000, true)
    temperature = fit_temperature(shares, labels)
    assert temperature == pytest.approx(true, rel=0.1)
    calm = apply_temperature(shares, temperature)
    assert calm.sum(1) == pytest.approx(1)
    assert (calm.argmax(1) == shares.argmax(1)).all()


def test_temperature_stays_within_limits() -> None:
    shares = np.array([[0.9, 0.1], [0.2, 0.8]], np.float32)
    assert fit_temperature(shares, np.array([0, 1])) == pytest.approx(0.1)
    assert fit_temperature(shares, np.array([1, 0])) == pytest.approx(10)
    shares = np.array([[1, 0], [0, 1], [1, 0]], np.float32)  # underflow
    assert np.isfinite(fit_temperature(shares, np.array([0, 1, 1])))


# ---- Ranking -------------------------------------------------------------------------------


@given(few, few)
def test_auroc_against_all_pairs(positive: list[float], negative: list[float]) -> None:
    pairs = [(p > n) + 0.5 * (p == n) for p, n in product(positive, negative)]
    assert auroc(np.array(positive), np.array(negative)) == pytest.approx(np.mean(pairs))


@given(few, st.randoms())
def test_risk_coverage_against_its_definition(values: list[float], random: random.Random) -> None:
    confidence = np.array(values)
    right = np.array([random.random() < 0.5 for _ in values])
    curve = risk_coverage(confidence, right)
    assert curve.threshold.tolist() == sorted(set(values), reverse=True)
    for coverage, risk, threshold in zip(curve.coverage, curve.risk, curve.threshold, strict=True):
        accepted = confidence >= threshold
        assert coverage == pytest.approx(accepted.mean())
        assert risk == pytest.approx((~right[accepted]).mean())
    assert curve.coverage[-1] == 1
    assert 0 <= curve.area <= 1


def test_a_better_ranking_has_a_smaller_area() -> None:
    right = np.array([True, True, True, False])
    good, bad = (risk_coverage(np.array(c), right) for c in ([4.0, 3, 2, 1], [1.0, 2, 3, 4]))
    assert good.area == pytest.approx((0 + 0 + 0 + 1 / 4) / 4)
    assert bad.area == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4)


# ---- Comparison ----------------------------------------------------------------------------


@pytest.mark.parametrize(("b", "c"), [(0, 0), (0, 1), (5, 5), (3, 12), (12, 3), (40, 71)])
def test_mcnemar_against_the_binomial_sum(b: int, c: int) -> None:
    first = np.array([True] * b + [False] * c + [True] * 9 + [False] * 2)
    second = np.array([False] * b + [True] * c + [True] * 9 + [False] * 2)
    tail = sum(Fraction(comb(b + c, k), 2 ** (b + c)) for k in range(min(b, c) + 1))
    comparison = mcnemar(first, second)
    assert (comparison.n, comparison.only_first, comparison.only_second) == (b + c + 11, b, c)
    assert comparison.p == pytest.approx(min(1.0, float(2 * tail)), rel=1e-12)


def test_mcnemar_of_many_images() -> None:
    first = np.arange(60_000) % 2 == 0
    comparison = mcnemar(first, ~first)
    assert (comparison.only_first, comparison.only_second, comparison.p) == (30_000, 30_000, 1.0)


# ---- Refused input -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [lambda none: reliability(none, none > 0), lambda none: risk_coverage(none, none > 0),
     lambda none: auroc(none, np.ones(1)), lambda none: auroc(np.ones(1), none),
     lambda none: fit_temperature(none[:, None], none.astype(int)),
     lambda none: mcnemar(none > 0, np.ones(2) > 0),
     lambda none: reliability(np.ones(2), np.ones(3) > 0)],
)  # fmt: skip
def test_nothing_and_what_does_not_fit_is_refused(call: Callable[[np.ndarray], object]) -> None:
    with pytest.raises(ValueError, match=r"\d"):
        call(np.empty(0))
