"""Checkpoints: the state of a training in a file, from which a later run resumes bit for bit.

An NPZ file: `fingerprint` (what was trained, on what, how), `history` (JSON), `parameters` and
`moments`. It is replaced after each epoch and never half-written.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from lenet import engine
from lenet._util.files import atomic_write
from lenet.datasets.readers.npz import read_arrays
from lenet.errors import DataError, LenetError, ModelFileError
from lenet.training.history import epoch_from_json
from lenet.training.trainer import Trainer

MAX_TEXT = 2**20  # bytes: room for the history of a very long training
OLD_KEY = "identity"  # of the fingerprint in version 0.1


def save(path: Path, trainer: Trainer) -> None:
    """Write the state of a training.

    Raises:
        LenetError: the file cannot be written.
    """
    history = json.dumps([asdict(row) for row in trainer.history])
    texts = {"fingerprint": np.array(trainer.fingerprint), "history": np.array(history)}
    with atomic_write(path) as stream:
        np.savez(stream, allow_pickle=False, **texts, **trainer.state._asdict())


def load(path: Path, trainer: Trainer) -> None:
    """Put a new trainer where the file left off.

    Raises:
        ModelFileError: a damaged file, or one of another training: other data, network, recipe, seed,
            number of epochs, or processor family (which orders its sums differently).
    """
    sizes = {name: array.nbytes for name, array in trainer.state._asdict().items()}
    texts = {"fingerprint": MAX_TEXT, OLD_KEY: MAX_TEXT, "history": MAX_TEXT}
    try:
        arrays = read_arrays(path, {**texts, **sizes})
    except DataError as error:
        raise ModelFileError(str(error)) from None
    key = OLD_KEY if OLD_KEY in arrays else "fingerprint"
    if missing := [name for name in (key, "history", *sizes) if name not in arrays]:
        raise ModelFileError(f"{path}: no `{missing[0]}`; start without --resume")
    expected = trainer.old_fingerprint if key == OLD_KEY else trainer.fingerprint
    if str(arrays[key]) != expected:
        raise ModelFileError(
            f"{path}: made by another training; give the same data and options, or start without --resume"
        )
    try:
        history = [epoch_from_json(row) for row in json.loads(str(arrays["history"]))]
        trainer.restore(engine.State(*(arrays[name] for name in sizes)), history)
    except (LenetError, TypeError, ValueError, AttributeError) as error:
        raise ModelFileError(f"{path}: damaged ({error}); start without --resume") from None
