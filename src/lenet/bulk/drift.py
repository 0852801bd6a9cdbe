"""Drift: whether a network can tell letters of the input from reference letters.

Classifier two-sample test (Lopez-Paz & Oquab 2017): a network learns to tell two samples apart. If they are
of one distribution, its accuracy on letters that it has not seen is 50 %, up to chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lenet._util import rng
from lenet._util.progress import Progress
from lenet.bulk.sample import Images, SampledLetter
from lenet.datasets import Dataset, train_validation_split
from lenet.errors import DataError
from lenet.metrics.binomial import LEVEL, clopper_pearson
from lenet.metrics.decision import Verdict
from lenet.models import ModelMetadata, get_spec
from lenet.training import NO_AUGMENTATION, Recipe, Samples, Trainer, TrainingOptions, sample_weights

ARCHITECTURE = "lecun1989"  # small: a few thousand letters have to suffice
RECIPE = Recipe(epochs=10, batch_size=64, class_balance=0.0, augmentation=NO_AUGMENTATION)
TEST_SHARE = 0.5  # of the letters, which the network does not see in training
EXAMPLES = 5
MIN_LETTERS = 100  # of each sample; fewer have an interval wider than +-10 %

_CLASSES = "RI"  # reference and input
_INPUT = 1


class DriftExample(NamedTuple):
    """A letter of the input that the network tells from the reference letters most easily.

    Attributes:
        source: its name.
        probability: that it is of the input, as the network estimates it, 0..1.
        image: uint8 (28, 28).
    """

    source: str
    probability: float
    image: Images


@dataclass(frozen=True)
class DriftReport:
    """Result of the test.

    Attributes:
        reference: name of the reference letters.
        letters: number of letters of each sample.
        tested: number of letters of both samples that the accuracy is measured on.
        accuracy: fraction of them that the network assigns to the right sample; 0.5: alike.
        low: lower bound of the accuracy, exact at the level `LEVEL`.
        high: upper bound.
        examples: up to `EXAMPLES` letters of the input, the most different first.
    """

    reference: str
    letters: int
    tested: int
    accuracy: float
    low: float
    high: float
    examples: tuple[DriftExample, ...] = field(repr=False)

    @property
    def is_different(self) -> bool:
        """Return whether chance does not explain the accuracy, at the level `LEVEL`."""
        return self.low > 0.5

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON, without images."""
        examples = [{"source": e.source, "probability": round(e.probability, 4)} for e in self.examples]
        return {**asdict(self), "level": LEVEL, "examples": examples}


def sentence(report: DriftReport) -> str:
    """Return the result in a line."""
    return (
        f"a network tells your letters from those of {report.reference} with {report.accuracy:.0%} accuracy "
        f"(50% = alike; {LEVEL:.0%} interval {report.low:.0%} to {report.high:.0%})"
    )


def measure_drift(
    rows: Sequence[SampledLetter],
    reference: Dataset,
    seed: int = 0,
    threads: int = 1,
    progress: Progress = lambda more: None,
) -> DriftReport:
    """Train a network to tell the sample from reference letters, and measure its accuracy.

    Args:
        rows: the sample; drawings without ink do not count.
        reference: letters that the sample is compared with.
        seed: random seed; the same seed and letters give the same report.
        threads: number of threads.
        progress: called with the number of further training steps that are done.

    Raises:
        DataError: one of the samples has fewer than `MIN_LETTERS` letters.
    """
    letters = [row for row in rows if row.answer.verdict != Verdict.EMPTY]
    inked = np.flatnonzero(reference.images.any(axis=(1, 2)))
    count = min(len(letters), len(inked))
    if count < MIN_LETTERS:
        name = ", ".join(reference.names) if len(inked) < len(letters) else "the sample of the input"
        raise DataError(f"{name}: {count} letters are too few to compare; give at least {MIN_LETTERS}")
    chosen = inked[np.argsort(rng.uniform(len(inked), seed, rng.SAMPLES), kind="stable")[:count]]
    images = np.array([row.image for row in letters[:count]])
    test, probabilities = tell_apart(reference.take(chosen), images, seed, threads, progress)
    return _report(", ".join(reference.names), letters[:count], test, probabilities)


def tell_apart(
    reference: Dataset,
    images: Images,
    seed: int = 0,
    threads: int = 1,
    progress: Progress = lambda more: None,
) -> tuple[Dataset, npt.NDArray[np.float32]]:
    """Train a network on half of the letters to tell two samples apart, and predict the other half.

    Args:
        reference: letters of one sample.
        images: uint8 (n, 28, 28), as many letters of the other sample.
        seed: random seed.
        threads: number of threads.
        progress: called with the number of further training steps that are done.

    Returns:
        The letters of the other half, with label 0 for the reference, 1 for the other sample; `sources` has
        each one's number in its sample. And the probabilities of both labels, float32 (n, 2).
    """
    data = _both(reference, images)
    train, test = train_validation_split(data, TEST_SHARE, seed)
    samples = Samples(train, sample_weights(train, RECIPE.class_balance))
    options = TrainingOptions(seed=seed, threads=threads)
    spec = get_spec(ARCHITECTURE).with_num_classes(len(_CLASSES))
    trainer = Trainer(spec, samples, RECIPE, options, validation=test, metadata=ModelMetadata(_CLASSES))
    model = trainer.fit(progress)
    return test, trainer.network.predict(model.parameters, test.images, threads=threads)


def _both(reference: Dataset, images: Images) -> Dataset:
    """Join reference letters and those of the input; `sources` tells the number of each in its sample."""
    count = len(images)
    labels = np.repeat(np.arange(2, dtype=np.uint8), count)
    groups = np.concatenate([reference.groups, reference.groups.max() + 1 + np.arange(count)])
    return Dataset(
        np.concatenate([reference.images, images]),
        labels,
        groups=groups,
        sources=np.tile(np.arange(count), 2),
        classes=tuple(_CLASSES),
    )


def _report(
    name: str, letters: Sequence[SampledLetter], test: Dataset, probabilities: npt.NDArray[np.float32]
) -> DriftReport:
    correct = int((probabilities.argmax(axis=1) == test.labels).sum())
    low, high = clopper_pearson(correct, len(test))
    of_input = np.flatnonzero(test.labels == _INPUT)
    order = of_input[np.argsort(-probabilities[of_input, _INPUT], kind="stable")[:EXAMPLES]]
    examples = []
    for k in order.tolist():
        letter = letters[test.sources[k]]
        examples.append(DriftExample(letter.answer.source, float(probabilities[k, _INPUT]), letter.image))
    return DriftReport(name, len(letters), len(test), correct / len(test), low, high, tuple(examples))
