"""`lenet data info`: what is in data sets."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lenet._util.counts import counted
from lenet.cli.arguments import DATASET_HELP, add_image_layout, image_layout
from lenet.cli.progress import note, progress_bar
from lenet.errors import LenetError

if TYPE_CHECKING:
    from lenet.datasets import Dataset
    from lenet.evaluation.duplicates import Duplicates
    from lenet.evaluation.label_errors import LabelIssues
    from lenet.evaluation.orientations import OrientationHint
    from lenet.reports.dataset import DataReport

EPILOG = f"""examples:
  lenet data info emnist:letters emnist:letters:test
  lenet data info letters.npz mine/ --report runs/data

{DATASET_HELP}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet data info`."""
    parser.add_argument("datasets", nargs="+", metavar="DATASET", help="data sets, listed below")
    add_image_layout(parser)
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
        help="with --report: model whose predictions are compared with the labels (default: three networks "
        "in cross-validation, each trained on two thirds of the data)",
    )


def run(args: argparse.Namespace) -> int:
    """Print the descriptions; with --report write the report."""
    from lenet._util.files import ensure_dir
    from lenet.datasets import load
    from lenet.evaluation.duplicates import exact_duplicates, merge
    from lenet.reports.dataset import describe

    if args.report:
        ensure_dir(args.report)  # an unusable folder is reported before the work is done
    parts = []
    for name in args.datasets:
        with note(f"reading {name}"):
            parts.append(load(name, layout=image_layout(args)))
    merged = merge(parts)
    duplicates = exact_duplicates(merged, len(parts))
    for name, part, count in zip(args.datasets, parts, duplicates.within, strict=True):
        print(describe(part, name, count))
        if hint := _orientation_hint(part, args.model):
            print(f"  {hint}")
    for (a, b), count in duplicates.between.items():
        if count:
            images = counted(count, "image is", "images are")
            print(f"{args.datasets[b]}: {images} in {args.datasets[a]}, byte for byte")
    if args.report:
        issues = [
            _label_issues(name, part, args.model) for name, part in zip(args.datasets, parts, strict=True)
        ]
        report = _report(args.datasets, parts, merged, duplicates, issues)
        print(f"wrote {_write(args.report, report)}")
    return 0


def _orientation_hint(data: Dataset, model: Path | None) -> OrientationHint | None:
    """Try orientations with a model of the data's classes; of other data, with their letters alone."""
    from lenet.evaluation.orientations import orientation_of_data
    from lenet.inference.recognizer import load

    recognizer = load(model)
    judged = data.with_classes(recognizer.labels)
    return orientation_of_data(recognizer.probabilities, judged) if len(judged) else None


def _report(
    names: Sequence[str],
    parts: Sequence[Dataset],
    merged: Dataset,
    duplicates: Duplicates,
    issues: Sequence[LabelIssues],
) -> DataReport:
    """Search the near-duplicates, with a progress bar."""
    import numpy as np

    from lenet.datasets.near_duplicates import firsts, similar
    from lenet.reports.dataset import DataReport

    first = np.flatnonzero(firsts(merged.images) == np.arange(len(merged)))
    with progress_bar(total=len(first), unit="image", desc="near-duplicates") as bar:
        pairs, distances = similar(merged.images[first], progress=bar.update)
    return DataReport(names, parts, merged, duplicates, first[pairs], distances, issues)


def _write(folder: Path, report: DataReport) -> Path:
    """Write index.html and info.json; return the path of the page."""
    from lenet._util.files import atomic_write
    from lenet.reports.dataset import render_page

    contents = {
        "index.html": render_page(report),
        "info.json": (json.dumps(report.to_json(), indent=1) + "\n").encode(),
    }
    for name, content in contents.items():
        with atomic_write(folder / name) as stream:
            stream.write(content)
    return folder / "index.html"


def _label_issues(name: str, data: Dataset, model: Path | None) -> LabelIssues:
    """Find probable label errors; data for evaluation are judged by a model, not trained on."""
    from lenet.datasets.registry import is_for_evaluation
    from lenet.evaluation import label_errors
    from lenet.evaluation.label_errors import LabelIssues
    from lenet.inference.recognizer import load

    if model or is_for_evaluation(name):
        recognizer = load(model)
        if recognizer.labels != "".join(data.classes):
            return LabelIssues(judge="Not looked for: the model has other classes.")
        probabilities = recognizer.probabilities(data.images)
        judge = f"The labels are judged by {model or 'the default model of the package'}."
    else:
        total = label_errors.FOLDS * label_errors.num_epochs(data)
        with progress_bar(total=total, unit="epoch", desc=f"label errors of {name}") as bar:
            try:
                probabilities = label_errors.out_of_fold_probabilities(data, os.cpu_count() or 1, bar.update)
            except LenetError as error:
                return LabelIssues(judge=f"Not looked for: {error}.")
        judge = "Each label is judged by a network that was trained on two thirds of the data without it."
    rows = label_errors.find_label_issues(probabilities, data.labels)
    return LabelIssues(rows, probabilities[rows].argmax(axis=1), judge)
