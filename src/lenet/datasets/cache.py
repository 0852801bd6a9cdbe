"""Cache of data sets, so that files need not be unpacked, parsed or rendered again.

A cache file is one array, uint8 (n * 785,) as NumPy's .npy: first the labels, then the images. It is
mapped into memory, not read. Its name holds a digest of the source files, so a changed source is
read again. It gets its name when it is complete.
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

VERSION = "2"
"""Increased when the same source gives other images or labels."""

Arrays = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]
"""Images uint8 (n, 28, 28), upright, and labels uint8 (n,), from 0."""


def cached(name: str, sources: Iterable[Path], build: Callable[[], Arrays]) -> Arrays:
    """Return the arrays of `build`, from the cache if the sources are unchanged.

    If the cache cannot be written, the arrays are returned without it.

    Args:
        name: start of the cache file's name, such as "emnist-letters-train".
        sources: the files that the arrays are built from; path, size and time of change count.
        build: reads or renders the arrays.
    """
    facts = [VERSION]
    for source in sources:
        status = source.stat()
        facts += [str(source.absolute()), str(status.st_size), str(status.st_mtime_ns)]
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
    """Map the arrays of a file into memory; return None if it is missing or damaged."""
    try:
        flat = np.load(path, mmap_mode="r")
    except (OSError, ValueError, EOFError):
        return None
    count, rest = divmod(flat.size, 1 + SIDE * SIDE)
    if flat.dtype != np.uint8 or flat.ndim != 1 or rest:
        return None
    return np.asarray(flat[count:]).reshape(count, SIDE, SIDE), np.asarray(flat[:count])
