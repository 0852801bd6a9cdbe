"""`lenet data info`: what is in data sets."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.cli.arguments import DATASET_HELP
from lenet.cli.progress import progress_bar
from lenet.errors import LenetError

if TYPE_CHECKING:
    from lenet.datasets import Dataset
    from lenet.reports.dataset import Copies, Suspicion

SUMMARY = "Describe data sets: class counts, sources, licences, duplicates, label errors."
EPILOG = f"""examples:
  lenet data info emnist:letters emnist:letters:test
  lenet data info letters.npz mine/ --report runs/data

{DATASET_HELP}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet data info`."""
    parser.add_argument("datasets", nargs="+", metavar="DATASET", help="data sets, listed below")
    parser.add_argument(
        "--report",
        type=Path,
        metavar="DIR",
        help="folder for an HTML report with sample images, near-duplicates and probable label errors",
    )
    parser.add_argument(
        "--model",
        type=Path,
        metavar="FILE",
        help="with --report: model that judges the labels (default: cross-validation, three "
        "networks trained on two thirds of the data each)",
    )


def run(args: argparse.Namespace) -> int:
    """Print the descriptions; with --report write the report."""
    from lenet._util.files import made
    from lenet.datasets import load
    from lenet.reports.dataset import describe, equal, together

    if args.report:
        made(args.report)  # an unusable folder is reported before the work is done
    parts = [load(name) for name in args.datasets]
    whole = together(parts)
    copies = equal(whole, len(parts))
    for name, part, count in zip(args.datasets, parts, copies.within, strict=True):
        print(describe(part, name, count))
    for (a, b), count in copies.across.items():
        if count:
            print(f"{args.datasets[b]}: {count:,} images are in {args.datasets[a]}, byte for byte")
    if args.report:
        suspicions = [
            _suspicion(name, part, args.model) for name, part in zip(args.datasets, parts, strict=True)
        ]
        print(f"wrote {_write(args.report, args.datasets, parts, whole, copies, suspicions)}")
    return 0


def _write(
    folder: Path,
    names: Sequence[str],
    parts: Sequence[Dataset],
    whole: Dataset,
    copies: Copies,
    suspicions: Sequence[Suspicion],
) -> Path:
    """Write index.html and info.json; return the path of the page."""
    import numpy as np

    from lenet._util.files import replacing
    from lenet.datasets.near_duplicates import firsts, similar
    from lenet.reports.dataset import as_json, nearly, page

    first = np.flatnonzero(firsts(whole.images) == np.arange(len(whole)))
    with progress_bar(total=len(first), unit="image", desc="near-duplicates") as bar:
        pairs, distances = similar(whole.images[first], progress=bar.update)
    near = first[pairs]
    contents = {
        "index.html": page(names, parts, whole, copies, (near, distances), suspicions),
        "info.json": as_json(names, parts, copies, nearly(whole, near, len(parts)), suspicions),
    }
    for name, content in contents.items():
        with replacing(folder / name) as stream:
            stream.write(content)
    return folder / "index.html"


def _suspicion(name: str, data: Dataset, model: Path | None) -> Suspicion:
    """Find probable label errors; data for evaluation are judged by a model, not trained on."""
    from lenet.datasets.registry import is_for_evaluation
    from lenet.evaluation import label_errors
    from lenet.inference.recognizer import load
    from lenet.reports.dataset import Suspicion

    if model or is_for_evaluation(name):
        recognizer = load(model)
        if recognizer.labels != "".join(data.classes):
            return Suspicion(judge="Not looked for: the model has other classes.")
        probabilities = recognizer.probabilities(data.images)
        judge = f"The labels are judged by {model or 'the default model of the package'}."
    else:
        total = label_errors.FOLDS * label_errors.epochs(data)
        with progress_bar(total=total, unit="epoch", desc=f"label errors of {name}") as bar:
            try:
                probabilities = label_errors.out_of_fold(data, os.cpu_count() or 1, bar.update)
            except LenetError as error:
                return Suspicion(judge=f"Not looked for: {error}.")
        judge = "Each label is judged by a network that was trained on two thirds of the data without it."
    rows = label_errors.find_label_issues(probabilities, data.labels)
    return Suspicion(rows, probabilities[rows].argmax(axis=1), judge)
