"""Read folders of pictures with one letter each, in folders named after the letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np

from lenet._util.files import read_error
from lenet.datasets.cache import Arrays, cached
from lenet.datasets.dataset import MAX_ROWS, SIDE, Dataset
from lenet.errors import DataError
from lenet.ink import rasterize_picture, read_picture
from lenet.labels import LETTERS

SD19_ATTRIBUTION = "NIST Special Database 19, handprinted forms and characters (US government work)"

_HEX = re.compile(r"([3-7][0-9a-f])(_[3-7][0-9a-f])*", re.IGNORECASE)
_CHUNK = 1024  # pictures between two updates of the progress bar


def read(folder: Path) -> Dataset:
    """Read all PNG files below a folder, each rasterized to 28x28 by `lenet.ink`.

    A picture's label is the nearest folder above it whose name is a letter (`A/1.png`) or, as in
    NIST's SD19, a character's hexadecimal number (`4a/hsf_0/...`, `hsf_0/upper/4a/...`). Digits are
    skipped. So are SD19's folders `train_4a`, because `hsf_*` has the same pictures.

    Raises:
        LenetError: a picture is in no such folder or has no ink, or there are no pictures.
    """
    try:
        files = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".png")
    except OSError as error:
        raise read_error(folder, error) from None
    sd19 = any(part.startswith("hsf_") for path in files for part in path.parts)
    if sd19:
        files = [path for path in files if not path.parent.name.startswith("train_")]
    named = [(path, letter) for path in files if (letter := _character(path, folder)) in _CASES]
    if not named or len(named) > MAX_ROWS:
        raise DataError(
            f"{folder}: {len(named):,} pictures of letters; give a folder with LETTER/*.png, "
            f"at most {MAX_ROWS:,}"
        )
    name = f"sd19_{folder.name}" if sd19 else folder.name
    arrays = cached(name, [path for path, _ in named], lambda: _draw(named))
    return Dataset(*arrays, (name,), attributions=(SD19_ATTRIBUTION,) if sd19 else ())


_CASES = {*LETTERS, *LETTERS.lower()}


def _character(path: Path, folder: Path) -> str:
    """Return the character of a picture, by the names of the folders above it."""
    parts = path.relative_to(folder.parent).parts[:-1]
    for part in reversed(parts):
        if part in _CASES:
            return part
        if code := _HEX.fullmatch(part):
            return chr(int(code[1], 16))
    raise DataError(f"{path}: no folder above it has a letter as its name; move it into such a folder")


def _draw(named: list[tuple[Path, str]]) -> Arrays:
    """Rasterize pictures; return images and labels."""
    from tqdm import tqdm

    images = np.empty((len(named), SIDE, SIDE), np.uint8)
    labels = np.array([LETTERS.index(letter.upper()) for _, letter in named], np.uint8)
    rows = iter(images)
    with (
        ThreadPoolExecutor() as pool,
        tqdm(total=len(named), unit="picture", disable=None, leave=False) as bar,
    ):
        for chunk in _chunks([path for path, _ in named]):
            for row, image in zip(islice(rows, len(chunk)), pool.map(_image, chunk), strict=True):
                row[...] = image
            bar.update(len(chunk))
    return images, labels


def _chunks(paths: list[Path]) -> Iterator[list[Path]]:
    return (paths[start : start + _CHUNK] for start in range(0, len(paths), _CHUNK))


def _image(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    image = rasterize_picture(read_picture(path))
    if image is None:
        raise DataError(f"{path}: blank; remove it")
    return image
