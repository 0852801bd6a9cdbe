"""Values that the steps of `lenet improve` pass on: options, inputs with their digests, and progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

DEFAULT_MARGIN = 0.01
"""Non-inferiority margin, a difference of accuracies."""

Step = Callable[[int], object]
Stages = Callable[[str, int | None], AbstractContextManager[Step]]
"""Opens a stage by its name and number of steps, and gives a function that is told of further steps."""


@contextmanager
def silent(name: str, total: int | None = None) -> Iterator[Step]:
    """Show no progress."""
    yield lambda more: None


@dataclass(frozen=True)
class Options:
    """Settings of an improvement.

    Attributes:
        export: file of `lenet collect export`, with its manifest beside it.
        model: the model to improve: a file, or the name of a pretrained model.
        references: a DATASET each, on which the new model must not be worse.
        data: a DATASET each, the base data that are trained on together with the new letters.
        seed: random seed; the same seed and data give the same bytes.
        epochs: number of epochs; None: as many as the model was trained for.
        threads: number of threads; the result does not depend on it.
        margin: non-inferiority margin, 0..1, see `lenet.improve.gate`.
        from_scratch: start from random weights instead of the model's.
        withdrawn: list of withdrawn contributions; None: the export's manifest.
        sign: private key for `ssh-keygen -Y sign`; None: the report is not signed.
    """

    export: Path
    model: str
    references: tuple[str, ...]
    data: tuple[str, ...] = ("font-letters",)
    seed: int = 0
    epochs: int | None = None
    threads: int = 1
    margin: float = DEFAULT_MARGIN
    from_scratch: bool = False
    withdrawn: Path | None = None
    sign: Path | None = None


class Role(StrEnum):
    """The use of an input."""

    EXPORT = "export"
    MANIFEST = "manifest"
    WITHDRAWN = "withdrawn"
    MODEL = "model"
    BASE = "base data"
    REFERENCE = "reference"


@dataclass(frozen=True)
class Input:
    """An input, as the report records it.

    Attributes:
        role: its use.
        name: a path, a DATASET, or the name of a pretrained model, as it was asked for.
        sha256: hexadecimal SHA-256 of the file's bytes; of a folder see `lenet.improve.digests`.
    """

    role: Role
    name: str
    sha256: str
