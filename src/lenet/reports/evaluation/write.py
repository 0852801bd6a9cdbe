"""Write an evaluation report: index.html and report.json in a folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lenet._util.files import atomic_write
from lenet._util.paths import shared_folder
from lenet.datasets.dataset import SIDE
from lenet.evaluation.evaluate import Predictions
from lenet.evaluation.measure import Images, confusion_examples, measure_report, num_steps
from lenet.inference.recognizer import Recognizer
from lenet.ink import rasterize, read_drawings
from lenet.reports.evaluation.page import render_page
from lenet.training.history import Epoch

OUTLIERS = "not_letters_dev"
"""The stroke file in the shared folder whose drawings are not letters."""


def write(
    folder: Path,
    recognizer: Recognizer,
    predictions: Sequence[Predictions],
    baseline: tuple[Recognizer, Sequence[Predictions]] | None = None,
    history: Sequence[Epoch] = (),
) -> Path:
    """Measure what is missing, with a progress bar, and write both files.

    Args:
        folder: where they go; it exists.
        recognizer: the model.
        predictions: its predictions for each data set, at least one.
        baseline: another model, and its predictions for the same data sets.
        history: the epochs of the model's training.

    Returns:
        The path of the page.

    Raises:
        DataError: a file cannot be written, or the outliers in the shared folder are damaged.
    """
    from tqdm import tqdm

    with tqdm(total=num_steps(len(predictions)), unit="step", disable=None, leave=False) as bar:
        report = measure_report(
            recognizer,
            predictions,
            outliers=_outliers(recognizer.model.pen_width),
            baseline=baseline,
            history=history,
            progress=bar.update,
        )
    examples = {some.name: confusion_examples(some) for some in predictions}
    with atomic_write(folder / "report.json") as file:
        file.write((json.dumps(report.to_json(), allow_nan=False) + "\n").encode())
    with atomic_write(folder / "index.html") as file:
        file.write(render_page(report, examples))
    return folder / "index.html"


def _outliers(pen: float) -> dict[str, list[Images]]:
    """Rasterize the outliers of the shared folder, uint8 (28, 28) each, if they are there."""
    shared = shared_folder()
    path = shared / "strokes" / f"{OUTLIERS}.jsonl.gz" if shared else None
    if path is None or not path.exists():
        return {}
    images = (rasterize(drawing.strokes, pen) for drawing in read_drawings(path))
    blank = np.zeros((SIDE, SIDE), np.uint8)
    return {OUTLIERS: [blank if image is None else image for image in images]}
