"""Render drawings as a data set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lenet._util import rng
from lenet.datasets.dataset import FIXED_PARTS, FREE, SIDE, TRAIN, VALIDATION, Dataset
from lenet.engine.abi import MAX_PEN, MIN_PEN
from lenet.errors import DataError, LenetError
from lenet.ink import DEFAULT_PEN, Drawing, rasterize
from lenet.ink.jitter import jitter_strokes
from lenet.labels import class_names


@dataclass(frozen=True)
class Rendering:
    """Settings of the rendering of drawings as images.

    Attributes:
        pen_widths: smallest and largest width, as in `lenet.ink.rasterize`; each image has a
            width of its own, uniform in this range.
        renders_per_drawing: number of images of each drawing; they follow one another and form
            one group.
        stroke_jitter: strength of `lenet.ink.jitter` for each render, in turn; 0 leaves the
            strokes as they are.
        max_per_writer: greatest number of drawings of one writer, chosen by the seed; None for
            all. Drawings without a writer all stay.
        without: ids of contributions that are left out.
        seed: 0..2^32-1. A width depends on the seed, the drawing's position and the render alone.

    Raises:
        DataError: a value is out of range.
    """

    pen_widths: tuple[float, float] = (DEFAULT_PEN, DEFAULT_PEN)
    renders_per_drawing: int = 1
    stroke_jitter: tuple[float, ...] = (0,)
    max_per_writer: int | None = None
    without: frozenset[str] = frozenset()
    seed: int = 0

    def __post_init__(self) -> None:
        low, high = self.pen_widths
        if not MIN_PEN <= low <= high <= MAX_PEN:
            raise DataError(f"pen widths {low}..{high} are out of range; give {MIN_PEN}..{MAX_PEN:g}")
        if not self.stroke_jitter:
            raise DataError("stroke_jitter is empty; give at least one strength, such as 0")
        if self.renders_per_drawing < 1 or (self.max_per_writer is not None and self.max_per_writer < 1):
            raise DataError("renders_per_drawing and max_per_writer must be at least 1")


DEFAULT_RENDERING = Rendering()


def rasterize_drawings(
    drawings: Iterable[Drawing], rendering: Rendering = DEFAULT_RENDERING, *, name: str = "strokes"
) -> Dataset:
    """Render drawings as a data set, with the drawings' attributions.

    Args:
        drawings: labelled drawings.
        rendering: pen widths, number of images of each drawing, and jitter.
        name: name of the data set, for `Dataset.names`.

    Raises:
        DataError: a drawing has no point, or a label is not one of A-Z a-z 0-9; the message names
            the drawing's source.
    """
    low, high = rendering.pen_widths
    seed, renders, jitter = rendering.seed, rendering.renders_per_drawing, rendering.stroke_jitter
    kept = [drawing for drawing in drawings if drawing.id not in rendering.without]
    chosen = _at_most(kept, rendering.max_per_writer, seed)
    names = [_class_of(drawing) for drawing in chosen]
    classes = class_names(names)
    labels = np.array([classes.index(name) for name in names], np.uint8)
    images = np.empty((len(chosen), renders, SIDE, SIDE), np.uint8)
    for render in range(renders):
        strength = jitter[render % len(jitter)]
        widths = low + (high - low) * rng.uniform(len(chosen), seed, use=render)
        for row, (drawing, width) in enumerate(zip(chosen, widths.tolist(), strict=True)):
            if strength:
                use = rng.STROKE_JITTER + render * len(chosen) + row
                strokes = tuple(jitter_strokes(drawing.strokes, seed, use, strength))
                drawing = replace(drawing, strokes=strokes)
            images[row, render] = _image(drawing, min(width, high))  # the sum may round up
    return Dataset(
        images.reshape(-1, SIDE, SIDE),
        labels.repeat(renders),
        (name,),
        np.arange(len(chosen)).repeat(renders),
        attributions=tuple(dict.fromkeys(filter(None, (drawing.attribution for drawing in chosen)))),
        parts=fixed_parts(chosen).repeat(renders),
        classes=classes,
    )


def fixed_parts(drawings: Sequence[Drawing]) -> npt.NDArray[np.uint8]:
    """Return the fixed part of each drawing: uint8 (n,), one of `dataset.FIXED_PARTS`, or 0.

    If no contribution validates, since there are few contributors, some of the training contributors
    validate instead: a tenth of them in the order of their pseudonyms, at least one, and never the last one.
    """
    parts = np.array([FIXED_PARTS.get(drawing.part or "", FREE) for drawing in drawings], np.uint8)
    if VALIDATION in parts or TRAIN not in parts:
        return parts
    writers = np.array([drawing.writer or "" for drawing in drawings])
    training = sorted(set(writers[parts == TRAIN].tolist()))  # pseudonyms are digests: a random order
    if len(training) == 1:
        parts[parts == TRAIN] = FREE  # one contributor cannot be on both sides
    chosen = training[: min(-(-len(training) // 10), len(training) - 1)]
    parts[(parts == TRAIN) & np.isin(writers, chosen)] = VALIDATION
    return parts


def _at_most(drawings: Sequence[Drawing], limit: int | None, seed: int) -> Sequence[Drawing]:
    """Return at most `limit` drawings of each writer, in their order."""
    if limit is None:
        return drawings
    rows_of = defaultdict(list)
    for row, drawing in enumerate(drawings):
        rows_of[drawing.writer].append(row)
    key = rng.uniform(len(drawings), seed, rng.CHOICE_OF_DRAWINGS)
    kept = []
    for writer, rows in rows_of.items():
        if writer is not None:
            rows = sorted(rows, key=key.__getitem__)[:limit]
        kept.extend(rows)
    return [drawings[row] for row in sorted(kept)]


def _class_of(drawing: Drawing) -> str:
    """Return the class of a drawing's label: a letter in upper case, or a digit."""
    label = drawing.label
    if label is None or len(label) != 1 or not (label.isascii() and label.isalnum()):
        raise DataError(
            f"{drawing.source}: label {label!r} is not a letter A-Z, a-z or a digit; correct the line"
        )
    return label.upper()


def _image(drawing: Drawing, pen: float) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    try:
        image = rasterize(drawing.strokes, pen)
    except LenetError as error:
        raise DataError(f"{drawing.source}: {error}") from None
    if image is None:
        raise DataError(f"{drawing.source}: the drawing is empty; remove the line")
    return image
