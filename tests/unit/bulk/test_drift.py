"""The classifier two-sample test on letters that are alike, and on others."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from lenet.bulk.drift import DriftReport, measure_drift, sentence
from lenet.bulk.report import write_report
from lenet.bulk.sample import SampledLetter, SampleRow
from lenet.datasets import Dataset, load
from lenet.errors import DataError

Images = npt.NDArray[np.uint8]


def sample(images: Images) -> list[SampledLetter]:
    rows = [
        SampleRow(k, f"scans.zip:{k}.png", "A", "letter", 1.0, image.tobytes())
        for k, image in enumerate(images)
    ]
    return [SampledLetter(0, row, (), ()) for row in rows]


@pytest.fixture(scope="module")
def halves() -> tuple[Dataset, Dataset]:
    """Font letters in two random halves."""
    data = load("font-letters")
    order = np.random.default_rng(0).permutation(len(data))
    return data.take(order[:600]), data.take(order[600:1200])


def measure(images: Images, reference: Dataset, seed: int = 0) -> DriftReport:
    return measure_drift(sample(images), reference, seed)


def test_letters_that_are_alike_are_not_told_apart(halves: tuple[Dataset, Dataset]) -> None:
    report = measure(halves[0].images, halves[1])
    assert report.low < 0.5 < report.high
    assert not report.is_different
    assert report.letters == 600
    assert 550 < report.tested < 650


def test_thicker_letters_are_told_apart(halves: tuple[Dataset, Dataset]) -> None:
    images = halves[0].images.copy()
    images[:, :, 1:] = np.maximum(images[:, :, 1:], images[:, :, :-1])
    images[:, 1:] = np.maximum(images[:, 1:], images[:, :-1])
    report = measure(images, halves[1])
    assert report.is_different
    assert report.accuracy > 0.6
    numbers = [int(example.source.removesuffix(".png").partition(":")[2]) for example in report.examples]
    assert len(numbers) == 5
    for number, example in zip(numbers, report.examples, strict=True):
        assert (example.image == images[number]).all()
    assert "(50% = alike; 95% interval" in sentence(report)


def test_the_same_seed_gives_the_same_report(halves: tuple[Dataset, Dataset], tmp_path: Path) -> None:
    digests = set()
    for seed in (0, 0, 1):
        page = write_report(tmp_path, None, measure(halves[0].images[:150], halves[1], seed))
        digests.add(hashlib.sha256(page.read_bytes()).hexdigest())
    assert len(digests) == 2


def test_too_few_letters_are_refused(halves: tuple[Dataset, Dataset]) -> None:
    with pytest.raises(DataError, match="the sample of the input: 99 letters are too few to compare"):
        measure(halves[0].images[:99], halves[1])
    with pytest.raises(DataError, match="font-letters: 99 letters are too few to compare"):
        measure(halves[0].images, halves[1].take(np.arange(99)))
