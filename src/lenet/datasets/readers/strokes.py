"""Render drawings as a data set."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from lenet._util import rng
from lenet.datasets.dataset import FIXED_PARTS, FREE, SIDE, TRAIN, VALIDATION, Dataset
from lenet.engine.abi import MAX_PEN, MIN_PEN
from lenet.errors import DataError, LenetError
from lenet.ink import DEFAULT_PEN, Drawing, rasterize
from lenet.ink.jitter import jitter_strokes
from lenet.ink.rasterize import rasterize_all
from lenet.labels import class_names

_CHUNK = 4096  # drawings that the engine gets at once


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

    def widths(self, count: int, render: int) -> npt.NDArray[np.float64]:
        """Return the pen widths of a render of the first drawings, float64 (count,)."""
        low, high = self.pen_widths
        widths = low + (high - low) * rng.uniform(count, self.seed, use=render)
        return np.minimum(widths, high)  # the sum may round up

    def jitter(self, render: int) -> float:
        """Return the strength of the jitter of a render."""
        return self.stroke_jitter[render % len(self.stroke_jitter)]


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
    chosen, ahead = _read(drawings, rendering)
    names = [_class_of(drawing) for drawing in chosen]
    classes = class_names(names)
    number_of = {name: number for number, name in enumerate(classes)}
    labels = np.array([number_of[name] for name in names], np.uint8)
    renders = rendering.renders_per_drawing
    images = np.empty((len(chosen), renders, SIDE, SIDE), np.uint8)
    for render in range(renders):
        widths = rendering.widths(len(chosen), render)
        for first in range(0, len(chosen), _CHUNK):
            rows = slice(first, first + _CHUNK)
            if render == 0 and ahead:
                images[rows, 0] = ahead.popleft().result()
            else:
                images[rows, render] = _images(_jittered(chosen, rows, render, rendering), widths[rows])
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


def _read(
    drawings: Iterable[Drawing], rendering: Rendering
) -> tuple[Sequence[Drawing], deque[Future[npt.NDArray[np.uint8]]]]:
    """Return the drawings to render and, in chunks, the images of their first render.

    Another thread makes these while drawings are read. There are none where they depend on all drawings.
    """
    source = (drawing for drawing in drawings if drawing.id not in rendering.without)
    if rendering.max_per_writer is not None or rendering.jitter(0):
        return _at_most(list(source), rendering.max_per_writer, rendering.seed), deque()
    chosen: list[Drawing] = []
    images: deque[Future[npt.NDArray[np.uint8]]] = deque()
    widths = np.empty(0)
    with ThreadPoolExecutor(1) as pool:
        try:
            while part := list(islice(source, _CHUNK)):
                first, end = len(chosen), len(chosen) + len(part)
                if end > len(widths):
                    widths = rendering.widths(2 * end, 0)
                images.append(pool.submit(_images, part, widths[first:end]))
                chosen += part
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return chosen, images


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


def _jittered(
    drawings: Sequence[Drawing], rows: slice, render: int, rendering: Rendering
) -> Sequence[Drawing]:
    """Return some of the drawings, with the jitter of a render."""
    part, strength = drawings[rows], rendering.jitter(render)
    if not strength:
        return part
    use = rng.STROKE_JITTER + render * len(drawings) + rows.start
    jittered = (
        jitter_strokes(drawing.strokes, rendering.seed, use + row, strength)
        for row, drawing in enumerate(part)
    )
    return [replace(drawing, strokes=tuple(strokes)) for drawing, strokes in zip(part, jittered, strict=True)]


def _images(drawings: Sequence[Drawing], pens: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Return the images of drawings, uint8 (n, 28, 28)."""
    try:
        images = rasterize_all([drawing.strokes for drawing in drawings], pens)
    except LenetError:
        for drawing, pen in zip(drawings, pens.tolist(), strict=True):  # name the drawing that is refused
            _check(drawing, pen)
        raise
    if not images.any(axis=(1, 2)).all():
        blank = int(np.argmin(images.any(axis=(1, 2))))
        _check(drawings[blank], float(pens[blank]))
    return images


def _check(drawing: Drawing, pen: float) -> None:
    """Raise DataError if a drawing has no point or cannot be rasterized."""
    try:
        image = rasterize(drawing.strokes, pen)
    except LenetError as error:
        raise DataError(f"{drawing.source}: {error}") from None
    if image is None:
        raise DataError(f"{drawing.source}: the drawing is empty; remove the line")
