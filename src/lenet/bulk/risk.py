"""Risk of the accepted letters, estimated from the labels of a person.

Coverages are exact: the sample's files count all letters. Risks come from the labelled letters, a simple
random sample of all letters with ink. The labelled letters above a threshold are one of all letters above it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil, log2
from typing import Any, NamedTuple

from lenet.bulk.labels import UNREADABLE
from lenet.bulk.sample import THRESHOLDS, Sample, SampledLetter
from lenet.errors import DataError
from lenet.metrics.binomial import LEVEL, clopper_pearson, upper_bound
from lenet.metrics.decision import VERDICTS, Verdict

WISHED_RISKS = (0.05, 0.02, 0.01, 0.005, 0.002)
TABLE = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999)
"""Thresholds of the table, some of `THRESHOLDS`."""

_CANDIDATES = (Verdict.LETTER, Verdict.UNSURE)  # which a threshold on the confidence accepts or not


@dataclass(frozen=True)
class RiskPoint:
    """Coverage and risk at a threshold.

    Attributes:
        threshold: lowest accepted confidence, 0..1.
        coverage: fraction of all letters that are accepted, 0..1.
        labelled: number of accepted letters with a readable label.
        errors: those whose label is not the prediction.
        low: lower bound of the risk, exact at the level `LEVEL` (Clopper & Pearson 1934).
        high: upper bound of the risk; 1 if there are no labels.
    """

    threshold: float
    coverage: float
    labelled: int
    errors: int
    low: float
    high: float

    @property
    def risk(self) -> float | None:
        """Return the fraction of errors among the labelled letters, 0..1; None if there are none."""
        return self.errors / self.labelled if self.labelled else None


@dataclass(frozen=True)
class WishedRisk:
    """The threshold that a wished risk needs.

    Attributes:
        risk: the wished risk, 0..1.
        threshold: the lowest threshold whose risk is at most that, at the level `LEVEL`; None if the
            labels prove none.
        coverage: fraction of all letters that it accepts, 0..1; 0 if there is none.
    """

    risk: float
    threshold: float | None
    coverage: float


@dataclass(frozen=True)
class RiskReport:
    """Risk of a run's letters.

    Attributes:
        letters: number of letters.
        verdicts: number of letters of each verdict.
        labelled: number of labels.
        unreadable: labels `UNREADABLE`, which count nowhere else.
        model: coverage and risk with the model's own thresholds.
        points: the same at other thresholds on the confidence, rising; `not-a-letter` stays rejected.
        wished: the thresholds that some wished risks need.
        rejected: labelled letters that the model does not accept.
        rejected_correct: those whose first candidate is the label.
    """

    letters: int
    verdicts: dict[str, int]
    labelled: int
    unreadable: int
    model: RiskPoint
    points: tuple[RiskPoint, ...]
    wished: tuple[WishedRisk, ...]
    rejected: int
    rejected_correct: int

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON; intervals have the level `LEVEL`."""
        return {**asdict(self), "level": LEVEL}


def sentence(report: RiskReport) -> str:
    """Return the result at the model's own thresholds in a line."""
    point = report.model
    accepted = f"{point.coverage:.1%} of {report.letters:,} letters are accepted"
    if point.risk is None:
        return f"{accepted}; none of them has a label"
    bounds = f"{LEVEL:.0%} interval {point.low:.1%} to {point.high:.1%}"
    return f"{accepted} with {point.risk:.1%} errors ({bounds}, {point.labelled:,} labels)"


def measure_risk(
    sample: Sample, labels: Mapping[tuple[int, int], str], min_probability: float | None
) -> RiskReport:
    """Measure coverage and risk.

    Args:
        sample: the run's sample.
        labels: by shard and row; see `lenet.bulk.labels.read_labels`.
        min_probability: the model's threshold on the confidence; None: it has none.

    Raises:
        DataError: there are no letters, or a label is of a letter that is not in the sample.
    """
    if not sample.letters:
        raise DataError("there are no letters to measure a risk of; predict some")
    rows = {(row.shard, row.answer.row): row for row in sample.rows}
    if unknown := labels.keys() - rows.keys():
        shard, row = min(unknown)
        raise DataError(f"row {row} of shard {shard} is not in the sample; use the label.html of this run")
    answers = [_Labelled.of(rows[place], label) for place, label in labels.items() if label != UNREADABLE]
    accepted = [answer for answer in answers if answer.verdict == Verdict.LETTER]
    rejected = [answer for answer in answers if answer.verdict != Verdict.LETTER]
    totals = sample.counts.sum(axis=1)
    verdicts = {str(verdict): int(total) for verdict, total in zip(VERDICTS, totals, strict=True)}
    coverage = verdicts[Verdict.LETTER] / sample.letters
    points = tuple(_point(sample, answers, threshold) for threshold in THRESHOLDS)
    return RiskReport(
        letters=sample.letters,
        verdicts=verdicts,
        labelled=len(labels),
        unreadable=len(labels) - len(answers),
        model=_estimate(min_probability or 0.0, coverage, accepted),
        points=tuple(point for point in points if point.threshold in TABLE),
        wished=tuple(_wished(risk, points) for risk in WISHED_RISKS),
        rejected=len(rejected),
        rejected_correct=sum(answer.is_correct for answer in rejected),
    )


class _Labelled(NamedTuple):
    """A letter with a readable label."""

    verdict: str
    confidence: float
    is_correct: bool

    @classmethod
    def of(cls, letter: SampledLetter, label: str) -> _Labelled:
        """Compare a label with the first candidate."""
        answer = letter.answer
        return cls(answer.verdict, answer.confidence, answer.letter == label)


def _point(sample: Sample, answers: Sequence[_Labelled], threshold: float) -> RiskPoint:
    """Return coverage and risk where letters of at least a confidence are accepted."""
    first = THRESHOLDS.index(threshold)
    rows = [VERDICTS.index(verdict) for verdict in _CANDIDATES]
    coverage = int(sample.counts[rows, first:].sum()) / sample.letters
    accepted = [a for a in answers if a.verdict in _CANDIDATES and a.confidence >= threshold]
    return _estimate(threshold, coverage, accepted)


def _estimate(threshold: float, coverage: float, accepted: Sequence[_Labelled]) -> RiskPoint:
    errors = sum(not answer.is_correct for answer in accepted)
    low, high = clopper_pearson(errors, len(accepted))
    return RiskPoint(threshold, coverage, len(accepted), errors, low, high)


def _wished(risk: float, points: Sequence[RiskPoint]) -> WishedRisk:
    """Find the threshold of a wished risk: selection with guaranteed risk (Geifman & El-Yaniv 2017).

    A binary search tests few thresholds, and the level is corrected for their number (Bonferroni).
    """
    low, high = 0, len(points)  # `high` keeps the risk, unless it is the end
    tail = (1 - LEVEL) / ceil(log2(len(points) + 1))
    while low < high:
        middle = (low + high) // 2
        point = points[middle]
        if upper_bound(point.errors, point.labelled, tail) <= risk:
            high = middle
        else:
            low = middle + 1
    if high == len(points):
        return WishedRisk(risk, None, 0.0)
    return WishedRisk(risk, points[high].threshold, points[high].coverage)
