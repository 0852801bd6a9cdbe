"""Drawings -> Dataset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from lenet._util import rng
from lenet.datasets.dataset import SIDE, Dataset
from lenet.engine.abi import MAX_PEN, MIN_PEN
from lenet.errors import DataError, LenetError
from lenet.ink import DEFAULT_PEN, Drawing, rasterise
from lenet.ink.jitter import unsteady
from lenet.labels import LETTERS


def rasterise_drawings(
    drawings: Iterable[Drawing],
    pens: tuple[float, float] = (DEFAULT_PEN, DEFAULT_PEN),
    copies: int = 1,
    per_drawer: int | None = None,
    seed: int = 0,
    name: str = "strokes",
    hands: tuple[float, ...] = (0,),
) -> Dataset:
    """Draws every letter `copies` times, each with a pen of its own width.

    pens        widths are uniform in this range, as in `lenet.ink.rasterise`
    copies      images of each drawing, one after another; they form one group
    per_drawer  at most so many drawings of each drawer, chosen by the seed, in their order;
                drawings without a drawer all stay
    seed        0..2^32-1; the widths depend on it, on the drawing's position and the copy alone
    name        for `Dataset.names`
    hands       how unsteady a hand draws each copy, in turn: 0 as it was drawn, else the strength
                of `lenet.ink.jitter`

    The drawings' credits become those of the data set. Raises LenetError, naming the source, for a
    drawing without a point and for a label that is not one of A-Z a-z, and without hands.
    """
    if not MIN_PEN <= pens[0] <= pens[1] <= MAX_PEN:
        raise DataError(f"pen widths {pens[0]}..{pens[1]} are out of range; give {MIN_PEN}..{MAX_PEN:g}")
    if not hands or copies < 1 or (per_drawer is not None and per_drawer < 1):
        raise DataError("hands, copies and drawings per drawer must be at least 1")
    chosen = _at_most(list(drawings), per_drawer, seed)
    labels = np.array([_label(drawing) for drawing in chosen], np.uint8)
    images = np.empty((len(chosen), copies, SIDE, SIDE), np.uint8)
    for copy in range(copies):
        hand = hands[copy % len(hands)]
        widths = pens[0] + (pens[1] - pens[0]) * rng.uniform(len(chosen), seed, use=copy)
        for row, (drawing, width) in enumerate(zip(chosen, widths.tolist(), strict=True)):
            if hand:
                use = rng.UNSTEADY_HAND + copy * len(chosen) + row
                strokes = tuple(unsteady(drawing.strokes, seed, use, hand))
                drawing = replace(drawing, strokes=strokes)
            images[row, copy] = _image(drawing, min(width, pens[1]))  # the sum may round up
    return Dataset(
        images.reshape(-1, SIDE, SIDE),
        labels.repeat(copies),
        (name,),
        np.arange(len(chosen)).repeat(copies),
        credits=tuple(dict.fromkeys(filter(None, (drawing.credit for drawing in chosen)))),
    )


def _at_most(drawings: Sequence[Drawing], limit: int | None, seed: int) -> Sequence[Drawing]:
    """At most `limit` drawings of each drawer, in their order."""
    if limit is None:
        return drawings
    rows_of = defaultdict(list)
    for row, drawing in enumerate(drawings):
        rows_of[drawing.drawer].append(row)
    key = rng.uniform(len(drawings), seed, rng.CHOICE_OF_DRAWINGS)
    kept = []
    for drawer, rows in rows_of.items():
        if drawer is not None:
            rows = sorted(rows, key=key.__getitem__)[:limit]
        kept.extend(rows)
    return [drawings[row] for row in sorted(kept)]


def _label(drawing: Drawing) -> int:
    label = drawing.label
    if label is None or len(label) != 1 or not (label.isascii() and label.isalpha()):
        raise DataError(
            f"{drawing.source}: label {label!r} is no letter A-Z or a-z; correct or remove the line"
        )
    return LETTERS.index(label.upper())


def _image(drawing: Drawing, pen: float) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    try:
        image = rasterise(drawing.strokes, pen)
    except LenetError as error:
        raise DataError(f"{drawing.source}: {error}") from None
    if image is None:
        raise DataError(f"{drawing.source}: the drawing is empty; remove the line")
    return image
