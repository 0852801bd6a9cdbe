"""Read folders of pictures with one letter each, in folders named after the letters."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np

from lenet.datasets.cache import Arrays, cached
from lenet.datasets.dataset import MAX_ROWS, SIDE, Dataset
from lenet.errors import DataError
from lenet.ink import clean_picture, rasterize_picture, read_picture
from lenet.ink.folders import describe_skipped, files_below, is_picture, walk
from lenet.labels import LETTERS, class_names

SD19_ATTRIBUTION = "NIST Special Database 19, handprinted forms and characters (US government work)"

_HEX = re.compile(r"([3-7][0-9a-f])(_[3-7][0-9a-f])*", re.IGNORECASE)
_CHARACTERS = {*LETTERS, *LETTERS.lower(), *string.digits}
_CHUNK = 1024  # pictures between two updates of the progress bar


def holds_pictures(folder: Path) -> bool:
    """Tell if there is a picture below a folder."""
    return any(is_picture(path) for path in walk(folder))


def read(folder: Path) -> Dataset:
    """Read all pictures below a folder, each rasterized to 28x28 by `lenet.ink`.

    A picture's label is the nearest folder above it that is named after a letter (`A/1.png`), a
    character's code (`65/1.png`, or hexadecimal as in NIST's SD19: `4a/hsf_0/...`, `hsf_0/upper/4a/...`)
    or a digit. Upper and lower case are one class. Of SD19, digits are skipped, and so are the folders
    `train_4a`, because `hsf_*` has the same pictures.

    Raises:
        LenetError: a picture is in no such folder or has no ink, or there are no pictures.
    """
    everything = files_below(folder)
    files = [path for path in everything if is_picture(path)]
    notes = []
    if others := sorted({*everything} - {*files}):
        notes.append(describe_skipped(others))
    sd19 = any(part.startswith("hsf_") for path in files for part in path.parts)
    if sd19:
        files = [path for path in files if not path.parent.name.startswith("train_")]
    parts = {path: path.relative_to(folder.parent).parts[:-1] for path in files}
    codes, note = _codes({part for names in parts.values() for part in names}, folder, sd19=sd19)
    notes += note
    named = [(path, _character(path, names, codes)) for path, names in parts.items()]
    if sd19:
        named = [(path, character) for path, character in named if character in LETTERS]
    if not named or len(named) > MAX_ROWS:
        raise DataError(
            f"{folder}: {len(named):,} pictures of letters; give a folder with LETTER/*.png, "
            f"at most {MAX_ROWS:,}"
        )
    name = f"sd19_{folder.name}" if sd19 else folder.name
    classes = class_names(character for _, character in named)
    arrays = cached(name, [path for path, _ in named], lambda: _draw(named, classes))
    attributions = (SD19_ATTRIBUTION,) if sd19 else ()
    return Dataset(*arrays, (name,), attributions=attributions, classes=classes, notes=tuple(notes))


# ---- Labels --------------------------------------------------------------------------------


def _codes(names: set[str], folder: Path, *, sd19: bool) -> tuple[dict[str, str], list[str]]:
    """Return the character of each folder name that is a code, and a note where codes have two meanings.

    Either all codes are hexadecimal or all are decimal. Where both fit, the base that gives more letters is
    taken; of two that give as many, the decimal one, because only SD19 has hexadecimal names.
    """
    by_base = {16: _valid(names, _from_hex), 10: _valid(names, _from_decimal)}
    every = by_base[16].keys() | by_base[10].keys()
    fitting = [base for base in (10, 16) if by_base[base].keys() == every]
    if sd19:
        return by_base[16], []
    if not fitting:
        wrong = [min(every - by_base[base].keys()) for base in (16, 10)]
        raise DataError(
            f"{folder}: folders {wrong[0]} and {wrong[1]} are codes of characters in two number systems; "
            "name them after the letters"
        )
    base = max(fitting, key=lambda base: sum(c.isalpha() for c in by_base[base].values()))
    if len(fitting) < 2 or not every:
        return by_base[base], []
    meanings = {base: ", ".join(by_base[base][name] for name in sorted(every)[:5]) for base in (10, 16)}
    words = {10: "decimal", 16: "hexadecimal"}
    other = 26 - base
    return by_base[base], [
        f"folders {', '.join(sorted(every)[:5])} are read as {words[base]} codes ({meanings[base]}), not "
        f"{words[other]} ones ({meanings[other]}); if that is wrong, name them after the letters"
    ]


def _valid(names: Iterable[str], parse: Callable[[str], str | None]) -> dict[str, str]:
    characters = {name: parse(name) for name in names}
    return {
        name: character
        for name, character in characters.items()
        if character is not None and character in _CHARACTERS
    }


def _from_hex(name: str) -> str | None:
    match = _HEX.fullmatch(name)
    return chr(int(match[1], 16)) if match else None


def _from_decimal(name: str) -> str | None:
    return chr(int(name)) if re.fullmatch(r"[0-9]{2,3}", name) else None


def _character(path: Path, names: tuple[str, ...], codes: Mapping[str, str]) -> str:
    """Return the character of a picture, in upper case, by the names of the folders above it.

    A letter counts before a code and a code before a digit: `A/1/x.png` is an A.
    """
    inner = names[:0:-1]  # the folder itself counts last
    for some in (inner, names[:1]):
        for character in (
            *(name for name in some if name in _CHARACTERS and name.isalpha()),
            *(codes[name] for name in some if name in codes),
            *(name for name in some if name in _CHARACTERS),
        ):
            return character.upper()
    raise DataError(f"{path}: no folder above it has a letter as its name; move it into such a folder")


# ---- Images --------------------------------------------------------------------------------


def _draw(named: list[tuple[Path, str]], classes: tuple[str, ...]) -> Arrays:
    """Rasterize pictures; return images and labels."""
    from tqdm import tqdm

    images = np.empty((len(named), SIDE, SIDE), np.uint8)
    labels = np.array([classes.index(character) for _, character in named], np.uint8)
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
    image = rasterize_picture(clean_picture(read_picture(path)))
    if image is None:
        raise DataError(f"{path}: blank; remove it")
    return image
