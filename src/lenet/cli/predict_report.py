"""`lenet predict --out --risk --drift`: the report of a run that is done."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lenet.bulk.drift import DriftReport
    from lenet.bulk.risk import RiskReport
    from lenet.bulk.sample import Sample
    from lenet.bulk.storage import Target

REFERENCE = "font-letters"


def add_arguments(group: argparse._ArgumentGroup) -> None:
    """Add the arguments."""
    group.add_argument(
        "--risk",
        metavar="LABELS",
        type=Path,
        help="report coverage and error rate of an earlier run, from the labels.json of its label.html",
    )
    group.add_argument(
        "--drift",
        nargs="?",
        const=REFERENCE,
        metavar="DATASET",
        help="report how well a network tells the letters of an earlier run from those of a data set "
        f"(default: {REFERENCE})",
    )


def is_asked(args: argparse.Namespace) -> bool:
    """Tell whether a report is asked for."""
    return args.risk is not None or args.drift is not None


def run(args: argparse.Namespace) -> int:
    """Write the report and print its sentences."""
    from lenet.bulk import drift as drifts
    from lenet.bulk import risk as risks
    from lenet.bulk.labels import sample_of
    from lenet.bulk.report import write_report
    from lenet.bulk.storage import LocalTarget, open_target

    target = open_target(args.out)
    sample = sample_of(target)
    risk = None if args.risk is None else _risk(args, target, sample)
    drift = None if args.drift is None else _drift(args, sample)
    folder = target.folder if isinstance(target, LocalTarget) else Path()
    page = write_report(folder, risk, drift)
    if args.json:
        print((page.parent / "report.json").read_text(encoding="utf-8"), end="")
        return 0
    if risk is not None:
        print(risks.sentence(risk))
    if drift is not None:
        print(drifts.sentence(drift))
    print(f"{page}: the report")
    return 0


def invite(target: Target, classes: str) -> None:
    """Write the page for labels, and say so."""
    from lenet.bulk.labels import PAGE, put_label_page

    if put_label_page(target, classes):
        print(
            f"{target}: {PAGE}: label some letters there to measure the error rate with --risk",
            file=sys.stderr,
        )


def _risk(args: argparse.Namespace, target: Target, sample: Sample) -> RiskReport:
    from lenet.bulk import manifest as manifests
    from lenet.bulk.labels import read_labels, run_digest
    from lenet.bulk.risk import measure_risk
    from lenet.bulk.work import model_digest
    from lenet.errors import LenetError
    from lenet.inference.recognizer import model_path
    from lenet.models import load_model

    path = model_path(args.model)
    model, manifest = load_model(path), manifests.read(target)
    if manifest is None or manifest.header.model != model_digest(path):
        raise LenetError(f"{target}: was predicted by another model than {path.name}; name it with --model")
    labels = read_labels(args.risk, run_digest(target), model.labels)
    return measure_risk(sample, labels, model.min_probability)


def _drift(args: argparse.Namespace, sample: Sample) -> DriftReport:
    from lenet.bulk.drift import measure_drift
    from lenet.cli.progress import progress_bar
    from lenet.datasets import load
    from lenet.executors.local import available_cores

    with progress_bar(unit="step") as bar:
        return measure_drift(sample.rows, load(args.drift), threads=available_cores(), progress=bar.update)
