"""What the command line calls a SPEC -> Dataset: a path, or a name in the shared folder."""

from __future__ import annotations

import difflib
import os
import re
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from lenet._util.files import READ_ERRORS, open_bytes, read_error
from lenet._util.paths import shared_folder
from lenet.datasets.dataset import Dataset, source_name
from lenet.datasets.emnist import files as emnist_files
from lenet.datasets.emnist.splits import Part, part_of
from lenet.datasets.readers import idx, npz, unipen
from lenet.datasets.readers import image_folder as pictures
from lenet.datasets.readers.strokes import rasterise_drawings
from lenet.datasets.splits import TrainTest, is_in_fifth, train_test_split
from lenet.errors import LenetError
from lenet.ink import read_drawings

ASSETS = Path(__file__).with_name("assets")

EMBEDDED = {
    "glyphs": ASSETS / "glyphs.npz",
    "forms": ASSETS / "forms.jsonl.gz",
}
"""The letters that the package carries: those of openly licensed fonts, as pictures, and traced."""

_PLACES = ("strokes/{}.jsonl.gz", "letters/{}.npz", "emnist/{}-images-idx3-ubyte.gz")

Kind = Literal["strokes", "unipen", "pictures", "npz", "idx images", "idx labels", "unknown"]


def load(
    spec: str,
    *,
    part: Part = "train",
    **drawn: Any,
) -> Dataset:
    """Reads the data set that a SPEC names.

    spec  a stroke file, an archive or a folder of UNIPEN, a folder of pictures, an NPZ file, an
          IDX file of images (known by their content), EMNIST as `emnist_files.from_spec` has it,
          or a name such as "unipen_dev" in the shared folder (`shared_folder`); with ":fifth" at
          its end only the fifth of the images that is held out, with ":rest" only the others
    part  the part of EMNIST that is meant where the SPEC does not say
    drawn how strokes are drawn: further arguments of `rasterise_drawings`

    Raises LenetError for a SPEC that names nothing, for a file of another kind and for whatever
    its reader refuses.
    """
    name, share = _parted(spec)
    if share:
        whole = load(name, part=part, **drawn)
        return whole.take(is_in_fifth(whole) == (share == "fifth"))
    source = _emnist(spec, part)
    path = source.path if source else find(spec)
    kind = "emnist" if source else file_kind(path)
    if source:
        dataset = emnist_files.load(source)
    elif kind == "npz":
        dataset = npz.read_letters(path)
    elif kind == "pictures":
        dataset = pictures.read(path)
    elif kind in ("strokes", "unipen"):
        drawings = read_drawings(path) if kind == "strokes" else unipen.read(path)
        dataset = rasterise_drawings(drawings, name=source_name(path), **drawn)
        if kind == "unipen":
            dataset = replace(dataset, credits=(unipen.CREDIT,))
    elif kind == "idx labels":
        raise LenetError(f"{path}: these are labels; give the ...-images-idx3-ubyte file")
    else:
        raise LenetError(
            f"{path}: no file of letters; give strokes (JSON Lines, UNIPEN), NPZ or IDX; "
            "other forms of EMNIST as emnist:letters@FILE"
        )
    if len(dataset) == 0:
        raise LenetError(f"{path}: holds no letters; give another file")
    return dataset


def load_all(
    specs: Sequence[str],
    *,
    progress: Callable[[str], object] = lambda spec: None,
    **drawn: Any,
) -> Dataset:
    """Reads several SPECs as one data set to train on; `progress` hears of each before it is read.

    Raises LenetError as `load`, for one given twice, whose letters would be trained and validated
    on at once, and for a test part of EMNIST, which evaluation alone opens.
    """
    places = []
    for spec in specs:
        name = _parted(spec)[0]
        source = _emnist(name, "train")
        if source and source.part == "test":
            raise LenetError(f"{spec}: a test part is not trained on; give the training part")
        places.append(source.identity if source else str(find(name).resolve()))
    for spec, place in zip(specs, places, strict=True):
        if places.count(place) > 1:
            raise LenetError(f"{spec}: given twice; name each data set once")
    parts = []
    for spec in specs:
        progress(spec)
        parts.append(load(spec, **drawn))
    return Dataset.concatenate(parts)


def load_train_test(spec: str, **drawn: Any) -> TrainTest:
    """Reads the data set that a SPEC names and splits it; a ":fifth" or ":rest" at its end changes
    nothing. EMNIST's training part is split.

    Raises LenetError as `load_all`, so for a test part of EMNIST, too.
    """
    return train_test_split(load_all([_parted(spec)[0]], **drawn))


def is_for_evaluation(spec: str) -> bool:
    """Whether a SPEC names what is only measured on: a test part, a held-out fifth, a ..._dev or
    omniglot_latin."""
    name, share = _parted(spec)
    source = _emnist(name, "train")
    stem = source.name if source else source_name(find(name))
    held = stem.endswith("_dev") or stem == "omniglot_latin"
    return held or share == "fifth" or (source is not None and source.part == "test")


def official_test(spec: str) -> str | None:
    """The SPEC of the test that goes with what was trained on, where that is a training part of
    EMNIST, not a share of one; None elsewhere."""
    name, share = _parted(spec)
    source = None if share else _emnist(name, "train")
    if source is None or part_of(source.name) != (source.split, "train"):
        return None
    return source.test


def _emnist(spec: str, part: Part) -> emnist_files.Source | None:
    """The part of EMNIST that a SPEC names by its name or by that of its file, if it does."""
    return emnist_files.from_spec(spec, part) or emnist_files.from_file(find(spec))


def _parted(spec: str) -> tuple[str, str]:
    """A SPEC without the part that it asks for, and that part: "fifth", "rest" or nothing."""
    name, _, part = spec.rpartition(":")
    return (name, part) if part in ("fifth", "rest") else (spec, "")


def file_kind(path: str | Path) -> Kind:
    """What a file is by its first bytes, gzipped or not, or a folder by what is in it.

    Raises LenetError if it is unreadable.
    """
    if Path(path).is_dir():
        found = any(file.suffix.lower() == ".png" for file in Path(path).rglob("*"))
        return "pictures" if found else "unipen"
    try:
        with open_bytes(path) as stream:
            head = stream.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    except READ_ERRORS as error:
        raise read_error(path, error) from None
    if head[257:262] == b"ustar":
        return "unipen"
    if head.startswith(b"PK\x03\x04"):
        with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
            if all(name.endswith(("/", ".dat", ".unp")) for name in archive.namelist()):
                return "unipen"
        return "npz"
    kinds: dict[bytes, Kind] = {
        b".": "unipen",
        idx.IMAGES_MAGIC: "idx images",
        idx.LABELS_MAGIC: "idx labels",
        b"{": "strokes",
    }
    return next((kind for magic, kind in kinds.items() if head.startswith(magic)), "unknown")


def find(spec: str) -> Path:
    """The file or the folder that a SPEC names.

    Raises LenetError that says what was tried and what exists.
    """
    try:
        if Path(spec).is_file():
            return Path(spec)
    except OSError as error:  # too long a name, a folder that may not be entered
        raise read_error(spec, error) from None
    if spec in EMBEDDED:
        return EMBEDDED[spec]
    if Path(spec).is_dir() and ("/" in spec or os.sep in spec):  # a bare word is a name
        return Path(spec)
    if not re.fullmatch(r"[\w-]+", spec):
        raise LenetError(f"{spec}: no such file; give a path, or a name in the shared folder")
    shared = shared_folder()
    if shared is None:
        raise LenetError(f"{spec}: no such file, and no shared folder to look names up in; set LENET_SHARED")
    tried = [shared / place.format(spec) for place in _PLACES]
    for path in tried:
        if path.is_file():
            return path
    names = sorted(
        [*EMBEDDED] + [source_name(path) for place in _PLACES for path in shared.glob(place.format("*"))]
    )
    close = difflib.get_close_matches(spec, names, n=1)
    meant = f"{spec}/" if Path(spec).is_dir() else close[0] if close else ""
    raise LenetError(
        f"{spec}: no such file, nor {', '.join(map(str, tried))}; "
        + (f"did you mean {meant}? " if meant else "")
        + f"names there: {', '.join(names) or 'none'}"
    )
