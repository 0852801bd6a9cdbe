"""Find and read the data set that a DATASET on the command line names."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lenet._util.files import read_error
from lenet._util.paths import shared_folder
from lenet._util.sniff import FileType, sniff, wrong_type
from lenet._util.suggest import did_you_mean
from lenet.datasets.dataset import TEST, Dataset, source_name
from lenet.datasets.emnist import files as emnist_files
from lenet.datasets.emnist.splits import SPLITS, Part, part_of
from lenet.datasets.layout import UPRIGHT, ImageLayout
from lenet.datasets.readers import image_folder, labelled_csv, npz
from lenet.datasets.readers.strokes import DEFAULT_RENDERING, Rendering, rasterize_drawings
from lenet.datasets.records import OLD_NAMES, Role, role_of
from lenet.datasets.splits import TrainTest, train_test_split
from lenet.errors import DataError
from lenet.ink import STROKE_READERS, read_drawings

ASSETS = Path(__file__).with_name("assets")

EMBEDDED = {
    "font-letters": ASSETS / "font_letters.npz",
    "font-strokes": ASSETS / "font_strokes.jsonl.gz",
}
"""Data sets in the package: letters of openly licensed fonts, as images and as traced strokes."""

OLD_PARTS: dict[str, Part] = {"fifth": "test", "rest": "train"}
"""Old names of parts, for one more version."""

_DRAWN = STROKE_READERS.keys() - {FileType.FOLDER}

PARTS: dict[str, Part] = {"train": "train", "test": "test", **OLD_PARTS}

_PLACES = ("strokes/{}.jsonl.gz", "letters/{}.npz", "emnist/{}-images-idx3-ubyte.gz")


def load(
    spec: str,
    *,
    part: Part = "train",
    rendering: Rendering = DEFAULT_RENDERING,
    layout: ImageLayout = UPRIGHT,
) -> Dataset:
    """Read the data set that a DATASET on the command line names.

    Args:
        spec: a stroke file, an archive or a folder of UNIPEN, a folder of pictures, an NPZ file, an IDX
            file of images (known by their content), EMNIST as in `emnist.files.from_spec`, or a name
            such as "unipen_dev" in the shared folder (`shared_folder`). With ":test" at its end only
            the fifth of the images that `holdout_mask` chooses, with ":train" only the others.
        part: the part of EMNIST that is meant where `spec` does not name one.
        rendering: pen widths, number of images and jitter of drawings; other data ignore it.
        layout: how the images of files and folders lie; EMNIST by its name without a place, the data
            sets of the package and drawings ignore it.

    Raises:
        LenetError: nothing of that name exists, or its reader refuses it.
    """
    return _load(DatasetRef.parse(spec, part), rendering, layout)


def _load(ref: DatasetRef, rendering: Rendering, layout: ImageLayout) -> Dataset:
    dataset = emnist_files.load(ref.source) if ref.source else _read(ref.path, ref.name, rendering)
    if len(dataset) == 0:
        raise DataError(f"{ref.path}: holds no letters; give another file")
    if not _is_upright(ref):
        dataset = layout.normalize(dataset)
    if ref.part is None:
        return dataset
    train, test = train_test_split(dataset)
    return test if ref.part == "test" else train


def _is_upright(ref: DatasetRef) -> bool:
    """Tell if the layout of the images is known: of EMNIST by its name, of the package, and of drawings."""
    if ref.source:
        return emnist_files.is_spec(ref.name) and "@" not in ref.name
    return ref.name in EMBEDDED or sniff(ref.path) in _DRAWN


def _read(path: Path, name: str, rendering: Rendering) -> Dataset:
    """Read a file or a folder; its content determines the reader."""
    file_type = sniff(path)
    if file_type is FileType.NPZ:
        dataset = npz.read_letters(path)
    elif path.is_dir() and image_folder.holds_pictures(path):
        dataset = image_folder.read(path)
    elif file_type is FileType.CSV:
        dataset = labelled_csv.read(path)
    elif path.is_dir() and (specs := emnist_files.specs_in(path)):
        raise DataError(f"{path}: a folder with files of EMNIST; give {specs[0]}")
    elif file_type in STROKE_READERS:
        notes: list[str] = []
        drawings = read_drawings(path, notes.append)
        dataset = rasterize_drawings(drawings, rendering, name=source_name(path))
        dataset = replace(dataset, notes=(*dataset.notes, *notes))
    else:
        remedy = "give strokes (JSON Lines, UNIPEN, InkML), NPZ, IDX or CSV, or emnist:letters@FILE"
        raise wrong_type(path, file_type, "a file of letters", remedy)
    return replace(dataset, names=(name,)) if name in EMBEDDED else dataset


def load_all(
    specs: Sequence[str],
    *,
    progress: Callable[[str], object] = lambda spec: None,
    rendering: Rendering = DEFAULT_RENDERING,
    layout: ImageLayout = UPRIGHT,
) -> Dataset:
    """Read several data sets as one training set.

    Args:
        specs: a DATASET each, see `load`.
        progress: called with each DATASET before it is read.
        rendering: pen widths, number of images and jitter of drawings.
        layout: how the images of files and folders lie, see `load`.

    Returns:
        The data sets in their order. Where a file fixes a test part, as exports of contributions do, and
        `spec` does not name a part, the test part is left out; a note says so.

    Raises:
        LenetError: `load` fails, a data set is named twice (the validation set would contain
            letters of the training set), or it is a test part of EMNIST, which only evaluation
            opens.
    """
    parts = _load_parts(specs, progress, rendering, layout)
    return Dataset.concatenate([_without_test(ref, dataset) for ref, dataset in parts])


def _load_parts(
    specs: Sequence[str],
    progress: Callable[[str], object] = lambda spec: None,
    rendering: Rendering = DEFAULT_RENDERING,
    layout: ImageLayout = UPRIGHT,
) -> list[tuple[DatasetRef, Dataset]]:
    """Read several data sets, see `load_all`."""
    refs: list[DatasetRef] = []
    places = []
    for spec in specs:
        ref = DatasetRef.parse(spec)
        if ref.source and ref.source.part == "test":
            raise DataError(f"{spec}: a test part is not trained on; give the training part")
        refs.append(ref)
        places.append(ref.source.identity if ref.source else str(ref.path.resolve()))
    for spec, place in zip(specs, places, strict=True):
        if places.count(place) > 1:
            raise DataError(f"{spec}: given twice; name each data set once")
    parts = []
    for spec, ref in zip(specs, refs, strict=True):
        progress(spec)
        parts.append((ref, _load(ref, rendering, layout)))
    return parts


def _without_test(ref: DatasetRef, dataset: Dataset) -> Dataset:
    """Leave out the test part that the data fix, unless the part was named."""
    is_test = dataset.parts == TEST
    if ref.part is not None or not is_test.any():
        return dataset
    if is_test.all():
        raise DataError(f"{ref.name}: all its contributors are of the test part; give other data, too")
    note = f"{ref.name}: {is_test.sum():,} images of its test part are left out; evaluate on {ref.name}:test"
    return replace(dataset.take(~is_test), notes=(*dataset.notes, note))


def load_train_test(
    spec: str, *, rendering: Rendering = DEFAULT_RENDERING, layout: ImageLayout = UPRIGHT
) -> TrainTest:
    """Read a data set and split it; a ":train" or ":test" at the end of its name is ignored.

    For EMNIST the training part is split. `load` describes the arguments.

    Raises:
        LenetError: as for `load_all`, including a test part of EMNIST.
    """
    [(_, dataset)] = _load_parts([DatasetRef.parse(spec).name], rendering=rendering, layout=layout)
    return train_test_split(dataset)


def is_for_evaluation(spec: str) -> bool:
    """Return whether a DATASET is for evaluation only: a test part, or a set of that role."""
    ref = DatasetRef.parse(spec)
    if ref.part == "test" or (ref.source is not None and ref.source.part == "test"):
        return True
    return role_of(ref.source.name if ref.source else source_name(ref.path)) is Role.EVALUATION


def official_test(spec: str) -> str | None:
    """Return the DATASET of the official test that belongs to a training part of EMNIST, else None."""
    ref = DatasetRef.parse(spec)
    source = None if ref.part else ref.source
    if source is None or part_of(source.name) != (source.split, "train"):
        return None
    return source.test


@dataclass(frozen=True)
class DatasetRef:
    """A parsed DATASET of the command line.

    Attributes:
        name: a path, or the name of a data set; without the part.
        path: its file or folder.
        part: "train" (four fifths) or "test" (a fifth); None for the whole set.
        source: the part of EMNIST and its file; None for other data sets.
    """

    name: str
    path: Path
    part: Part | None = None
    source: emnist_files.Source | None = None

    @classmethod
    def parse(cls, spec: str, part: Part = "train") -> DatasetRef:
        """Parse "NAME", "NAME:train" or "NAME:test"; `part` is the default part of EMNIST.

        Raises:
            LenetError: nothing of that name exists.
        """
        name, _, end = spec.rpartition(":")
        asked = PARTS.get(end) if name else None
        if asked is None or (end not in OLD_PARTS and emnist_files.is_spec(spec)):
            name, asked = spec, None
        elif end in OLD_PARTS:
            warn_renamed(f":{end}", f":{asked}")
        if name in OLD_NAMES:
            warn_renamed(name, OLD_NAMES[name])
            name = OLD_NAMES[name]
        source = emnist_files.from_spec(name, part)
        path = source.path if source else find(name)
        return cls(name, path, asked, source or emnist_files.from_file(path))

    def overlaps(self, other: DatasetRef) -> bool:
        """Return whether two DATASETs share letters, as far as their names tell."""
        if self.source and other.source:
            return self.source.identity == other.source.identity
        disjoint = {self.part, other.part} == {"train", "test"}
        return self.path.resolve() == other.path.resolve() and not disjoint


def warn_renamed(old: str, new: str) -> None:
    """Warn that a name is replaced."""
    message = f"{old} is now {new}; the old name goes in the next version"
    warnings.warn(message, DeprecationWarning, stacklevel=4)


def find(spec: str) -> Path:
    """Return the file or the folder that a DATASET without part names.

    Raises:
        LenetError: there is none; the message has the known names, and one that may be meant.
    """
    try:
        if Path(spec).is_file():
            return Path(spec)
    except OSError as error:  # a name that is too long, or a folder without permission
        raise read_error(spec, error) from None
    if spec in EMBEDDED:
        return EMBEDDED[spec]
    if Path(spec).is_dir() and ("/" in spec or os.sep in spec):  # a bare word is a name
        return Path(spec)
    if "/" in spec or os.sep in spec:
        raise DataError(f"{spec}: no such file; check the name")
    shared = shared_folder() if re.fullmatch(r"[\w-]+", spec) else None
    for path in [shared / place.format(spec) for place in _PLACES] if shared else []:
        if path.is_file():
            return path
    raise DataError(f"{spec}: no such file or data set; {_remedy(spec)}")


def _remedy(spec: str) -> str:
    """Return what to write instead of a DATASET that names nothing."""
    if Path(spec).is_dir():
        return f"did you mean {spec}/?"
    if spec.lower() == "emnist":
        return "name a split: emnist:letters"
    shared = shared_folder()
    files = [path for place in _PLACES for path in shared.glob(place.format("*"))] if shared else []
    names = sorted([*EMBEDDED, *map(source_name, files)])
    known = [*names, *(f"emnist:{split}" for split in SPLITS)]
    parts = [f"{name}:{part}" for name in known for part in ("train", "test")] if ":" in spec else []
    if spec.lower() in SPLITS:
        hint = f"did you mean emnist:{spec.lower()}?"
    else:
        hint = did_you_mean(spec, [*known, *parts])
    return f"{hint} known names: {', '.join([*names, 'emnist:letters'])}".lstrip()
