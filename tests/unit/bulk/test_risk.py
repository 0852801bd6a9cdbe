"""Coverage and risk against brute force, statsmodels and simulations."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from lenet import engine
from lenet.bulk.labels import NOT_A_LETTER, UNREADABLE
from lenet.bulk.risk import TABLE, measure_risk, sentence
from lenet.bulk.sample import THRESHOLDS, Sample, SampleCollector, SampledLetter, SampleRow, read_sample
from lenet.bulk.types import Shard
from lenet.errors import DataError
from lenet.labels import LETTERS

Confidences = npt.NDArray[np.float64]


def sample_of(confidence: Confidences, verdict: npt.NDArray[np.int64], seed: int = 0) -> Sample:
    """The sample of one shard whose letters are all predicted as A."""
    recognized = np.zeros(len(confidence), engine.RECOGNITION)
    recognized["verdict"], recognized["probabilities"][:, 0] = verdict, confidence
    digest = hashlib.sha256(str(seed).encode()).hexdigest()
    collector = SampleCollector(Shard(0, (), len(confidence), digest), 1)
    collector.add(np.zeros((len(confidence), 28, 28), np.uint8))
    data = collector.to_bytes([str(k) for k in range(len(confidence))], recognized, LETTERS)
    return read_sample([0], lambda _: data)


def label(sample: Sample, n: int, truth: Callable[[SampledLetter], str]) -> dict[tuple[int, int], str]:
    return {(row.shard, row.answer.row): truth(row) for row in sample.rows[:n]}


@pytest.fixture(scope="module")
def archive() -> tuple[Sample, Confidences, npt.NDArray[np.int64]]:
    """3,000 letters: 2,700 accepted, 200 unsure, 80 not letters, 20 empty."""
    random = np.random.default_rng(0)
    verdict = random.permutation(np.repeat([0, 1, 2, 3], [2700, 200, 80, 20]))
    confidence = np.select(
        [verdict == 0, verdict == 1, verdict == 2],
        [1 - 0.3 * random.random(3000) ** 4, random.uniform(0.2, 0.7, 3000), random.uniform(0, 0.5, 3000)],
    )
    return sample_of(confidence, verdict), confidence, verdict


def test_coverage_and_risk_against_brute_force(archive: Any) -> None:
    from statsmodels.stats.proportion import proportion_confint

    sample, confidence, verdict = archive
    wrong = {3, 30, 300, 301, 302, 77}
    labels = label(sample, 400, lambda row: "B" if row.answer.row % 311 in wrong else "A")
    places = list(labels)
    labels[places[0]] = labels[places[9]] = UNREADABLE
    labels[places[1]] = NOT_A_LETTER
    report = measure_risk(sample, labels, 0.7)
    assert report.verdicts == {"letter": 2700, "unsure": 200, "not-a-letter": 80, "empty": 20}
    assert (report.labelled, report.unreadable) == (400, 2)

    read = {row: text for (_, row), text in labels.items() if text != UNREADABLE}
    accepted = [row for row in read if verdict[row] == 0]
    errors = sum(read[row] != "A" for row in accepted)
    assert (report.model.labelled, report.model.errors) == (len(accepted), errors)
    assert report.model.coverage == 0.9
    expected = proportion_confint(errors, len(accepted), 0.05, "beta")
    assert (report.model.low, report.model.high) == pytest.approx(expected)
    others = [row for row in read if verdict[row] != 0]
    assert report.rejected == len(others)
    assert report.rejected_correct == sum(read[row] == "A" for row in others if verdict[row] != 3)

    assert [point.threshold for point in report.points] == list(TABLE)
    for point in report.points:
        is_accepted = (verdict <= 1) & (confidence.astype(np.float32) >= point.threshold)
        assert point.coverage == pytest.approx(is_accepted.mean())
        chosen = [row for row in read if is_accepted[row]]
        assert (point.labelled, point.errors) == (len(chosen), sum(read[row] != "A" for row in chosen))


def test_the_sentence_has_coverage_risk_and_interval(archive: Any) -> None:
    sample = archive[0]
    report = measure_risk(sample, label(sample, 400, lambda _: "A"), 0.7)
    n = report.model.labelled
    expected = f"90.0% of 3,000 letters are accepted with 0.0% errors (95% interval 0.0% to 1.0%, {n} labels)"
    assert sentence(report) == expected
    report = measure_risk(sample, label(sample, 400, lambda _: UNREADABLE), 0.7)
    assert (report.model.low, report.model.high, report.model.risk) == (0, 1, None)
    assert sentence(report).endswith("none of them has a label")


def labelled_at_random(confidence: Confidences, labels: int) -> Sample:
    """A sample as small as the labels, in the order of the letters: they are random themselves."""
    edges = np.searchsorted(THRESHOLDS, confidence, "right") - 1
    counts = np.zeros((4, len(THRESHOLDS)), np.int64)
    counts[0] = np.bincount(edges, minlength=len(THRESHOLDS))
    rows = [SampleRow(row, "", "A", "letter", float(confidence[row]), b"") for row in range(labels)]
    return Sample(len(confidence), counts, [SampledLetter(0, row, (), ()) for row in rows])


def test_intervals_and_wished_risks_hold_as_often_as_they_say() -> None:
    """An error is as probable as a calibrated confidence tells; 30 archives of known errors."""
    random = np.random.default_rng(1)
    inside = kept = trials = 0
    for _ in range(30):
        confidence = 1 - 0.5 * random.random(2000) ** 6
        is_wrong = random.random(2000) > confidence
        sample = labelled_at_random(confidence, 200)
        labels = {(0, row): "B" if is_wrong[row] else "A" for row in range(200)}
        report = measure_risk(sample, labels, None)
        inside += report.model.low <= is_wrong.mean() <= report.model.high
        for wished in report.wished:
            if wished.threshold is not None:
                trials += 1
                kept += is_wrong[confidence >= wished.threshold].mean() <= wished.risk
    assert inside >= 0.95 * 30
    assert trials >= 15
    assert kept >= 0.95 * trials


def test_a_wished_risk_that_the_labels_do_not_prove(archive: Any) -> None:
    sample = archive[0]
    report = measure_risk(sample, label(sample, 50, lambda _: "A"), 0.7)
    assert [wished.threshold for wished in report.wished] == [None] * 5
    report = measure_risk(sample, label(sample, 1000, lambda _: "A"), 0.7)
    assert [wished.threshold for wished in report.wished][:3] == [0.0, 0.0, 0.0]
    assert report.wished[0].coverage == pytest.approx(2900 / 3000)


def test_labels_of_another_sample_and_no_letters_are_refused(archive: Any) -> None:
    with pytest.raises(DataError, match="row 7 of shard 9 is not in the sample"):
        measure_risk(archive[0], {(9, 7): "A"}, 0.7)
    nothing = sample_of(np.zeros(0), np.zeros(0, np.int64))
    with pytest.raises(DataError, match="there are no letters"):
        measure_risk(nothing, {(0, 0): "A"}, 0.7)
