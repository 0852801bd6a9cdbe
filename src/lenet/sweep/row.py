"""A row of the results: what a training of a sweep achieved, and what it cost."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import asdict, dataclass, fields
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from lenet._util import strict_json
from lenet.metrics import wilson_interval
from lenet.sweep.trial import Trial

MAX_COUNT = 2**53  # of letters, epochs and parameters: exact as a float
MAX_COMPARED = 65_536  # letters whose results are kept for paired comparisons


@dataclass(frozen=True)
class Machine:
    """The machine and the code of a training.

    Attributes:
        version: of the package.
        commit: of the checkout; None without one.
        processor: its name.
        lanes: floats in a vector of the engine.
        peak_gflops: greatest measured rate of a product of float32 matrices, in GFLOP a core-second.
    """

    version: str
    commit: str | None
    processor: str
    lanes: int
    peak_gflops: float


@dataclass(frozen=True)
class Row:
    """The result of a trial.

    Attributes:
        trial: the training.
        letters: number of letters that measured it.
        correct: number of letters that it recognized.
        loss: mean cross-entropy of these letters in nats; None after a failure.
        epochs: epochs trained, those of earlier rungs with it.
        new_epochs: epochs trained for this row.
        parameters: of the network.
        seconds: wall time.
        cpu_seconds: processor time.
        machine: where it ran.
        energy_joules: of the processors' packages meanwhile, other work included; None where unknown.
        weights: SHA-256 of the parameters as float32; None after a failure.
        hits: bit for each letter, whether it was recognized, as base64; None for more than MAX_COMPARED.
        error: reason of a failure; None.
    """

    trial: Trial
    letters: int
    correct: int
    loss: float | None
    epochs: int
    new_epochs: int
    parameters: int
    seconds: float
    cpu_seconds: float
    machine: Machine
    energy_joules: float | None = None
    weights: str | None = None
    hits: str | None = None
    error: str | None = None

    @property
    def accuracy(self) -> float:
        """Fraction of the letters that were recognized, 0..1; 0 after a failure."""
        return self.correct / self.letters if self.letters else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the accuracy (Wilson 1927)."""
        return wilson_interval(self.correct, self.letters) if self.letters else (0.0, 1.0)

    def recognized(self) -> npt.NDArray[np.bool_] | None:
        """Return which letters were recognized: bool (letters,); None where it is not known."""
        if self.hits is None:
            return None
        bits = np.frombuffer(base64.b64decode(self.hits), np.uint8)
        return np.unpackbits(bits, count=self.letters).astype(np.bool_)

    def to_line(self) -> bytes:
        """Return the row as a line of JSON."""
        low, high = self.interval
        figures = {"accuracy": self.accuracy, "accuracy_low": low, "accuracy_high": high}
        content = {"digest": self.trial.digest, **asdict(self), "trial": self.trial.to_json(), **figures}
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Row:
        """Return the row of a line that `to_line` wrote.

        Raises:
            ValueError: it is something else, or its digest is not that of its configuration.
        """
        value = strict_json.parse(line)
        if not isinstance(value, dict):
            raise ValueError("not a row of results")
        own = {field.name for field in fields(cls)}
        if missing := own - value.keys():
            raise ValueError(f"`{min(missing)}` is missing")
        trial, machine = Trial.from_json(value["trial"]), value["machine"]
        if trial.digest != value.get("digest"):
            raise ValueError("the digest is not that of the configuration")
        row = {name: value[name] for name in own}
        _check(row)
        return cls(**{**row, "trial": trial, "machine": msgspec.convert(machine, Machine)})


_COUNTS = ("letters", "correct", "epochs", "new_epochs", "parameters")
_NUMBERS = ("loss", "seconds", "cpu_seconds", "energy_joules")
_TEXTS = ("weights", "hits", "error")


def _check(row: dict[str, Any]) -> None:
    """Raise ValueError for a value of another type."""
    for name in _COUNTS:
        if type(row[name]) is not int or not 0 <= row[name] <= MAX_COUNT:
            raise ValueError(f"`{name}` is not a count")
    for name in _NUMBERS:
        if row[name] is not None and not (type(row[name]) in (int, float) and math.isfinite(row[name])):
            raise ValueError(f"`{name}` is not a number")
    for name in _TEXTS:
        if row[name] is not None and type(row[name]) is not str:
            raise ValueError(f"`{name}` is not a text")
    if row["correct"] > row["letters"]:
        raise ValueError("`correct` is greater than `letters`")
    hits = row["hits"]
    if hits is not None and len(base64.b64decode(hits, validate=True)) != -(-row["letters"] // 8):
        raise ValueError("`hits` is of another number of letters")


def pack_hits(hits: npt.NDArray[np.bool_]) -> str | None:
    """Return a bit for each letter as base64; None for more letters than MAX_COMPARED."""
    return None if len(hits) > MAX_COMPARED else base64.b64encode(np.packbits(hits).tobytes()).decode()
