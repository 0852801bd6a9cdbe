"""Plot letters, a training and its errors in notebooks; the extra `plot` installs matplotlib.

Each function returns a matplotlib figure, which a cell shows after `%matplotlib inline`.
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
from lenet.training.trainer import Trainer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 9  # of letters: 26 fill three rows
DPI = 100
ZOOM = 3  # pixels of the figure for each pixel of a letter
CAPTION, GAP = 9, 4  # space around a letter, in its pixels
PALE = 0.3  # cells of the confusion matrix up to this fraction have dark digits


def class_samples(data: Dataset, seed: int = 0) -> Figure:
    """Show a random image of each class that has images, with the class name above."""
    key = rng.uniform(len(data), seed, rng.SAMPLES)
    order = np.lexsort((key, data.labels))
    labels, first = np.unique(data.labels[order], return_index=True)
    return _tiles(data.images[order[first]], [data.classes[label] for label in labels])


def misclassified(data: Dataset, probabilities: npt.NDArray[np.floating], limit: int = 36) -> Figure:
    """Show misclassified images, those of the highest confidence first.

    Args:
        data: images and labels.
        probabilities: (n, classes), a model's predictions for the images.
        limit: how many images are shown at most.

    Returns:
        The images, each with true class, predicted class and confidence above; blank if the model
        makes no error.
    """
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    errors = np.flatnonzero(predicted != data.labels)
    rows = errors[np.argsort(-confidence[errors], kind="stable")][:limit]
    captions = [
        f"{data.classes[data.labels[row]]} as {data.classes[predicted[row]]} {confidence[row]:.0%}"
        for row in rows
    ]
    return _tiles(data.images[rows], captions)


def _tiles(images: npt.NDArray[np.uint8], captions: Sequence[str]) -> Figure:
    """Arrange images uint8 (n, 28, 28) in rows, dark on light, each with its caption above."""
    from matplotlib.figure import Figure

    rows, height, width = -(-len(images) // COLUMNS) or 1, CAPTION + SIDE, SIDE + GAP
    sheet = np.zeros((rows * height, COLUMNS * width), np.uint8)
    inches = ZOOM / DPI  # of a letter's pixel
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


def confusion_matrix(metrics: Evaluation) -> Figure:
    """Plot the confusion matrix: rows are true classes, columns predicted; cells have counts.

    The shade is the square root of the fraction of the row, so that rare errors show.
    """
    from matplotlib.colors import PowerNorm
    from matplotlib.figure import Figure

    counts, ticks = metrics.confusion, range(len(metrics.classes))
    fractions = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 1 + 0.29 * len(metrics.classes)  # inches
    figure = Figure(figsize=(side, side), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(fractions, cmap="Blues", norm=PowerNorm(0.5, 0, 1))
    for row, column in np.argwhere(counts):
        colour = "black" if fractions[row, column] <= PALE else "white"
        text = str(counts[row, column])
        axes.text(column, row, text, size=7, color=colour, ha="center", va="center")
    axes.set(xticks=ticks, xticklabels=metrics.classes, yticks=ticks, yticklabels=metrics.classes)
    axes.set(xlabel="predicted class", ylabel="true class")
    axes.tick_params(length=0)
    return figure


def train_and_plot(trainer: Trainer, pause: float = 0.5) -> None:
    """Train to the last epoch; in a notebook, plot loss and accuracy meanwhile.

    An interrupted cell goes on when it runs again, from the last complete epoch.

    Args:
        trainer: the training.
        pause: seconds between two drawings, at least; the last epoch is always drawn.
    """
    from IPython.display import display

    figure = display(draw_history(trainer.history, trainer.num_epochs), display_id=True)
    due = 0.0
    for row in trainer.epochs():
        if row.epoch == trainer.num_epochs or time.monotonic() >= due:
            figure.update(draw_history(trainer.history, trainer.num_epochs))
            due = time.monotonic() + pause
