"""The state of a training in a file, so that one that was killed goes on bit by bit.

An NPZ file: `identity` (what was trained, on what, how), `history` (JSON) and the arrays of
`Training.state`. It is replaced after each epoch and never half-written.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from lenet._util.files import atomic_write
from lenet.datasets.readers.npz import read_arrays
from lenet.errors import LenetError, ModelFileError
from lenet.training.history import Epoch
from lenet.training.trainer import Training

_TEXT = 2**20  # bytes: room for the history of a very long training


def save(path: Path, training: Training) -> None:
    """Writes the state. Raises LenetError where the file cannot be written."""
    history = json.dumps([asdict(row) for row in training.history])
    arrays: dict[str, Any] = {"identity": np.array(training.identity), **training.state()}
    with atomic_write(path) as stream:
        np.savez(stream, history=np.array(history), **arrays)


def load(path: Path, training: Training) -> None:
    """Puts a training that has just been made where the file left it.

    Raises LenetError for a damaged file and for one of another training: other data, network,
    recipe, seed, number of epochs, or processor family (which orders its sums otherwise).
    """
    limits = {name: array.nbytes for name, array in training.state().items()}
    arrays = read_arrays(path, {"identity": _TEXT, "history": _TEXT, **limits})
    if missing := [name for name in ("identity", "history", *limits) if name not in arrays]:
        raise ModelFileError(f"{path}: no `{missing[0]}`; start without --resume")
    if str(arrays["identity"]) != training.identity:
        raise ModelFileError(
            f"{path}: made by another training; give the same data and options, or start without --resume"
        )
    try:
        history = [Epoch(**row) for row in json.loads(str(arrays["history"]))]
        training.restore({name: arrays[name] for name in limits}, history)
    except (LenetError, TypeError, ValueError) as error:
        raise ModelFileError(f"{path}: damaged ({error}); start without --resume") from None
