"""`lenet train`, `lenet evaluate` and `lenet card`: what they print and write."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from lenet import metrics
from lenet._util.files import made, uninterrupted
from lenet.datasets import load_all
from lenet.datasets.registry import official_test
from lenet.errors import LenetError
from lenet.evaluation.calibrate import calibrated
from lenet.evaluation.comparability import comparability
from lenet.evaluation.evaluate import Predictions, as_json, as_text, official, predict_dataset
from lenet.inference.recognizer import SHIPPED, Recognizer, model_path
from lenet.inference.recognizer import load as load_model
from lenet.models import file as model_file
from lenet.reports import evaluation as report
from lenet.reports import model_card
from lenet.training import checkpoint, recipes
from lenet.training.history import Epoch, plot_history, read_history, write_history
from lenet.training.trainer import Training


def train(options: argparse.Namespace) -> int:
    """Trains and writes, after each epoch, model.safetensors, history.json and the state that
    --resume goes on from; at the end history.png, and the model's temperature and thresholds.

    After a whole training part of EMNIST it ends with what the model reaches on the official test.
    """
    from tqdm import tqdm

    training = _training(options)
    tests = list(filter(None, map(official_test, options.data)))
    folder = made(options.out)
    state = folder / "checkpoint.npz"
    if options.resume and state.exists():
        checkpoint.load(state, training)
        print(f"going on after epoch {len(training.history)} of {training.count}")
    else:
        _set_aside(folder)
    print(
        f"{options.arch}: {training.network.parameters:,} parameters, "
        f"{len(training.train):,} images to train on, {len(training.validation):,} to validate, "
        f"{options.threads} thread{'s' if options.threads > 1 else ''}"
    )
    begun = len(training.history) * training.steps
    kept = training.model() if begun else None  # what the folder holds
    try:
        with tqdm(
            total=training.steps * training.count,
            initial=begun,
            unit="step",
            disable=None,
            leave=False,
        ) as bar:
            for row in training.epochs(lambda done: bar.update(done - bar.n)):
                model = training.model()
                with uninterrupted():
                    model_file.save(folder / "model.safetensors", model)
                    write_history(folder / "history.json", training.history)
                    checkpoint.save(state, training)
                    kept = model
                bar.write(_line(row, training.count))
    except KeyboardInterrupt:
        said = "nothing was written"
        if kept:
            _finish(folder, training, kept)
            done = kept.metadata["epochs"]
            said = f"{folder / 'model.safetensors'} has epoch {done}; --resume goes on"
        print(f"lenet train: stopped; {said}", file=sys.stderr)
        raise
    model = _finish(folder, training, training.model())
    print(f"wrote {folder / 'model.safetensors'}")
    for test in tests:
        print(official(model, test))
    return 0


def _training(options: argparse.Namespace) -> Training:
    """What the options ask for, before its first step."""
    from tqdm import tqdm

    with tqdm(bar_format="reading {desc}", disable=None, leave=False) as bar:
        data = load_all(
            options.data,
            progress=bar.set_description_str,
            pens=(min(options.pens), max(options.pens)),
            copies=options.copies,
            per_drawer=options.per_drawer,
            hands=(0, 1) if options.unsteady else (0,),
            seed=options.seed,
        )
    recipe = recipes.named(options.recipe)
    names = ("batch", "rate", "balance", "nonletters", "transfer", "trust")
    given = {name: getattr(options, name) for name in names}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if options.plain:
        changes["augmentation"] = recipes.NO_AUGMENTATION
    with tqdm(desc="asking teachers", unit="image", delay=1, disable=None, leave=False) as bar:
        return Training(
            options.arch,
            data,
            epochs=options.epochs,
            seed=options.seed,
            threads=options.threads,
            recipe=replace(recipe, **changes),
            shares=tuple(options.shares),
            pen=options.pen,
            teachers=tuple(model_file.load(path) for path in options.teachers),
            progress=bar.update,
        )


def _set_aside(folder: Path) -> None:
    """Keeps the model of an earlier training in the same folder, as previous.safetensors."""
    model = folder / "model.safetensors"
    if model.exists():
        model.replace(folder / "previous.safetensors")
        print(f"the earlier model is kept as {folder / 'previous.safetensors'}")


def _line(row: Epoch, epochs: int) -> str:
    return (
        f"epoch {row.epoch:>{len(str(epochs))}}/{epochs}  "
        f"loss {row.loss:.4f}  accuracy {row.accuracy:.4f}  "
        f"validation loss {row.validation_loss:.4f}  accuracy {row.validation_accuracy:.4f}"
    )


def _finish(folder: Path, training: Training, model: model_file.Model) -> model_file.Model:
    """Writes the model with the thresholds that its validation part gives, and the plot; returns
    what was written."""
    model = calibrated(model, training.validation)
    model_file.save(folder / "model.safetensors", model)
    declined = model.metadata["calibration"]["made_nonletters_rejected"]
    print(f"temperature {model.temperature:.2f}; of made non-letters {declined:.0%} are declined")
    path = folder / "history.png"
    try:
        plot_history(path, training.history[: model.metadata["epochs"]])
    except ImportError:
        print(
            f"lenet train: {path} is not drawn without matplotlib; pip install 'lenet[plot]'",
            file=sys.stderr,
        )
    return model


def evaluate(options: argparse.Namespace) -> int:
    """Prints accuracy and interval for each data set, as text or as JSON; writes a report.

    One is called by the name of an official test only where that is true.
    """
    if len(set(options.data)) < len(options.data):
        raise LenetError("a data set is given twice; name each once")
    if options.report:
        made(options.report)  # what cannot be written is said before the work is done
    recognizer = load_model(options.model)
    other = load_model(options.against) if options.against else None
    answered, theirs = [], []
    for spec in options.data:
        answered.append(_ask(recognizer, spec))
        paired = None
        if other:
            theirs.append(_ask(other, spec))
            paired = metrics.mcnemar(answered[-1].correct, theirs[-1].correct)
        data = answered[-1].data
        found = metrics.classification_metrics(answered[-1].probabilities, data.labels, data.classes)
        stands = comparability(data, recognizer.model)
        if options.json:
            print(as_json(spec, found, stands, paired), flush=True)
        else:
            remarks = "; ".join(stands.caveats())
            name = (stands.official or spec) + (f" ({remarks})" if remarks else "")
            print(as_text(name, found, paired), flush=True)
    if options.report:
        history = _history(options.model, recognizer)
        against = (other, theirs) if other else None
        page = report.write(options.report, recognizer, answered, against, history)
        print(f"wrote {page}", file=sys.stderr if options.json else sys.stdout)
    return 0


def _history(model: str | Path | None, recognizer: Recognizer) -> list[Epoch]:
    """The epochs beside a model file, if they end with those of this model."""
    path = model_path(model).with_name("history.json")
    if not path.exists():
        return []
    history = read_history(path)
    ended = recognizer.model.metadata.get("metrics")
    return history if history and asdict(history[-1]) == ended else []


def _ask(recognizer: Recognizer, spec: str) -> Predictions:
    """`predict_dataset`, which on a terminal says what it is about."""
    from tqdm import tqdm

    with tqdm(desc=f"reading {spec}", bar_format="{desc}", disable=None, leave=False):
        return predict_dataset(recognizer, spec)


def card(options: argparse.Namespace) -> int:
    """Prints a model's card, with a line for each data set that it is asked about."""
    recognizer = load_model(options.model)
    figures = [model_card.measure(recognizer, spec) for spec in options.data]
    reference = str(options.model or SHIPPED.stem)
    print(model_card.card(recognizer.model, reference, figures), end="")
    return 0
