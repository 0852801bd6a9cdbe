"""`lenet data fetch` and `lenet data info`: what they print and write."""

from __future__ import annotations

import argparse
import os
import sys

import numpy as np

from lenet._util.files import made, replacing
from lenet._util.paths import data_folder
from lenet.datasets import Dataset, load
from lenet.datasets.emnist import splits as emnist
from lenet.datasets.emnist.fetch import EMNIST
from lenet.datasets.emnist.fetch import fetch as fetch_emnist
from lenet.datasets.near_duplicates import firsts, similar
from lenet.datasets.registry import is_for_evaluation
from lenet.errors import LenetError
from lenet.evaluation import label_errors
from lenet.inference.recognizer import load as load_model
from lenet.reports import dataset as data_report


def fetch(options: argparse.Namespace) -> int:
    """Gets splits of EMNIST and says what is there."""
    from tqdm import tqdm

    splits = list(dict.fromkeys(options.split))
    if options.to:
        os.environ["LENET_DATA"] = str(options.to)  # the cache belongs there, too
    folder = data_folder() / "emnist"
    origin = options.origin or EMNIST
    try:
        with tqdm(unit="B", unit_scale=True, unit_divisor=1024, disable=None, leave=False) as bar:
            fetch_emnist(splits, origin, folder, bar, checked=not options.unchecked)
    except KeyboardInterrupt:
        print("lenet data fetch: stopped; the same command goes on", file=sys.stderr)
        raise
    for name in splits:
        counts = [f"{len(load(f'emnist:{name}:{part}@{folder}')):,} {part}" for part in _PARTS]
        print(f"emnist:{name}  {', '.join(counts)}, {len(emnist.named(name).classes)} classes")
    print(f"in {folder}" + (f"; found there where LENET_DATA={options.to}" if options.to else ""))
    return 0


_PARTS: tuple[emnist.Part, ...] = ("train", "test")


def info(options: argparse.Namespace) -> int:
    """Says what is in data sets; with --report a page shows it."""
    if options.report:
        made(options.report)  # what cannot be written is said before the work is done
    parts = [load(spec) for spec in options.specs]
    whole = data_report.together(parts)
    found = data_report.equal(whole, len(parts))
    for spec, part, count in zip(options.specs, parts, found.within, strict=True):
        print(data_report.describe(part, spec, count))
    for (a, b), count in found.across.items():
        if count:
            print(f"{options.specs[b]}: {count:,} images are in {options.specs[a]}, byte for byte")
    if options.report:
        _report(options, parts, whole, found)
    return 0


def _report(
    options: argparse.Namespace,
    parts: list[Dataset],
    whole: Dataset,
    found: data_report.Copies,
) -> None:
    """Writes index.html and info.json."""
    from tqdm import tqdm

    first = np.flatnonzero(firsts(whole.images) == np.arange(len(whole)))
    with tqdm(total=len(first), unit="image", desc="copies", disable=None, leave=False) as bar:
        pairs, distances = similar(whole.images[first], progress=bar.update)
    near = first[pairs], distances
    suspicions = [_suspicion(spec, part, options) for spec, part in zip(options.specs, parts, strict=True)]
    page = data_report.page(options.specs, parts, whole, found, near, suspicions)
    nearly = data_report.nearly(whole, near[0], len(parts))
    contents = {
        "index.html": page,
        "info.json": data_report.as_json(options.specs, parts, found, nearly, suspicions),
    }
    for name, content in contents.items():
        with replacing(options.report / name) as stream:
            stream.write(content)
    print(f"wrote {options.report / 'index.html'}")


def _suspicion(spec: str, data: Dataset, options: argparse.Namespace) -> data_report.Suspicion:
    """The labels that are probably wrong; what is measured on is judged, not trained on."""
    from tqdm import tqdm

    if options.model or is_for_evaluation(spec):
        recognizer = load_model(options.model)
        if recognizer.labels != "".join(data.classes):
            return data_report.Suspicion(judge="Not looked for: the model has other classes.")
        answers = recognizer.probabilities(data.images)
        judge = f"The judge is {options.model or 'the model of the package'}."
    else:
        with tqdm(
            total=label_errors.FOLDS * label_errors.epochs(data),
            unit="epoch",
            desc=f"labels of {spec}",
            disable=None,
            leave=False,
        ) as bar:
            try:
                answers = label_errors.out_of_fold(data, os.cpu_count() or 1, bar.update)
            except LenetError as error:
                return data_report.Suspicion(judge=f"Not looked for: {error}.")
        judge = "Each image was judged by a network that was trained on two thirds without it."
    rows = label_errors.find_label_issues(answers, data.labels)
    return data_report.Suspicion(rows, answers[rows].argmax(axis=1), judge)
