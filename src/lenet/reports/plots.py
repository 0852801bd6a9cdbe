"""Figures of letters, of a training and of its errors, for notebooks; the extra `plot` draws them.

Each is a matplotlib figure that is drawn where a cell ends with it, after `%matplotlib inline`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lenet._util import rng
from lenet.datasets import Dataset
from lenet.datasets.dataset import SIDE
from lenet.metrics import Evaluation
from lenet.training.history import draw_history
from lenet.training.trainer import Training

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 9  # of letters: 26 fill three rows but for one
DPI = 100
ENLARGED = 3  # a letter's pixel, in the figure's
CAPTION, GAP = 9, 4  # around a letter, in its pixels
PALE = 0.3  # share up to which a cell of the confusion matrix is pale enough for dark digits


def one_of_each(data: Dataset, seed: int = 0) -> Figure:
    """A picture of each class that occurs, chosen at random, with its name above."""
    key = rng.uniform(len(data), seed, rng.SAMPLES)
    order = np.lexsort((key, data.labels))
    labels, first = np.unique(data.labels[order], return_index=True)
    return _tiles(data.images[order[first]], [data.classes[label] for label in labels])


def errors(data: Dataset, shares: npt.NDArray[np.floating], most: int = 36) -> Figure:
    """Letters that were read wrongly, those of which the model was surest first; blank if none.

    shares  probabilities (n, classes), the model's answers to the data

    Above each letter: what it is, what it was taken for, and with which probability.
    """
    answers, sure = shares.argmax(axis=1), shares.max(axis=1)
    wrong = np.flatnonzero(answers != data.labels)
    shown = wrong[np.argsort(-sure[wrong], kind="stable")][:most]
    captions = [
        f"{data.classes[data.labels[row]]} as {data.classes[answers[row]]} {sure[row]:.0%}" for row in shown
    ]
    return _tiles(data.images[shown], captions)


def _tiles(images: npt.NDArray[np.uint8], captions: Sequence[str]) -> Figure:
    """Images uint8 (n, 28, 28) in rows, dark on light, each with its caption above."""
    from matplotlib.figure import Figure

    rows, height, width = -(-len(images) // COLUMNS) or 1, CAPTION + SIDE, SIDE + GAP
    sheet = np.zeros((rows * height, COLUMNS * width), np.uint8)
    inches = ENLARGED / DPI  # a letter's pixel
    figure = Figure(figsize=(sheet.shape[1] * inches, sheet.shape[0] * inches), dpi=DPI)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    for k, (image, caption) in enumerate(zip(images, captions, strict=True)):
        row, column = divmod(k, COLUMNS)
        top, left = row * height + CAPTION, column * width + GAP // 2
        sheet[top : top + SIDE, left : left + SIDE] = image
        axes.text(left + SIDE / 2, top - 1, caption, size=9, ha="center", parse_math=False)
    axes.imshow(sheet, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
    return figure


def confusion(found: Evaluation) -> Figure:
    """The confusion matrix: a row a letter, a column an answer, in each cell how often.

    The darker, the larger the share of the letter: by its square root, so that few errors show.
    """
    from matplotlib.colors import PowerNorm
    from matplotlib.figure import Figure

    counts, places = found.confusion, range(len(found.classes))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 1 + 0.29 * len(found.classes)  # inches
    figure = Figure(figsize=(side, side), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", norm=PowerNorm(0.5, 0, 1))
    for row, column in np.argwhere(counts):
        colour = "black" if shares[row, column] <= PALE else "white"
        text = str(counts[row, column])
        axes.text(column, row, text, size=7, color=colour, ha="center", va="center")
    axes.set(xticks=places, xticklabels=found.classes, yticks=places, yticklabels=found.classes)
    axes.set(xlabel="answer", ylabel="letter")
    axes.tick_params(length=0)
    return figure


def watch(training: Training, pause: float = 0.5) -> None:
    """Trains to the end; in the notebook a figure of loss and accuracy follows.

    pause  seconds between two drawings, at least; the last epoch is always drawn

    Interrupted and called again, it goes on; an epoch that was not finished begins anew.
    """
    from IPython.display import display

    figure = display(draw_history(training.history, training.count), display_id=True)
    due = 0.0
    for row in training.epochs():
        if row.epoch == training.count or time.monotonic() >= due:
            figure.update(draw_history(training.history, training.count))
            due = time.monotonic() + pause
