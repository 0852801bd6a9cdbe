"""Random sample of predicted letters: for the person who labels them, and for the drift test.

A worker collects its shard's part of the sample while it predicts, in `sample-NNNNN.json`, written before
the shard's part file. A letter is in the sample if its key is low: a random number that depends on the
shard's digest and the letter's row alone. So any number of workers and runs collect the same letters.
The letters of the lowest keys, in the order of their keys, are a simple random sample.

The sample has no strata. The accepted letters of a simple random sample are one of all accepted letters, at
each threshold; so exact intervals hold. Strata of confidence narrowed the interval of `modern-s` on
`unipen_dev` by 19 % (400 labels, half of them by Neyman's allocation, gamma intervals of Fay & Feuer 1997),
and by 2 % with a quarter of the errors; their bound of a sample without errors was higher.

The file also counts the shard's letters by verdict and confidence, so that coverages are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from lenet.bulk.types import Shard
from lenet.engine.abi import SIDE
from lenet.errors import DataError
from lenet.metrics.decision import VERDICTS, Verdict

FORMAT = "lenet-sample/1"
CANDIDATES = 4096  # letters of the sample, as planned
LABELS = 1000  # letters on the page for a person, who labels as many as the interval needs
NEIGHBOURS = 2  # letters before and after one that a person labels

THRESHOLDS = (
    *(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.94),
    *(0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.992, 0.994, 0.995, 0.996, 0.997, 0.998, 0.9985),
    *(0.999, 0.9995, 0.9999),
)
"""Confidences at which letters are counted."""

Images = npt.NDArray[np.uint8]
Keys = npt.NDArray[np.uint64]
Recognized = npt.NDArray[np.void]

LAST_KEY = 2**64 - 1
# One candidate in k has neighbours: those for a person, and six standard deviations more.
_WITH_NEIGHBOURS = CANDIDATES // (LABELS + 6 * 32)


def sample_name(number: int) -> str:
    """Return the name of a shard's file of the sample."""
    return f"sample-{number:05d}.json"


def sample_every(letters: int) -> int:
    """Return k, where one letter in k is sampled: a number for the manifest.

    Args:
        letters: number of letters of all shards, or an estimate.
    """
    return max(1, letters // CANDIDATES)


def letter_keys(digest: str, letters: int) -> Keys:
    """Return the random keys of a shard's letters, uint64 (letters,).

    The generator is Philox (Salmon et al. 2011), whose key is the shard's digest.

    Args:
        digest: the shard's digest, hexadecimal.
        letters: number of letters; a longer array begins with the shorter one.
    """
    key = np.frombuffer(bytes.fromhex(digest)[:16], "<u8").astype(np.uint64)
    return np.random.Philox(key=key).random_raw(letters)


class SampleRow(msgspec.Struct, frozen=True, array_like=True):
    """A letter of the sample, as its file has it.

    Attributes:
        row: its row in the part file, from 0.
        source: its name.
        letter: the first candidate, whatever the verdict; "" if the drawing is empty.
        verdict: the verdict.
        confidence: probability of the first candidate, 0..1.
        image: 784 bytes, base64 in the file.
    """

    row: int
    source: str
    letter: str
    verdict: str
    confidence: float
    image: bytes


class SampleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of `sample-NNNNN.json`.

    Attributes:
        format: `FORMAT`.
        shard: the shard's digest.
        every: k, where one letter in k is in the sample.
        letters: number of letters of the shard.
        counts: letters of each verdict whose confidence is from one of `THRESHOLDS` up to the next.
        rows: the sampled letters.
        neighbours: row and image of each letter near one that a person may label.
    """

    format: str
    shard: str
    every: int
    letters: int
    counts: dict[str, list[int]]
    rows: list[SampleRow]
    neighbours: list[tuple[int, bytes]]


class SampleCollector:
    """Collects the images of a shard's part of the sample, then writes the shard's file."""

    def __init__(self, shard: Shard, every: int) -> None:
        """Take the shard, and k of `sample_every`."""
        self._digest, self._every = shard.digest, every
        self._letters = 0
        self._images: dict[int, bytes] = {}
        self._choose(shard.letters or 0)

    def _choose(self, letters: int) -> None:
        """Choose the rows of the sample, and their neighbours where a person labels them."""
        keys = letter_keys(self._digest, letters + NEIGHBOURS)
        self._is_sampled = keys <= LAST_KEY // self._every
        self._is_needed = self._is_sampled.copy()
        labelled = np.flatnonzero(keys <= LAST_KEY // (self._every * _WITH_NEIGHBOURS))
        for distance in range(-NEIGHBOURS, NEIGHBOURS + 1):
            rows = labelled + distance
            self._is_needed[rows[(rows >= 0) & (rows < len(keys))]] = True

    def add(self, images: Images) -> None:
        """Take the images of the next letters of the shard, uint8 (n, 28, 28)."""
        first, self._letters = self._letters, self._letters + len(images)
        if self._letters + NEIGHBOURS > len(self._is_needed):
            self._choose(2 * self._letters)
        for k in np.flatnonzero(self._is_needed[first : self._letters]).tolist():
            self._images[first + k] = images[k].tobytes()

    def to_bytes(self, sources: Sequence[str], recognized: Recognized, labels: Sequence[str]) -> bytes:
        """Return the content of the shard's file.

        Args:
            sources: names of the letters whose images were added.
            recognized: `lenet.engine.RECOGNITION` (letters,), theirs.
            labels: the model's class names.
        """
        rows: list[SampleRow] = []
        neighbours: list[tuple[int, bytes]] = []
        for row, image in self._images.items():
            if self._is_sampled[row]:
                rows.append(SampleRow(row, sources[row], *_answer(recognized[row], labels), image))
            else:
                neighbours.append((row, image))
        counts = dict(zip(map(str, VERDICTS), _count(recognized).tolist(), strict=True))
        content = SampleFile(FORMAT, self._digest, self._every, self._letters, counts, rows, neighbours)
        return msgspec.json.encode(content) + b"\n"


def _answer(recognized: np.void, labels: Sequence[str]) -> tuple[str, str, float]:
    """Return the first candidate, the verdict and the confidence of a letter."""
    verdict = VERDICTS[recognized["verdict"]]
    letter = "" if verdict is Verdict.EMPTY else labels[recognized["classes"][0]]
    return letter, str(verdict), round(float(recognized["probabilities"][0]), 7)


def _count(recognized: Recognized) -> npt.NDArray[np.int64]:
    """Count letters by verdict and by the highest of `THRESHOLDS` that they reach."""
    confidence = recognized["probabilities"][:, 0].astype(np.float64)
    bins = np.searchsorted(np.array(THRESHOLDS), confidence, "right") - 1
    shape = len(VERDICTS), len(THRESHOLDS)
    counts = np.bincount(recognized["verdict"] * shape[1] + bins, minlength=shape[0] * shape[1])
    return counts.reshape(shape).astype(np.int64)


class SampledLetter(NamedTuple):
    """A letter of the sample.

    Attributes:
        shard: number of its shard.
        answer: what the model predicted.
        before: images of the letters before it, nearest last; fewer at the beginning of a shard.
        after: images of the letters after it.
    """

    shard: int
    answer: SampleRow
    before: tuple[Images, ...]
    after: tuple[Images, ...]

    @property
    def image(self) -> Images:
        """Return its image, uint8 (28, 28)."""
        return _image(self.answer.image)


@dataclass(frozen=True, eq=False)
class Sample:
    """The sample of all shards.

    Attributes:
        letters: number of letters of all shards.
        counts: int64 (verdicts, thresholds), number of letters of each of `VERDICTS` whose confidence is
            from one of `THRESHOLDS` up to the next.
        rows: the sampled letters by their keys; each beginning is a simple random sample.
    """

    letters: int
    counts: npt.NDArray[np.int64]
    rows: Sequence[SampledLetter]


def read_sample(shards: Iterable[int], read: Callable[[str], bytes], limit: int = CANDIDATES) -> Sample:
    """Read the sample of a folder, in memory that does not grow with the number of shards.

    Args:
        shards: the numbers of the shards.
        read: returns the content of a file by its name.
        limit: number of letters, those of the lowest keys.

    Raises:
        DataError: a file is damaged.
    """
    letters, counts = 0, np.zeros((len(VERDICTS), len(THRESHOLDS)), np.int64)
    rows: list[tuple[int, int, int, SampledLetter]] = []  # with the key, the shard and the row
    for number in shards:
        name = sample_name(number)
        content = decode_sample(name, read(name))
        letters += content.letters
        counts += [content.counts[verdict] for verdict in VERDICTS]
        rows += _keyed(number, content)
        if len(rows) > 2 * limit:
            rows = sorted(rows)[:limit]
    return Sample(letters, counts, [letter for *_, letter in sorted(rows)[:limit]])


def decode_sample(name: str, data: bytes) -> SampleFile:
    """Return the content of a shard's file, whose name is for messages; DataError if it is not one."""
    try:
        content = msgspec.json.decode(data, type=SampleFile)
    except msgspec.DecodeError as error:
        raise _damaged(name, str(error)) from None
    images = [row.image for row in content.rows] + [image for _, image in content.neighbours]
    rows = [row.row for row in content.rows]
    counts = [content.counts.get(str(verdict), []) for verdict in VERDICTS]
    checks = {
        f"its format is not {FORMAT}": content.format == FORMAT,
        "its counts are not those of its letters": all(len(c) == len(THRESHOLDS) for c in counts)
        and len(content.counts) == len(counts)
        and sum(map(sum, counts)) == content.letters,
        "a row is out of range": all(0 <= row < content.letters for row in rows),
        "its images are not 28x28": all(len(image) == SIDE * SIDE for image in images),
        "its digest is not hexadecimal": len(content.shard) == 64
        and not set(content.shard) - set("0123456789abcdef"),
    }
    for problem, holds in checks.items():
        if not holds:
            raise _damaged(name, problem)
    return content


def _damaged(name: str, problem: str) -> DataError:
    return DataError(f"{name}: is damaged: {problem}; remove it and run again")


def _keyed(number: int, content: SampleFile) -> Iterator[tuple[int, int, int, SampledLetter]]:
    """Yield the letters of a shard with their keys, shard and row."""
    if not content.rows:
        return
    images = {row.row: row.image for row in content.rows} | dict(content.neighbours)
    keys = letter_keys(content.shard, max(row.row for row in content.rows) + 1)
    for row in content.rows:
        before = (row.row + distance for distance in range(-NEIGHBOURS, 0))
        after = (row.row + distance for distance in range(1, NEIGHBOURS + 1))
        letter = SampledLetter(
            number,
            row,
            tuple(_image(images[k]) for k in before if k in images),
            tuple(_image(images[k]) for k in after if k in images),
        )
        yield int(keys[row.row]), number, row.row, letter


def _image(data: bytes) -> Images:
    return np.frombuffer(data, np.uint8).reshape(SIDE, SIDE)
