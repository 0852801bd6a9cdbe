"""The random sample of predicted letters."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from lenet import engine
from lenet.bulk.sample import (
    CANDIDATES,
    LABELS,
    NEIGHBOURS,
    THRESHOLDS,
    Sample,
    SampleCollector,
    letter_keys,
    read_sample,
    sample_every,
    sample_name,
)
from lenet.bulk.types import Shard
from lenet.errors import DataError
from lenet.labels import LETTERS
from lenet.metrics.decision import VERDICTS


class Letters(NamedTuple):
    sources: list[str]
    images: npt.NDArray[np.uint8]
    recognized: npt.NDArray[np.void]


def shard(number: int, letters: int | None) -> Shard:
    return Shard(number, (), letters, hashlib.sha256(f"shard {number}".encode()).hexdigest())


@functools.cache
def letters(n: int, seed: int = 0) -> Letters:
    """Random images and answers."""
    random = np.random.default_rng(seed)
    recognized = np.zeros(n, engine.RECOGNITION)
    recognized["verdict"] = random.integers(0, len(VERDICTS), n)
    recognized["classes"] = random.integers(0, 26, (n, 5))
    recognized["probabilities"][:, 0] = 1 - random.random(n) ** 3
    images = random.integers(0, 256, (n, 28, 28), np.uint8)
    return Letters([f"letters.npz:{k + 1}" for k in range(n)], images, recognized)


def collect(which: Shard, every: int, data: Letters, sizes: Sequence[int]) -> bytes:
    collector, start = SampleCollector(which, every), 0
    for size in sizes:
        collector.add(data.images[start : start + size])
        start += size
    assert start == len(data.sources)
    return collector.to_bytes(data.sources, data.recognized, LETTERS)


def sample_of(counts: Sequence[int], every: int) -> Sample:
    files = {
        sample_name(k): collect(shard(k, n), every, letters(n, k), sizes=[n]) for k, n in enumerate(counts)
    }
    return read_sample(range(len(counts)), files.__getitem__)


def test_the_file_does_not_depend_on_batches_or_on_the_planned_number() -> None:
    data = letters(20_000)
    whole = collect(shard(0, 20_000), 4, data, [20_000])
    for sizes in ([1] * 7 + [9000, 0, 10_993], [2048] * 9 + [1568]):
        assert collect(shard(0, 20_000), 4, data, sizes) == whole
        assert collect(shard(0, None), 4, data, sizes) == whole


def test_the_sample_has_the_lowest_keys_with_their_letters() -> None:
    sample = sample_of([30_000, 0, 9000], sample_every(39_000))
    keys = [(key, 0, row) for row, key in enumerate(letter_keys(shard(0, 0).digest, 30_000).tolist())]
    keys += [(key, 2, row) for row, key in enumerate(letter_keys(shard(2, 0).digest, 9000).tolist())]
    expected = [(number, row) for _, number, row in sorted(keys)[:CANDIDATES]]
    assert [(row.shard, row.answer.row) for row in sample.rows] == expected
    assert sample.letters == 39_000 == sample.counts.sum()
    for row in sample.rows[:50]:
        data, k = letters(30_000 if row.shard == 0 else 9000, row.shard), row.answer.row
        assert (row.image == data.images[k]).all()
        verdict, best = VERDICTS[data.recognized["verdict"][k]], data.recognized["classes"][k, 0]
        assert row.answer.verdict == verdict
        assert row.answer.letter == ("" if verdict == "empty" else LETTERS[best])
        assert row.answer.source == f"letters.npz:{k + 1}"


def test_the_letters_for_a_person_have_their_neighbours() -> None:
    sample = sample_of([30_000, 12_000], sample_every(42_000))
    for row in sample.rows[:LABELS]:
        n, k = (30_000, 12_000)[row.shard], row.answer.row
        images = letters(n, row.shard).images
        assert np.array_equal(np.array(row.before), images[max(0, k - NEIGHBOURS) : k])
        assert np.array_equal(np.array(row.after), images[k + 1 : k + 1 + NEIGHBOURS])


def test_counts_are_those_of_numpy() -> None:
    recognized = letters(5000).recognized
    sample = read_sample([0], lambda _: collect(shard(0, 5000), 1, letters(5000), sizes=[5000]))
    for verdict, counts in enumerate(sample.counts):
        confidence = recognized["probabilities"][recognized["verdict"] == verdict, 0].astype(float)
        assert counts.tolist() == np.histogram(confidence, [*THRESHOLDS, 2])[0].tolist()


def test_keys_are_uniform_and_differ_between_shards() -> None:
    from scipy.stats import kstest

    first, second = (letter_keys(shard(k, 0).digest, 50_000) / 2**64 for k in (0, 1))
    assert kstest(first, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.02


@pytest.mark.parametrize("every", [1, 40])
def test_a_shard_without_letters(every: int) -> None:
    sample = sample_of([0], every)
    assert (sample.letters, len(sample.rows), sample.counts.sum()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"lenet-sample/1"', b'"lenet-sample/9"'),
        (b'"letters":300', b'"letters":301'),
        (b'[[0,"', b'[[1000,"'),
        (b'"rows":[[', b'"rows":[[NaN,'),
        (b'"every":1', b'"every":"x"'),
        (b'"shard":"', b'"shard":"zz'),
    ],
)
def test_a_damaged_file_is_named(old: bytes, new: bytes) -> None:
    data = collect(shard(0, 300), 1, letters(300), sizes=[300])
    assert old in data
    with pytest.raises(DataError, match=r"sample-00000\.json: is damaged: .*; remove"):
        read_sample([0], lambda _: data.replace(old, new, 1))
    with pytest.raises(DataError, match=r"sample-00000\.json: is damaged"):
        read_sample([0], lambda _: data[: len(data) // 2])
