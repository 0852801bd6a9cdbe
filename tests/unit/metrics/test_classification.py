"""Accuracy, interval and confusion against counts made by hand."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet import metrics
from lenet.cli.evaluate import as_json, as_text
from lenet.evaluation.comparability import Comparability


def certain(answers: list[int]) -> np.ndarray:
    """Probabilities that give these answers, 0.75 each, the rest spread evenly."""
    shares = np.full((len(answers), 26), 0.25 / 25, np.float32)
    shares[np.arange(len(answers)), answers] = 0.75
    return shares


def test_score_counts_what_is_right_and_what_is_taken_for_what() -> None:
    labels = np.array([0, 0, 0, 11, 11, 25], np.uint8)
    scores = metrics.classification_metrics(certain([0, 0, 1, 8, 8, 25]), labels)
    assert (scores.n, scores.correct, scores.accuracy) == (6, 3, 0.5)
    assert scores.confusion.sum() == 6
    assert (scores.confusion[0, 0], scores.confusion[0, 1], scores.confusion[11, 8]) == (2, 1, 2)
    assert scores.top_confusions() == [("L", "I", 2), ("A", "B", 1)]
    assert scores.per_class_accuracy() == {"A": 2 / 3, "L": 0.0, "Z": 1.0}
    assert math.isclose(scores.loss, -(3 * math.log(0.75) + 3 * math.log(0.01)) / 6, rel_tol=1e-6)


def test_i_and_l_are_counted_apart() -> None:
    labels = np.array([8, 8, 11, 11, 0], np.uint8)
    scores = metrics.classification_metrics(certain([8, 11, 8, 11, 8]), labels)
    assert scores.correct == scores.confusions_between("I", "L") == scores.confusions_between("L", "I") == 2
    assert scores.confusions_between("I", "a") == 0
    assert (scores.accuracy, scores.accuracy_merging("I", "L")) == (0.4, 0.8)
    assert scores.accuracy_merging("I", "a") == 0.4


def test_the_errors_of_bare_bars_are_told_apart() -> None:
    labels = np.array([8, 8, 11, 11, 0], np.uint8)
    scores = metrics.classification_metrics(certain([8, 11, 8, 11, 8]), labels)
    assert as_text("x", scores).splitlines() == [
        "x: accuracy 40.00 % (2 of 5 correct; 95 % confidence interval 11.8-76.9)",
        "  top-5 accuracy 100.0 %",
        "  accuracy with I and L merged 80.00 % (2 errors between I and L)",
        "  top confusions (true as predicted): A as I 1x, I as L 1x, L as I 1x",
    ]
    record = json.loads(as_json("x", scores, Comparability(None, None, ())))
    assert (record["confusions_i_l"], record["accuracy_i_l_merged"]) == (2, 0.8)
    assert (record["mixed_up_i_l"], record["accuracy_i_l_forgiven"], record["right"]) == (
        2,
        0.8,
        2,
    )  # old keys
    scores = metrics.classification_metrics(certain([0, 1, 2]), np.array([0, 1, 1], np.uint8))
    assert "between I and L" not in as_text("x", scores)


@pytest.mark.parametrize("classes", ["01", "0123456789", "".join(map(chr, range(65, 127)))])
def test_any_number_of_classes(classes: str) -> None:
    labels = np.arange(len(classes), dtype=np.uint8)
    shares = np.eye(len(classes), dtype=np.float32)[::-1]
    scores = metrics.classification_metrics(shares, labels, classes)
    assert (scores.n, scores.correct) == (len(classes), 0)
    assert scores.confusion.sum() == len(classes)
    assert scores.top_confusions(1)[0][:2] == (classes[0], classes[-1])


@pytest.mark.parametrize("wrong", ["label", "share"])
def test_what_cannot_be_counted_is_refused(wrong: str) -> None:
    shares, labels = certain([1, 2]), np.array([1, 2], np.uint8)
    if wrong == "label":
        labels[1] = 26
    else:
        shares[1, 3] = np.nan
    with pytest.raises(ValueError, match="26"):
        metrics.classification_metrics(shares, labels)


def test_top_five_counts_the_five_most_probable() -> None:
    shares = np.tile(np.linspace(1, 0, 26, dtype=np.float32), (26, 1))
    scores = metrics.classification_metrics(
        shares / shares.sum(1, keepdims=True), np.arange(26, dtype=np.uint8)
    )
    assert scores.top5_accuracy == 5 / 26


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(497, 520, 0.93451, 0.97035), (0, 10, 0.0, 0.27753), (10, 10, 0.72247, 1.0),
     (1, 2, 0.09453, 0.90547)],
)  # fmt: skip
def test_wilson_against_published_values(right: int, n: int, low: float, high: float) -> None:
    assert metrics.wilson_interval(right, n) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share(pair: tuple[int, int]) -> None:
    right, n = pair
    low, high = metrics.wilson_interval(right, n)
    assert 0 <= low <= right / n <= high <= 1
    assert low < high


@pytest.mark.parametrize("labels", [[], [1, 2, 3]])
def test_every_row_must_be_there(labels: list[int]) -> None:
    with pytest.raises(ValueError, match="labels"):
        metrics.classification_metrics(certain([1, 2])[: max(0, len(labels) - 1)], np.array(labels, np.uint8))
