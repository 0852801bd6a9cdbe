"""The gate: the rules by which a new model replaces the old one.

Both models predict the same letters of each set, so the comparison is paired.

1. No loss. On no set may the new model be significantly worse: McNemar's exact test (McNemar 1947),
   two-sided, at 5 %. The p-values of all sets are adjusted by Holm's method (Holm 1979), since one of many
   sets seems worse by chance.
2. Not worse. "Not significant" is not "not worse": a small set would prove nothing. The lower bound of the
   difference of accuracies (Tango 1998, 95 %) must be above minus the margin on every set (a non-inferiority
   test, as in ICH E9 and Piaggio et al. 2012). All sets must pass, an intersection-union test, which needs
   no adjustment (Berger 1982).
3. Gain. On the letters of the contributors who are held out, the new model must be significantly better by
   McNemar's exact test at 5 %. It is one test, planned in advance, so it needs no adjustment.
4. Gain for people. Letters of one contributor resemble each other, and McNemar's test counts each as a new
   fact. So a permutation test with the contributors as units (Fisher 1935), one-sided at 5 %, must show the
   gain, too. It needs five contributors at least.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from lenet import metrics
from lenet.metrics import McNemarResult, PairedDifference

ALPHA = 0.05
NEW_HANDS = "new hands"
"""Name of the set of the contributors who are held out."""

Correct = npt.NDArray[np.bool_]


class Outcome(StrEnum):
    """The outcome on a set."""

    GAIN = "gain"
    NOT_WORSE = "not worse"
    UNCLEAR = "unclear"
    LOSS = "loss"


@dataclass(frozen=True)
class SetResult:
    """Comparison of both models on a set.

    Attributes:
        name: the DATASET, or "new hands".
        correct: letters that the new model predicts correctly.
        baseline_correct: letters that the old model predicts correctly.
        test: McNemar's test; the first model is the new one.
        adjusted_p: p-value of the test, adjusted for the number of sets.
        difference: accuracy of the new model minus that of the old one.
        outcome: by the rules of this module.
        overlap: fraction of the letters that nearly equal training letters, 0..1.
        note: a caveat, or "".
    """

    name: str
    correct: int
    baseline_correct: int
    test: McNemarResult
    adjusted_p: float
    difference: PairedDifference
    outcome: Outcome
    overlap: float = 0.0
    note: str = ""

    @property
    def accuracy(self) -> float:
        """Return the accuracy of the new model, 0..1."""
        return self.correct / self.test.n

    @property
    def baseline_accuracy(self) -> float:
        """Return the accuracy of the old model, 0..1."""
        return self.baseline_correct / self.test.n


@dataclass(frozen=True)
class Contributors:
    """The contributors who are held out.

    Attributes:
        number: how many there are.
        better: contributors of whose letters the new model predicts more correctly.
        worse: contributors of whose letters it predicts fewer correctly.
        p: one-sided p-value of the permutation test with contributors as units.
    """

    number: int
    better: int
    worse: int
    p: float


@dataclass(frozen=True)
class GateResult:
    """The decision of the gate.

    Attributes:
        passed: whether the new model replaces the old one.
        margin: the non-inferiority margin, 0..1.
        sets: the comparison on each reference set, and at last on the new hands.
        contributors: the contributors who are held out.
        reasons: why it refused, a sentence each; empty if it passed.
    """

    passed: bool
    margin: float
    sets: tuple[SetResult, ...]
    contributors: Contributors
    reasons: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Compared:
    """Both models' answers on a set.

    Attributes:
        name: the DATASET, or "new hands".
        new: bool (n,), whether the new model's prediction is correct; n at least 1.
        old: bool (n,), the same of the old model.
        overlap: see `SetResult`.
        note: see `SetResult`.
    """

    name: str
    new: Correct
    old: Correct
    overlap: float = 0.0
    note: str = ""


def decide(
    references: Sequence[Compared], new_hands: Compared, contributors: npt.NDArray[np.int64], margin: float
) -> GateResult:
    """Apply the rules.

    Args:
        references: both models' answers on each reference set.
        new_hands: their answers on the held-out letters.
        contributors: int64 (n,), the contributor of each held-out letter.
        margin: non-inferiority margin, 0..1.

    Raises:
        ValueError: a set has no letters.
    """
    compared = [*references, new_hands]
    if not all(len(one.new) for one in compared):
        raise ValueError("a set has no letters")
    tests = [metrics.mcnemar(one.new, one.old) for one in compared]
    adjusted = metrics.holm([test.p for test in tests])
    sets = tuple(
        _result(one, test, p, margin) for one, test, p in zip(compared, tests, adjusted, strict=True)
    )
    people = _contributors(new_hands, contributors)
    reasons = [reason for result in sets[:-1] if (reason := _objection(result, margin))]
    reasons += _no_gain(sets[-1], people)
    return GateResult(not reasons, margin, sets, people, tuple(reasons))


def _result(one: Compared, test: McNemarResult, adjusted_p: float, margin: float) -> SetResult:
    difference = metrics.paired_difference(test)
    if adjusted_p <= ALPHA and difference.value < 0:
        outcome = Outcome.LOSS
    elif difference.low < -margin:
        outcome = Outcome.UNCLEAR
    else:
        outcome = Outcome.GAIN if test.p <= ALPHA and difference.value > 0 else Outcome.NOT_WORSE
    return SetResult(
        one.name,
        int(one.new.sum()),
        int(one.old.sum()),
        test,
        adjusted_p,
        difference,
        outcome,
        one.overlap,
        one.note,
    )


def _contributors(new_hands: Compared, contributors: npt.NDArray[np.int64]) -> Contributors:
    _, group = np.unique(contributors, return_inverse=True)
    gains = new_hands.new.astype(np.int64) - new_hands.old
    differences = np.bincount(group, gains).astype(np.int64)
    return Contributors(
        number=len(differences),
        better=int((differences > 0).sum()),
        worse=int((differences < 0).sum()),
        p=metrics.sign_flip_test(differences.tolist()),
    )


def _objection(result: SetResult, margin: float) -> str:
    """Return why a set refuses the new model, or ""."""
    test, points = result.test, f"{100 * result.difference.value:+.2f} points"
    if result.outcome is Outcome.LOSS:
        return (
            f"{result.name}: the new model is worse ({points}; {test.only_second:,} letters lost, "
            f"{test.only_first:,} gained, p = {result.adjusted_p:.2g} adjusted)"
        )
    if result.outcome is Outcome.UNCLEAR:
        return (
            f"{result.name}: a loss of more than {_points(margin)} is not excluded ({points}, "
            f"95 % interval from {100 * result.difference.low:+.2f}; {test.n:,} letters)"
        )
    return ""


def _points(margin: float) -> str:
    return f"{100 * margin:g} point{'' if margin == 0.01 else 's'}"


def _no_gain(result: SetResult, people: Contributors) -> list[str]:
    """Return why the new hands do not show a gain; empty if they do."""
    test, points = result.test, f"{100 * result.difference.value:+.2f} points"
    if result.outcome is Outcome.LOSS:
        return [_objection(result, 0)]
    if test.p > ALPHA or result.difference.value <= 0:
        return [f"{result.name}: no gain is shown ({points}, p = {test.p:.2g}, {test.n:,} letters)"]
    if people.p > ALPHA:
        return [
            f"{result.name}: the gain is not shown for people ({people.better:,} of {people.number:,} "
            f"contributors better, {people.worse:,} worse, p = {people.p:.2g})"
        ]
    return []
