"""Try an imported network on letters of fonts, in all orientations if it recognizes few of them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from lenet.datasets import Dataset, load
from lenet.evaluation.evaluate import merge_cases
from lenet.evaluation.orientations import MAX_TRIED, OrientationHint, Predict, orientation_of_model
from lenet.importers.importer import ImportOptions, import_model
from lenet.inference.recognizer import Recognizer
from lenet.ink import Orientation
from lenet.labels import LETTERS
from lenet.models.file import Model

MAX_WORK = 2e11  # multiply-adds of all trials, which take a few seconds
MIN_TRIED = 52  # letters; a network for which these are too much work is not tried
_TRIALS = 1 + 2 * len(Orientation)


def orientation_hint(path: Path, options: ImportOptions, model: Model) -> OrientationHint | None:
    """Return an orientation and polarity with which a network recognizes far more letters.

    Args:
        path: the file that was imported.
        options: the options that it was imported with.
        model: the result.

    Returns:
        What to import it with instead of `options.orientation` and `options.invert`; None if it
        recognizes most letters, has fewer than two of them among its classes, nothing is better, or
        the network is too large to be tried in a few seconds.
    """
    letters = _letters(model)
    if letters is None:
        return None
    hint = orientation_of_model(_predict(model), letters)
    plain = replace(options, orientation=Orientation.UPRIGHT, invert=False)
    if hint is None or options == plain:
        return hint
    hint = orientation_of_model(_predict(import_model(path, plain).model), letters)
    used = options.orientation, options.invert
    return None if hint is None or (hint.orientation, hint.inverted) == used else hint


def _letters(model: Model) -> Dataset | None:
    """Return letters of fonts that are among the classes, fewer for a large network; None for too few."""
    data = load("font-letters").with_classes(model.labels)
    if np.count_nonzero(data.counts()) < 2:
        return None
    work = sum(math.prod(stage.output[1:]) * stage.parameters for stage in model.spec.stages)
    count = int(min(MAX_TRIED, len(data), MAX_WORK / (_TRIALS * work)))
    return data.take(np.linspace(0, len(data) - 1, count).astype(np.intp)) if count >= MIN_TRIED else None


def _predict(model: Model) -> Predict:
    """Return the network as a function, with small letters counted as the capitals of the fonts."""
    recognizer = Recognizer(model)
    return lambda images: merge_cases(recognizer.probabilities(images), model.labels, tuple(LETTERS))
