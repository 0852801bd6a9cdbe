"""`lenet evaluate`: accuracy and confusions of a model on data sets."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.cli.arguments import DATASET_HELP, add_image_layout, add_model, image_layout
from lenet.cli.progress import note
from lenet.errors import DataError, LenetError

if TYPE_CHECKING:
    from lenet.datasets import ImageLayout
    from lenet.evaluation.comparability import Comparability
    from lenet.evaluation.evaluate import Predictions
    from lenet.inference.recognizer import Recognizer
    from lenet.metrics import Evaluation, McNemarResult
    from lenet.models.file import Model
    from lenet.training.history import Epoch

EPILOG = f"""examples:
  lenet evaluate --data font-letters:test
  lenet evaluate --model runs/first/model.safetensors --data letters.npz --json
  lenet evaluate --data font-letters:test --report report
  lenet evaluate --model runs/second/model.safetensors --data letters.npz \\
    --baseline runs/first/model.safetensors --report report

{DATASET_HELP}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet evaluate`."""
    add_model(parser)
    parser.add_argument("--data", nargs="+", required=True, metavar="DATASET", help="test data, listed below")
    add_image_layout(parser)
    parser.add_argument(
        "--report",
        type=Path,
        metavar="DIR",
        help="folder for an HTML report, index.html, with charts and misclassified images, and report.json",
    )
    parser.add_argument(
        "--baseline", metavar="MODEL", help="other model, compared image by image (McNemar's test)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object for each data set")


def run(args: argparse.Namespace) -> int:
    """Print the accuracy on each data set; with --report write the report.

    A data set is called an official test only where its accuracy is comparable with published results.
    """
    from lenet._util.files import ensure_dir
    from lenet.inference.recognizer import load

    if len(set(args.data)) < len(args.data):
        raise DataError("a data set is given twice; name each once")
    if args.report:
        ensure_dir(args.report)  # an unusable folder is reported before the work is done
    recognizer = load(args.model)
    baseline = load(args.baseline) if args.baseline else None
    layout = image_layout(args)
    predictions, of_baseline = [], []
    for name in args.data:
        predictions.append(_predict(recognizer, name, layout))
        if baseline:
            of_baseline.append(_predict(baseline, name, layout))
        print(
            _text(recognizer.model, predictions[-1], of_baseline[-1:], json_line=args.json),
            flush=True,
        )
        for line in _notes(recognizer, predictions[-1]):
            print(f"  {line}", file=sys.stderr if args.json else sys.stdout, flush=True)
    if args.report:
        compared = (baseline, of_baseline) if baseline else None
        page = _write_report(args.report, recognizer, predictions, compared, _history(args.model, recognizer))
        print(f"wrote {page}", file=sys.stderr if args.json else sys.stdout)
    return 0


def _predict(recognizer: Recognizer, name: str, layout: ImageLayout) -> Predictions:
    """Predict a data set; a terminal shows its name meanwhile."""
    from lenet.evaluation.evaluate import predict_dataset

    with note(f"evaluating on {name}"):
        return predict_dataset(recognizer, name, layout)


def _notes(recognizer: Recognizer, predictions: Predictions) -> list[str]:
    """Return notes on how the data were read, and on an orientation that fits the model better."""
    from lenet.evaluation.orientations import orientation_of_data

    hint = orientation_of_data(recognizer.probabilities, predictions.data)
    return [*predictions.data.notes, *([str(hint)] if hint else [])]


def _text(
    model: Model, predictions: Predictions, of_baseline: Sequence[Predictions], *, json_line: bool
) -> str:
    """Return the text on a data set: one line of JSON, or one fact a line."""
    from lenet import metrics
    from lenet.evaluation.comparability import comparability

    figures = predictions.evaluate()
    comparable = comparability(predictions.data, model)
    paired = metrics.mcnemar(predictions.correct, of_baseline[0].correct) if of_baseline else None
    if json_line:
        return as_json(predictions.name, figures, comparable, paired)
    name = comparable.official or predictions.name
    return "\n  ".join([as_text(name, figures, paired), *comparable.caveats()])


def _write_report(
    folder: Path,
    recognizer: Recognizer,
    predictions: Sequence[Predictions],
    baseline: tuple[Recognizer, Sequence[Predictions]] | None,
    history: Sequence[Epoch],
) -> Path:
    from lenet.reports import evaluation as report

    return report.write(folder, recognizer, predictions, baseline, history)


def _history(model: str | None, recognizer: Recognizer) -> list[Epoch]:
    """Return the epochs beside a model file, if they end with those of this model."""
    from lenet.inference.recognizer import model_path
    from lenet.training.history import read_history

    path = model_path(model).with_name("history.json")
    if not path.exists():
        return []
    history = read_history(path)
    last = recognizer.model.training.metrics
    return history if history and asdict(history[-1]) == last else []


# Keys of format lenet-report/1, written for one more version.
OLD_KEYS = {
    "right": "correct",
    "top_five": "top5_accuracy",
    "mixed_up_i_l": "confusions_i_l",
    "accuracy_i_l_forgiven": "accuracy_i_l_merged",
    "per_letter": "per_class_accuracy",
    "confused": "top_confusions",
    "against": "baseline",
}


def as_json(
    name: str, figures: Evaluation, comparable: Comparability, paired: McNemarResult | None = None
) -> str:
    """Return an evaluation as a line of JSON."""
    from lenet.evaluation.report import metrics_json

    values = {
        "data": name,
        **asdict(comparable),
        **metrics_json(figures),
        "per_class_accuracy": figures.per_class_accuracy(),
        "top_confusions": figures.top_confusions(),
        **({"baseline": asdict(paired)} if paired else {}),
    }
    old = {key: values[new] for key, new in OLD_KEYS.items() if new in values}
    return json.dumps({**values, **old})


def as_text(name: str, figures: Evaluation, paired: McNemarResult | None = None) -> str:
    """Return an evaluation as text, one fact a line; all lines but the first are indented."""
    low, high = (100 * bound for bound in figures.interval)
    lines = [
        f"{name}: accuracy {100 * figures.accuracy:.2f} % ({figures.correct:,} of {figures.n:,} correct; "
        f"95 % confidence interval {low:.1f}-{high:.1f})",
        f"top-5 accuracy {100 * figures.top5_accuracy:.1f} %",
    ]
    if bars := figures.confusions_between("I", "L"):
        lines.append(
            f"accuracy with I and L merged {100 * figures.accuracy_merging('I', 'L'):.2f} % "
            f"({bars} error{'s' if bars > 1 else ''} between I and L)"
        )
    if confusions := figures.top_confusions():
        rows = ", ".join(f"{true} as {predicted} {n}x" for true, predicted, n in confusions)
        lines.append(f"top confusions (true as predicted): {rows}")
    if paired:
        lines.append(
            f"compared with the baseline: {paired.only_first} correct only here, {paired.only_second} "
            f"only there (McNemar's test, p = {paired.p:.2g})"
        )
    return "\n  ".join(lines)


def official_test_text(model: Model, name: str) -> str:
    """Evaluate a model on the official test of EMNIST that a DATASET names; return lines of text.

    On the Letters split, published results follow. Where the accuracy is not comparable with
    them, or the test is missing, the text says why.
    """
    from lenet.evaluation.evaluate import official

    try:
        with note(f"evaluating on {name}"):
            result = official(model, name)
    except LenetError as error:  # the training is done all the same
        return f"no accuracy on the official test: {error}"
    text = as_text(result.name, result.figures)
    if not result.published:
        return text
    return f"{text}\npublished on this test (docs/reference/evaluation.md):\n{result.published}"
