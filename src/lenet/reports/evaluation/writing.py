"""A folder with index.html and report.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lenet._util.files import replacing
from lenet._util.paths import shared_folder
from lenet.datasets.dataset import SIDE
from lenet.evaluation.evaluate import Predictions
from lenet.inference.recognizer import Recognizer
from lenet.ink import rasterise, read_drawings
from lenet.reports.evaluation import findings, page
from lenet.reports.evaluation.findings import Images
from lenet.training.history import Epoch

OTHERS = "not_letters_dev"
"""The drawings in the shared folder that are no letter."""


def write(
    folder: Path,
    recognizer: Recognizer,
    answered: Sequence[Predictions],
    against: tuple[Recognizer, Sequence[Predictions]] | None = None,
    history: Sequence[Epoch] = (),
) -> Path:
    """Measures what is not known yet, with a progress bar, and writes both; returns the page.

    The arguments are those of `findings.measure`. Raises LenetError where a file cannot be written
    and where the drawings in the shared folder are damaged.
    """
    from tqdm import tqdm

    with tqdm(total=findings.steps(len(answered)), unit="step", disable=None, leave=False) as bar:
        found = findings.measure(
            recognizer,
            answered,
            others=_others(recognizer.model.pen),
            against=against,
            history=history,
            progress=lambda: bar.update(),
        )
    pictures = {answers.name: findings.errors(answers) for answers in answered}
    with replacing(folder / "report.json") as file:
        file.write((json.dumps(found, allow_nan=False) + "\n").encode())
    with replacing(folder / "index.html") as file:
        file.write(page.render(found, pictures).encode())
    return folder / "index.html"


def _others(pen: float) -> dict[str, list[Images]]:
    """Drawings that are no letter, uint8 (28, 28) each, by their file's name."""
    shared = shared_folder()
    path = shared / "strokes" / f"{OTHERS}.jsonl.gz" if shared else None
    if path is None or not path.exists():
        return {}
    images = (rasterise(drawing.strokes, pen) for drawing in read_drawings(path))
    blank = np.zeros((SIDE, SIDE), np.uint8)
    return {OTHERS: [blank if image is None else image for image in images]}
