"""Folders of pictures, a letter each, in folders that are named after the letters."""

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
_CHUNK = 1024  # pictures between two looks at the progress bar


def read(folder: Path) -> Dataset:
    """Reads all PNG files below a folder, each brought to 28x28 by `lenet.ink`.

    A picture's label is the nearest folder above it that is called as a letter (`A/1.png`) or, as
    in NIST's SD19, by the hexadecimal number of a character (`4a/hsf_0/...`, `hsf_0/upper/4a/...`).
    Digits are left alone, and so are SD19's folders `train_4a`, whose pictures stand in `hsf_*`,
    too. Raises LenetError for a picture in no such folder or without ink, and where there is none.
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
    """The character that a picture shows, by the folders above it."""
    parts = path.relative_to(folder.parent).parts[:-1]
    for part in reversed(parts):
        if part in _CASES:
            return part
        if found := _HEX.fullmatch(part):
            return chr(int(found[1], 16))
    raise DataError(f"{path}: no folder above it is called as a letter; name one so")


def _draw(named: list[tuple[Path, str]]) -> Arrays:
    """Images and labels of pictures with their letters."""
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
        raise DataError(f"{path}: blank; take it away")
    return image
