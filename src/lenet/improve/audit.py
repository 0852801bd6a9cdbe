"""Audit collected letters before a training: wrong labels, duplicates, and drift from the base data."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lenet.datasets import Dataset
from lenet.datasets.near_duplicates import firsts, nearest_within
from lenet.evaluation.label_errors import FOLDS, find_label_issues, num_epochs, out_of_fold_probabilities
from lenet.improve.collected import Collected, NewHands
from lenet.improve.drift import Drift, measure_drift
from lenet.improve.types import Stages
from lenet.inference.recognizer import Recognizer

MIN_PER_CLASS = 10
"""Letters of each class that networks in cross-validation need to judge labels."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Audit:
    """The result of an audit, in letters.

    Attributes:
        judge: the networks that judged the labels.
        label_issues: training letters whose labels are probably wrong.
        removed_issues: those of them that are left out of the training.
        held_out_issues: held-out letters whose labels the model finds implausible; all stay.
        duplicates: training letters that equal an earlier one byte for byte; left out.
        leaks: held-out letters that equal or nearly equal a training letter of their class; left out.
        drift: how well a network tells the new training letters from the base data; None: too few letters.
    """

    judge: str
    label_issues: int
    removed_issues: int
    held_out_issues: int
    duplicates: int
    leaks: int
    drift: Drift | None


@dataclass(frozen=True, eq=False)
class Audited:
    """The letters after an audit.

    Attributes:
        train: training letters.
        new_hands: held-out letters.
        audit: what was found.
    """

    train: Dataset
    new_hands: NewHands
    audit: Audit


def audit(
    collected: Collected, base: Dataset, recognizer: Recognizer, threads: int, stages: Stages
) -> Audited:
    """Audit the letters of an export.

    Networks in cross-validation judge the training letters, because the model to improve would call each
    letter of a hand that it cannot read mislabelled. What they find wrong is left out. Held-out letters are
    judged by the model and all stay: leaving out what a model gets wrong would flatter it.

    Args:
        collected: the letters.
        base: the base data, drawn with the model's pen width.
        recognizer: the model.
        threads: number of threads.
        stages: shows progress.
    """
    unique = _first_occurrences(collected.plain)
    issues, judge, removes = _label_issues(collected.plain.take(unique), recognizer, threads, stages)
    train = collected.train.take(unique)
    held = collected.new_hands.data
    held_issues = find_label_issues(recognizer.probabilities(held.images), held.labels)
    leaks = _leaks(held, [collected.plain, base])
    kept = NewHands(held.take(~leaks), collected.new_hands.contributors[~leaks])
    return Audited(
        train=train.take(~issues) if removes else train,
        new_hands=kept,
        audit=Audit(
            judge=judge,
            label_issues=int(issues.sum()),
            removed_issues=int(issues.sum()) if removes else 0,
            held_out_issues=len(held_issues),
            duplicates=int((~unique).sum()),
            leaks=int(leaks.sum()),
            drift=measure_drift(base, collected.plain, threads),
        ),
    )


def _first_occurrences(data: Dataset) -> Mask:
    """Return which images are the first of their bytes and label: bool (n,)."""
    first = firsts(data.images)
    return np.asarray((first == np.arange(len(data))) | (data.labels != data.labels[first]))


def _label_issues(
    data: Dataset, recognizer: Recognizer, threads: int, stages: Stages
) -> tuple[Mask, str, bool]:
    """Return the letters with probably wrong labels, the judge, and whether it may remove letters."""
    classes = np.unique(data.labels)
    enough = len(data) >= MIN_PER_CLASS * len(classes) and len(classes) > 1
    if enough:
        with stages("label errors", FOLDS * num_epochs(data)) as step:
            free = replace(data, parts=np.zeros(len(data), np.uint8))
            probabilities = out_of_fold_probabilities(free, threads, lambda: step(1))
        judge = f"{FOLDS} networks in cross-validation, each trained on the other new letters"
    else:
        probabilities = recognizer.probabilities(data.images)
        judge = "the model itself; the new letters are too few for cross-validation, so none is left out"
    rows = find_label_issues(probabilities, data.labels)
    mask = np.zeros(len(data), np.bool_)
    mask[rows] = True
    return mask, judge, enough


def _leaks(held: Dataset, training: list[Dataset]) -> Mask:
    """Return which held-out letters nearly equal a training letter of their class, bars I and L excepted."""
    leaks = np.zeros(len(held), np.bool_)
    for label in np.unique(held.labels):
        if held.classes[label].upper() in "IL":
            continue
        own = np.flatnonzero(held.labels == label)
        for other in training:
            leaks[own] |= nearest_within(held.images[own], other.images[other.labels == label])
    return leaks
