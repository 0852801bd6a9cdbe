"""Confident learning: by hand on probabilities, and on labels that were changed on purpose."""

from __future__ import annotations

import numpy as np
import pytest

from lenet.datasets import Dataset, load
from lenet.errors import LenetError
from lenet.evaluation import label_errors
from lenet.evaluation.label_errors import (
    FOLDS,
    find_label_issues,
    num_epochs,
    out_of_fold_probabilities,
)
from made import letters


def test_the_rule_by_hand() -> None:
    probabilities = np.array(
        [
            [0.9, 0.1, 0.0],
            [0.7, 0.3, 0.0],  # class 0 reaches its mean at (0.9 + 0.7 + 0.2) / 3 = 0.6
            [0.2, 0.8, 0.0],  # labelled 0, confidently 1
            [0.4, 0.6, 0.0],
            [0.45, 0.55, 0.0],  # class 1: (0.6 + 0.55 + 0.05) / 3 = 0.4
            [0.95, 0.05, 0.0],  # labelled 1, confidently 0
        ],
        np.float32,
    )
    labels = np.array([0, 0, 0, 1, 1, 1], np.uint8)
    assert find_label_issues(probabilities, labels).tolist() == [5, 2]
    labels[5] = 0
    assert find_label_issues(probabilities, labels).tolist() == [2]
    assert find_label_issues(probabilities[:0], labels[:0]).tolist() == []


def test_a_class_without_images_is_nobodys_label() -> None:
    probabilities = np.array([[0.1, 0.9], [0.2, 0.8]], np.float32)
    assert find_label_issues(probabilities, np.zeros(2, np.uint8)).tolist() == []


@pytest.mark.slow
def test_changed_labels_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_errors, "IMAGES_SEEN", 24_000)
    glyphs = load("font-letters")
    few = glyphs.take(np.isin(glyphs.labels, [0, 14, 19, 25]))  # A O T Z
    random = np.random.default_rng(0)
    wrong = np.sort(random.choice(len(few), 25, replace=False))
    others = {0: 14, 14: 19, 19: 25, 25: 0}
    labels = few.labels.copy()
    labels[wrong] = [others[label] for label in labels[wrong]]
    data = Dataset(few.images, labels)
    calls: list[int] = []
    probabilities = out_of_fold_probabilities(data, 2, lambda: calls.append(1))
    assert len(calls) == FOLDS * num_epochs(data) > FOLDS * 8
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    issues = find_label_issues(probabilities, labels)
    assert len(set(issues[:25].tolist()) & set(wrong.tolist())) >= 20
    np.testing.assert_array_equal(out_of_fold_probabilities(data, 1), probabilities)  # whatever the threads


def test_too_few_images_are_said_to_be_so() -> None:
    with pytest.raises(LenetError, match="too few"):
        out_of_fold_probabilities(letters(30))
