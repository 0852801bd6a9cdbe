"""Data sets that the processes of a sweep share: written once as arrays, and mapped into memory."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lenet._util.bounded import from_json, read_bytes
from lenet._util.files import atomic_write, ensure_dir
from lenet.datasets import Dataset
from lenet.errors import DataError

ARRAYS = ("images", "labels", "groups", "sources", "parts")
FACTS = "facts.json"


@dataclass(frozen=True)
class SharedData:
    """A data set on the disk: `folder` holds an .npy file for each array, and the names."""

    folder: Path

    def load(self) -> Dataset:
        """Map the data set into memory; the last few are kept.

        Raises:
            DataError: a file is missing or damaged.
        """
        return _load(self.folder)


def write_shared(folder: Path, data: Dataset, digest: str) -> SharedData:
    """Write a data set below a folder, unless it is there, and return it.

    Raises:
        LenetError: it cannot be written.
    """
    place = ensure_dir(folder / digest[:16])
    if not (place / FACTS).exists():
        for name in ARRAYS:
            with atomic_write(place / f"{name}.npy") as stream:
                np.save(stream, getattr(data, name))
        facts = {"names": data.names, "attributions": data.attributions, "classes": data.classes}
        with atomic_write(place / FACTS) as stream:
            stream.write(json.dumps(facts).encode())
    return SharedData(place)


@functools.lru_cache(maxsize=4)
def _load(folder: Path) -> Dataset:
    facts = from_json(read_bytes(folder / FACTS), str(folder / FACTS))
    try:
        arrays: dict[str, Any] = {n: np.load(folder / f"{n}.npy", mmap_mode="r") for n in ARRAYS}
        texts: dict[str, Any] = {n: tuple(facts[n]) for n in ("names", "attributions", "classes")}
        return Dataset(**arrays, **texts)
    except (OSError, EOFError, KeyError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{folder}: damaged ({reason:.80}); remove the folder and start again") from None
