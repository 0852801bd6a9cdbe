"""What the command line calls a SPEC -> Dataset: a path, or a name in the shared folder."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from lenet.datasets import idx, npz
from lenet.datasets.dataset import Dataset, source_name
from lenet.datasets.strokes import rasterise_drawings
from lenet.errors import LenetError
from lenet.files import READ_ERRORS, open_bytes, read_error
from lenet.ink import DEFAULT_PEN, read_drawings

_PLACES = ("strokes/{}.jsonl.gz", "letters/{}.npz", "emnist/{}-images-idx3-ubyte.gz")

Kind = Literal["strokes", "npz", "idx images", "idx labels", "unknown"]


def load(
    spec: str,
    *,
    pens: tuple[float, float] = (DEFAULT_PEN, DEFAULT_PEN),
    copies: int = 1,
    per_drawer: int | None = None,
    seed: int = 0,
) -> Dataset:
    """Reads the data set that a SPEC names.

    spec  a stroke file, an NPZ file, an IDX file of images (known by their content), or a name
          such as "unipen_dev" in the shared folder (`shared_folder`)

    The other arguments are for stroke files, as in `rasterise_drawings`. Raises LenetError for a
    SPEC that names nothing, for a file of another kind and for whatever its reader refuses.
    """
    path = find(spec)
    named = path.name.removesuffix(".gz").endswith("-images-idx3-ubyte")
    kind = "idx images" if named else file_kind(path)  # the IDX reader words a wrong magic number
    if kind == "npz":
        dataset = npz.read_letters(path)
    elif kind == "idx images":
        dataset = idx.read(path)
    elif kind == "strokes":
        drawings = read_drawings(path)
        dataset = rasterise_drawings(drawings, pens, copies, per_drawer, seed, source_name(path))
    elif kind == "idx labels":
        raise LenetError(f"{path}: these are labels; give the ...-images-idx3-ubyte file")
    else:
        raise LenetError(f"{path}: no file of letters; give strokes (JSON Lines), NPZ or IDX")
    if len(dataset) == 0:
        raise LenetError(f"{path}: holds no letters; give another file")
    return dataset


def load_all(
    specs: Sequence[str],
    *,
    pens: tuple[float, float] = (DEFAULT_PEN, DEFAULT_PEN),
    copies: int = 1,
    per_drawer: int | None = None,
    seed: int = 0,
) -> Dataset:
    """Reads several SPECs as one data set. Raises LenetError as `load`, and for one given twice:
    its letters would be trained and validated on at once."""
    paths = [find(spec).resolve() for spec in specs]
    for spec, path in zip(specs, paths, strict=True):
        if paths.count(path) > 1:
            raise LenetError(f"{spec}: given twice; name each data set once")
    return Dataset.concatenate(
        [load(spec, pens=pens, copies=copies, per_drawer=per_drawer, seed=seed) for spec in specs]
    )


def file_kind(path: str | Path) -> Kind:
    """What a file is by its first bytes, gzipped or not. Raises LenetError if it is unreadable."""
    try:
        with open_bytes(path) as stream:
            head = stream.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    except READ_ERRORS as error:
        raise read_error(path, error) from None
    kinds: dict[bytes, Kind] = {
        b"PK\x03\x04": "npz",
        idx.IMAGES_MAGIC: "idx images",
        idx.LABELS_MAGIC: "idx labels",
        b"{": "strokes",
    }
    return next((kind for magic, kind in kinds.items() if head.startswith(magic)), "unknown")


def shared_folder() -> Path | None:
    """The folder of data sets that go by name: what LENET_SHARED names, else ../shared, seen from
    the current folder or from the checkout that this package is run from."""
    if named := os.environ.get("LENET_SHARED"):
        return Path(named)
    places = [Path("..")]
    root = Path(__file__).resolve().parents[3]
    if (root / "pyproject.toml").is_file():
        places.append(root.parent)
    return next((place / "shared" for place in places if (place / "shared").is_dir()), None)


def find(spec: str) -> Path:
    """The file that a SPEC names. Raises LenetError that says what was tried and what exists."""
    try:
        if Path(spec).is_file():
            return Path(spec)
    except OSError as error:  # too long a name, a folder that may not be entered
        raise read_error(spec, error) from None
    if not re.fullmatch(r"[\w-]+", spec):
        raise LenetError(f"{spec}: no such file; give a path, or a name in the shared folder")
    shared = shared_folder()
    if shared is None:
        raise LenetError(
            f"{spec}: no such file, and no shared folder to look names up in; set LENET_SHARED"
        )
    tried = [shared / place.format(spec) for place in _PLACES]
    for path in tried:
        if path.is_file():
            return path
    names = sorted(
        source_name(path) for place in _PLACES for path in shared.glob(place.format("*"))
    )
    close = difflib.get_close_matches(spec, names, n=1)
    raise LenetError(
        f"{spec}: no such file, nor {', '.join(map(str, tried))}; "
        + (f"did you mean {close[0]}? " if close else "")
        + f"names there: {', '.join(names) or 'none'}"
    )
