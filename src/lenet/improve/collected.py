"""Read an export of contributions: letters to train on, and letters of contributors who are held out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet.datasets import Dataset, Rendering, rasterize_drawings
from lenet.datasets.contributions import WithdrawnContributions, check_withdrawn, manifest_path
from lenet.datasets.dataset import FIXED_PARTS, TEST, source_name
from lenet.datasets.readers.strokes import fixed_parts
from lenet.errors import DataError
from lenet.improve.types import Options
from lenet.ink import Drawing, read_drawings
from lenet.models import Model

CHUNK = 4096  # drawings in memory
PEN_WIDTHS = (0.09, 0.22)
"""Range of the pen widths of training images, that of `lenet train`."""


@dataclass(frozen=True, eq=False)
class NewHands:
    """Letters of the contributors who are held out.

    Attributes:
        data: the letters, drawn with the model's pen width.
        contributors: int64 (n,), the number of each letter's contributor.
    """

    data: Dataset
    contributors: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Collected:
    """The letters of an export.

    Attributes:
        train: letters of the training and validation contributors, whose parts are fixed; each has a pen
            width of its own.
        plain: the same letters, drawn with the model's pen width.
        train_contributors: number of these contributors.
        new_hands: letters of the contributors who are held out.
        withdrawn: the contributions that are left out.
        other_classes: number of letters that the model has no class for; they are left out.
    """

    train: Dataset
    plain: Dataset
    train_contributors: int
    new_hands: NewHands
    withdrawn: WithdrawnContributions
    other_classes: int


def withdrawn_of(options: Options) -> WithdrawnContributions:
    """Return the withdrawn contributions, by the list or else by the export's manifest.

    Raises:
        DataError: the export or its manifest is missing, or the manifest does not describe the export; or an
            export, this one or one of the base data, is older than the list.
    """
    manifest = manifest_path(options.export)
    if not options.export.exists():
        raise DataError(f"{options.export}: no such file; check the name")
    if not manifest.is_file():
        raise DataError(
            f"{options.export}: has no {manifest.name} beside it; give a file of `lenet collect export`"
        )
    return check_withdrawn([str(options.export), *options.data], options.withdrawn or manifest)


def read_collected(path: Path, model: Model, withdrawn: WithdrawnContributions, seed: int) -> Collected:
    """Read the letters of an export, in chunks: only the images stay in memory.

    Args:
        path: the export.
        model: its labels are the classes, its pen width draws the letters that are held out.
        withdrawn: contributions to leave out.
        seed: random seed of the pen widths of the training images.

    Raises:
        DataError: a line is damaged, or there are no contributors on one of the two sides.
    """
    pen, drawings, held_drawings, other_classes = model.pen_width, [], [], 0
    train, plain, held = [], [], []
    for chunk in _chunks(path):
        known = [drawing for drawing in chunk if drawing.id not in withdrawn.ids]
        kept = [drawing for drawing in known if _has_class(drawing, model.labels)]
        other_classes += len(known) - len(kept)
        is_test = [FIXED_PARTS.get(drawing.part or "") == TEST for drawing in kept]
        ours = [drawing for drawing, test in zip(kept, is_test, strict=True) if not test]
        theirs = [drawing for drawing, test in zip(kept, is_test, strict=True) if test]
        train.append(_rasterized(ours, Rendering(PEN_WIDTHS, seed=seed), path, model.labels))
        plain.append(_rasterized(ours, Rendering((pen, pen)), path, model.labels))
        held.append(_rasterized(theirs, Rendering((pen, pen)), path, model.labels))
        drawings += [replace(drawing, strokes=()) for drawing in ours]
        held_drawings += [replace(drawing, strokes=()) for drawing in theirs]
    _check_sides(path, drawings, held_drawings)
    parts = fixed_parts(drawings)
    _, contributors = np.unique([drawing.writer or "" for drawing in held_drawings], return_inverse=True)
    return Collected(
        train=replace(Dataset.concatenate(train), parts=parts),
        plain=replace(Dataset.concatenate(plain), parts=parts),
        train_contributors=len({drawing.writer for drawing in drawings}),
        new_hands=NewHands(Dataset.concatenate(held), contributors.astype(np.int64)),
        withdrawn=withdrawn,
        other_classes=other_classes,
    )


def _chunks(path: Path) -> Iterator[list[Drawing]]:
    source = iter(read_drawings(path))
    while chunk := list(islice(source, CHUNK)):
        yield chunk


def _has_class(drawing: Drawing, labels: str) -> bool:
    label = drawing.label or ""
    return len(label) == 1 and (label in labels or label.upper() in labels)


def _rasterized(drawings: Sequence[Drawing], rendering: Rendering, path: Path, labels: str) -> Dataset:
    name = source_name(path)
    if not drawings:
        return Dataset(np.empty((0, 28, 28), np.uint8), np.empty(0, np.uint8), (name,), classes=tuple(labels))
    data = rasterize_drawings(drawings, rendering, name=name).with_classes(labels)
    return replace(data, parts=np.zeros(len(data), np.uint8))


def _check_sides(path: Path, train: Sequence[Drawing], held: Sequence[Drawing]) -> None:
    """Raise DataError unless there are contributors to learn from and contributors to judge by."""
    if not train and not held:
        raise DataError(f"{path}: holds no letters of the model's classes; collect some, and accept them")
    if not held or not train:
        count = len({drawing.writer for drawing in (*train, *held)})
        side = "train" if held else "test"
        raise DataError(
            f"{path}: none of its {count:,} contributor{'s' if count > 1 else ''} is in the part {side}; "
            "collect from more people, since a fifth of them is held out"
        )
