"""Read the reference sets and the base data, and refuse sets that cannot prove anything.

A gate chooses between two models. A set that chooses is spent as a final test, so the sets for the final
test are refused here, and a set that is trained on says nothing about new letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet._util.paths import shared_folder
from lenet.datasets import Dataset, Rendering, load
from lenet.datasets.contributions import digest_of
from lenet.datasets.dataset import source_name
from lenet.datasets.near_duplicates import LIMIT, nearest_within
from lenet.datasets.records import current_name
from lenet.datasets.registry import DatasetRef, is_for_evaluation
from lenet.errors import DataError
from lenet.improve.types import Options
from lenet.models import Model

FINAL_TESTS = ("omniglot_latin", "not_letters_dev")
"""Data sets for the final test of a model; nothing is chosen by them."""

MAX_OVERLAP = 0.05
"""Greatest fraction of a reference set that may nearly equal training letters of the same class."""

MAX_COMPARED = 5000  # letters of a reference set, evenly spread over it


@dataclass(frozen=True, eq=False)
class Reference:
    """A reference set.

    Attributes:
        name: the DATASET as it was asked for.
        data: its letters, drawn with the model's pen width, with the model's classes.
        overlap: fraction of the letters that nearly equal a training letter of the same class, 0..1.
        note: a caveat for the report, or "".
    """

    name: str
    data: Dataset
    overlap: float = 0.0
    note: str = ""


def check_names(options: Options, model: Model) -> None:
    """Refuse sets whose names tell that they have another role.

    Raises:
        DataError: base data are for evaluation, or are the export; or a reference is for the final test, is
            given twice, or is trained on.
    """
    base = [DatasetRef.parse(spec) for spec in options.data]
    for spec, ref in zip(options.data, base, strict=True):
        if is_for_evaluation(spec):
            raise DataError(f"{spec}: is for evaluation and is not trained on; leave it out of --data")
        if _place(ref) == options.export.resolve():
            raise DataError(f"{spec}: is the export itself; leave it out of --data")
    references = [DatasetRef.parse(spec) for spec in options.references]
    for number, (spec, ref) in enumerate(zip(options.references, references, strict=True)):
        if _is_final_test(ref):
            raise DataError(
                f"{spec}: is for the final test, and a gate chooses; evaluate the new model on it afterwards"
            )
        if any(ref.overlaps(other) for other in references[:number]):
            raise DataError(f"{spec}: is given twice; name each reference set once")
        if _place(ref) == options.export.resolve() or any(ref.overlaps(other) for other in base):
            raise DataError(f"{spec}: is trained on; give a reference set of other letters")
        if ref.part != "test" and _name(ref) in _trained_on(model):
            raise DataError(f"{spec}: the model was trained on {_name(ref)}; give a set that it has not seen")


def _place(ref: DatasetRef) -> Path:
    return ref.path.resolve()


def _is_final_test(ref: DatasetRef) -> bool:
    is_official = ref.source is not None and ref.source.part == "test"
    return is_official or _name(ref).startswith(FINAL_TESTS) or _is_copy_of_final_test(ref.path)


def _is_copy_of_final_test(path: Path) -> bool:
    """Tell whether a file is a set for the final test under another name, if that set is here."""
    shared = shared_folder()
    if shared is None or not path.is_file():
        return False
    finals = [shared / "strokes" / f"{name}.jsonl.gz" for name in FINAL_TESTS]
    return any(digest_of(path) == digest_of(final) for final in finals if final.is_file())


def _name(ref: DatasetRef) -> str:
    return current_name(ref.source.name if ref.source else source_name(ref.path))


def _trained_on(model: Model) -> set[str]:
    return set(map(current_name, model.trained_on))


def read_references(options: Options, model: Model, training: Sequence[Dataset]) -> list[Reference]:
    """Read the reference sets.

    Args:
        options: the names.
        model: its labels are the classes, its pen width draws strokes.
        training: data to train on, drawn with the same pen width.

    Raises:
        DataError: a set cannot be read, has no letter of the model's classes, or shares too many letters with
            the training data.
    """
    references = []
    for spec in options.references:
        data = load_letters(spec, model)
        overlap = overlap_of(data, training)
        if overlap > MAX_OVERLAP:
            raise DataError(
                f"{spec}: {overlap:.1%} of its letters nearly equal training letters of the same class "
                f"(at most {MAX_OVERLAP:.0%}); give a reference set of other letters"
            )
        ref = DatasetRef.parse(spec)
        note = ""
        if _name(ref) in _trained_on(model):
            note = f"the model was trained on {_name(ref)}, on this or another part of it"
        references.append(Reference(spec, data, overlap, note))
    return references


def load_letters(spec: str, model: Model) -> Dataset:
    """Read a DATASET with the model's classes and pen width. Raise DataError."""
    data = load(spec, rendering=Rendering((model.pen_width, model.pen_width))).with_classes(model.labels)
    if len(data) == 0:
        raise DataError(f"{spec}: has no letter of the model's classes; give another data set")
    return data


def overlap_of(data: Dataset, training: Sequence[Dataset]) -> float:
    """Return the fraction of letters that nearly equal a training letter of the same class.

    Bare bars (I and L) are often alike without being the same drawing, so these classes do not count, unless
    the set has no others.
    """
    bars = [number for number, name in enumerate(data.classes) if name.upper() in "IL"]
    rows = np.flatnonzero(~np.isin(data.labels, bars))
    rows = rows if len(rows) else np.arange(len(data))
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MAX_COMPARED)).astype(int))]
    near = np.zeros(len(rows), np.bool_)
    for label in np.unique(data.labels[rows]):
        own = np.flatnonzero(data.labels[rows] == label)
        for other in training:
            near[own] |= _near(data.images[rows[own]], other.images[other.labels == label])
    return float(near.mean())


def _near(images: npt.NDArray[np.uint8], others: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    return nearest_within(images, others, LIMIT)
