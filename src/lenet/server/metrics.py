"""Count what the server answers. Counting an answer costs about a microsecond.

The counts are plain numbers of one process. With several worker processes, each writes a snapshot of its
counts to a file of one temporary folder once a second, and /metrics of any worker adds up all of them.
`prometheus.py` writes them as text.
"""

from __future__ import annotations

import os
import tempfile
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from lenet.errors import LenetError
from lenet.server.errors import ApiError

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
DRAWINGS = (1, 2, 4, 8, 16, 64, 256, 1024, 4096)
OTHER = "other"
PAGE_ROUTE = "page"  # all files of the page
LIMITS = frozenset({408, 413, 429, 431, 503})  # statuses of requests that a limit rejects
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})

AnswerKey = tuple[str, str, int]


class Tally(msgspec.Struct):
    """A histogram.

    Attributes:
        buckets: number of values up to each bound, not more than the bound before; one more for the rest.
        total: sum of the values.
    """

    buckets: list[int]
    total: float = 0.0

    @classmethod
    def of(cls, bounds: Sequence[float]) -> Tally:
        """Return an empty histogram."""
        return cls([0] * (len(bounds) + 1))

    def merge(self, other: Tally) -> None:
        """Add the values of another histogram with the same bounds."""
        self.buckets = [a + b for a, b in zip(self.buckets, other.buckets, strict=True)]
        self.total += other.total


class Counts(msgspec.Struct):
    """The counts of one process, or of several.

    Attributes:
        answers: times of the answers in seconds, by route, method and status.
        batches: numbers of drawings that were recognized together.
        drawings: number of drawings, by verdict.
        rejected: number of requests that a limit rejected, by the code of the error.
        connections: open connections.
        in_flight: requests that are being answered.
    """

    answers: dict[AnswerKey, Tally] = {}
    batches: Tally = msgspec.field(default_factory=lambda: Tally.of(DRAWINGS))
    drawings: dict[str, int] = {}
    rejected: dict[str, int] = {}
    connections: int = 0
    in_flight: int = 0

    def merge(self, other: Counts) -> None:
        """Add the counts of another process."""
        for key, tally in other.answers.items():
            self.answers.setdefault(key, Tally.of(SECONDS)).merge(tally)
        self.batches.merge(other.batches)
        for mine, others in ((self.drawings, other.drawings), (self.rejected, other.rejected)):
            for name, count in others.items():
                mine[name] = mine.get(name, 0) + count
        self.connections += other.connections
        self.in_flight += other.in_flight


class Metrics:
    """Counts the answers of this process.

    Names have few values: routes are templates such as /v1/models/{name}, and what a client invents is
    counted as "other".

    Attributes:
        counts: of this process.
    """

    def __init__(self) -> None:
        """Begin with zero."""
        self.counts = Counts()
        self._folder: Path | None = None

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answer.

        Args:
            route: the template of the path.
            method: the request's method.
            status: HTTP status.
            seconds: from the request's headers to the end of the answer.
        """
        tally = self.counts.answers.get((route, method, status))
        if tally is None:
            key = (route, method if method in METHODS else OTHER, status)
            tally = self.counts.answers.setdefault(key, Tally.of(SECONDS))
        tally.buckets[bisect_left(SECONDS, seconds)] += 1
        tally.total += seconds

    def batch(self, drawings: int) -> None:
        """Count a batch by its number of drawings."""
        batches = self.counts.batches
        batches.buckets[bisect_left(DRAWINGS, drawings)] += 1
        batches.total += drawings

    def drawings(self, verdict: str, count: int = 1) -> None:
        """Count recognized drawings of a verdict."""
        drawings = self.counts.drawings
        drawings[verdict] = drawings.get(verdict, 0) + count

    def refused(self, error: ApiError) -> None:
        """Count an error if a limit is its cause, by its code."""
        if error.status in LIMITS:
            rejected = self.counts.rejected
            rejected[error.code] = rejected.get(error.code, 0) + 1

    def share(self, folder: Path | None) -> None:
        """Be one of several processes; each must call `publish` from time to time.

        Args:
            folder: of their snapshots; None for a process that is alone.
        """
        self._folder = folder

    def publish(self) -> None:
        """Write this process's counts for the others; a full disk keeps the earlier ones."""
        if self._folder is not None:
            with suppress(OSError):
                _write(self._folder, os.getpid(), self.counts)

    def forget(self, pid: int) -> None:
        """Drop the open connections and requests of a process that ended; its other counts stay."""
        if self._folder is None:
            return
        with suppress(OSError):
            counts = _read(self._folder / str(pid))
            if counts is not None:
                counts.connections = counts.in_flight = 0
                _write(self._folder, pid, counts)

    def totals(self) -> Counts:
        """Return the counts of all processes; those of others are up to a second old."""
        if self._folder is None:
            return self.counts
        self.publish()
        totals = Counts()
        for counts in _read_all(self._folder):
            totals.merge(counts)
        return totals


# ---- Snapshots -----------------------------------------------------------------------------

_DECODER = msgspec.msgpack.Decoder(Counts)


@contextmanager
def shared_folder(workers: int) -> Iterator[Path | None]:
    """Make a folder for the snapshots of several processes; yield None for a single one.

    The folder is removed at the end.

    Raises:
        LenetError: no folder can be made.
    """
    if workers <= 1:
        yield None
        return
    try:
        folder = tempfile.TemporaryDirectory(prefix="lenet-metrics-", ignore_cleanup_errors=True)
    except OSError as error:
        message = f"--workers: no folder for temporary files ({error.strerror}); name one in TMPDIR"
        raise LenetError(message) from None
    with folder as name:
        yield Path(name)


def _write(folder: Path, pid: int, counts: Counts) -> None:
    path = folder / str(pid)
    aside = path.with_suffix(".new")
    aside.write_bytes(msgspec.msgpack.encode(counts))
    aside.replace(path)


def _read(path: Path) -> Counts | None:
    try:
        return _DECODER.decode(path.read_bytes())
    except FileNotFoundError:
        return None


def _read_all(folder: Path) -> Iterable[Counts]:
    for path in sorted(folder.iterdir()):
        if path.name.isdecimal() and (counts := _read(path)) is not None:
            yield counts
