"""Letters of a shard, and the mark by which a shard is known to be done."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import BinaryIO, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from lenet._util import strict_json
from lenet.bulk.storage import Target
from lenet.engine.abi import Verdict
from lenet.errors import DataError


@dataclass(frozen=True)
class Letters:
    """The recognized letters of a shard.

    Attributes:
        sources: n names.
        raw: `lenet.engine.RECOGNITION` (n,).
        labels: class names, one character for each class.
        logits: float32 (n, classes), or None.
    """

    sources: list[str]
    raw: npt.NDArray[np.void]
    labels: str
    logits: npt.NDArray[np.float32] | None = None

    @property
    def best(self) -> npt.NDArray[np.int32]:
        """Return the class of each letter, int32 (n,); -1 for a rejected and an empty one."""
        return np.where(self.raw["verdict"] <= Verdict.UNSURE, self.raw["classes"][:, 0], -1)


@dataclass(frozen=True)
class Mark:
    """The description of a done shard, in its footer or in a file of its own.

    Attributes:
        shard: the shard's digest.
        letters: number of letters.
        rejects: number of rejected items.
        rejects_sha256: hexadecimal SHA-256 of the file of rejected items.
        sha256: of the file of letters; "" where its format has checksums.
    """

    shard: str
    letters: int
    rejects: int
    rejects_sha256: str
    sha256: str = ""

    def to_json(self) -> bytes:
        """Return the mark as JSON of one line."""
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, data: bytes, place: str) -> Mark:
        """Return the mark of a JSON. Raise DataError if it is not one."""
        try:
            return msgspec.convert(strict_json.parse(data), cls)
        except (ValueError, RecursionError):
            raise DataError(f"{place}: is not of this run; remove it, or choose another folder") from None


class Writer(Protocol):
    """Writes the letters of one shard, and knows a shard that is done."""

    def part(self, number: int) -> str:
        """Return the name of a shard's file of letters."""

    def mark_name(self, number: int) -> str:
        """Return the name of the file that tells that a shard is done, which is written last."""

    def encode(self, letters: Letters, mark: Mark, stream: BinaryIO) -> None:
        """Write letters."""

    def put(self, target: Target, number: int, letters: Letters, mark: Mark) -> None:
        """Write a shard's letters; with the last byte it is done."""

    def mark(self, target: Target, number: int) -> Mark:
        """Return the mark of a shard of which the `mark_name` is there. Raise DataError if it is damaged."""

    def check(self, target: Target, number: int, mark: Mark) -> int:
        """Read a file of letters again; return their number. Raise DataError if it is damaged."""
