"""Data sets kept unpacked, so that they need not be unpacked, parsed or drawn again.

A file is one array, uint8 (n * 785,) as NumPy's .npy: first the labels, then the images. It is
mapped into memory, not read. Its name holds a digest of where it came from; so a source that
changed is read anew, and what was half written has no name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet._util.files import atomic_write
from lenet._util.paths import data_folder
from lenet.datasets.dataset import SIDE
from lenet.errors import LenetError

VERSION = "1"
"""Goes up when the same source gives other images or labels."""

Arrays = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]
"""Images uint8 (n, 28, 28), upright, and labels uint8 (n,), from 0."""


def cached(name: str, sources: Iterable[Path], build: Callable[[], Arrays]) -> Arrays:
    """What `build` returns, from the cache when it was built before from the same sources.

    name     begins the file's name, such as "emnist-letters-train"
    sources  the files that it is built from; each counts with its place, size and time of change

    A cache that cannot be written is done without.
    """
    facts = [VERSION]
    for source in sources:
        found = source.stat()
        facts += [str(source.absolute()), str(found.st_size), str(found.st_mtime_ns)]
    digest = hashlib.sha256("\0".join(facts).encode()).hexdigest()[:16]
    folder = data_folder() / "cache"
    path = folder / f"{name}.{digest}.npy"
    if (arrays := _read(path)) is not None:
        return arrays
    images, labels = build()
    with suppress(LenetError, OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as stream:
            np.save(stream, np.concatenate([labels, images.ravel()]))
        for other in folder.glob(f"{name}.*.npy"):
            if other != path:
                other.unlink()
    return images, labels


def _read(path: Path) -> Arrays | None:
    """The arrays of a file, mapped into memory; None if there is none that fits."""
    try:
        flat = np.load(path, mmap_mode="r")
    except (OSError, ValueError, EOFError):
        return None
    count, rest = divmod(flat.size, 1 + SIDE * SIDE)
    if flat.dtype != np.uint8 or flat.ndim != 1 or rest:
        return None
    return np.asarray(flat[count:]).reshape(count, SIDE, SIDE), np.asarray(flat[:count])
