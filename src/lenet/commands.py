"""`lenet train` and `lenet evaluate`: what they print and write."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from lenet import evaluation, model_file
from lenet.datasets import load, load_all
from lenet.errors import LenetError
from lenet.recognizer import load as load_model
from lenet.training import (
    NO_AUGMENTATION,
    Augmentation,
    Epoch,
    Recipe,
    Training,
    plot_history,
    write_history,
)


def train(options: argparse.Namespace) -> int:
    """Trains and writes model.safetensors (after each epoch), history.json and history.png."""
    from tqdm import tqdm

    data = load_all(
        options.data,
        pens=(min(options.pens), max(options.pens)),
        copies=options.copies,
        per_drawer=options.per_drawer,
        seed=options.seed,
    )
    augmentation = NO_AUGMENTATION if options.plain else Augmentation()
    recipe = Recipe(batch=options.batch, rate=options.rate, augmentation=augmentation)
    training = Training(
        options.arch,
        data,
        epochs=options.epochs,
        seed=options.seed,
        threads=options.threads,
        recipe=recipe,
    )
    folder = _folder(options.out)
    _set_aside(folder)
    print(
        f"{options.arch}: {training.network.parameters:,} parameters, "
        f"{len(training.train):,} images to train on, {len(training.validation):,} to validate, "
        f"{options.threads} thread{'s' if options.threads > 1 else ''}"
    )
    try:
        with tqdm(
            total=training.steps * options.epochs, unit="step", disable=None, leave=False
        ) as bar:
            for row in training.epochs(lambda done: bar.update(done - bar.n)):
                model_file.save(folder / "model.safetensors", training.model())
                write_history(folder / "history.json", training.history)
                bar.write(_line(row, options.epochs))
    except KeyboardInterrupt:
        _plot(folder / "history.png", training)
        done = len(training.history)
        kept = f"{folder / 'model.safetensors'} has epoch {done}" if done else "nothing was written"
        print(f"lenet train: stopped; {kept}", file=sys.stderr)
        raise
    _plot(folder / "history.png", training)
    print(f"wrote {folder / 'model.safetensors'}")
    return 0


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LenetError(
            f"{path}: cannot be made ({error.strerror}); choose another --out"
        ) from None
    return path


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


def _plot(path: Path, training: Training) -> None:
    if not training.history:
        return
    try:
        plot_history(path, training.history)
    except ImportError:
        print(
            f"lenet train: {path} is not drawn without matplotlib; pip install 'lenet[plot]'",
            file=sys.stderr,
        )


def evaluate(options: argparse.Namespace) -> int:
    """Prints accuracy and interval for each data set, as text or as JSON."""
    recognizer = load_model(options.model)
    for spec in options.data:
        data = load(spec)
        found = evaluation.score(recognizer.probabilities(data.images), data.labels)
        print(_as_json(spec, found) if options.json else _as_text(spec, found), flush=True)
    return 0


def _as_json(spec: str, found: evaluation.Evaluation) -> str:
    return json.dumps(
        {
            "data": spec,
            "n": found.n,
            "right": found.right,
            "accuracy": found.accuracy,
            "interval": list(found.interval),
            "loss": found.loss,
            "top_five": found.top_five,
            "per_letter": found.per_letter(),
            "confused": found.confused(),
        }
    )


def _as_text(spec: str, found: evaluation.Evaluation) -> str:
    low, high = (100 * bound for bound in found.interval)
    errors = ", ".join(
        f"{label} read as {answer} {count}x" for label, answer, count in found.confused()
    )
    return (
        f"{spec}: {100 * found.accuracy:.2f} % right ({found.right:,} of {found.n:,}; "
        f"95 % interval {low:.1f}-{high:.1f}), {100 * found.top_five:.1f} % among the first five"
        + (f"; most confused: {errors}" if errors else "")
    )
