"""`lenet train`: a model from labelled letters."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from lenet._util.counts import counted
from lenet.cli.arguments import (
    DATASET_HELP,
    image_layout,
)
from lenet.cli.progress import note, progress_bar
from lenet.cli.train_arguments import add_arguments
from lenet.cli.train_config import configured_trial
from lenet.errors import LenetError

if TYPE_CHECKING:
    from lenet.datasets import Dataset
    from lenet.models.file import Model
    from lenet.training.history import Epoch
    from lenet.training.recipes import Recipe
    from lenet.training.trainer import Trainer

EPILOG = f"""examples:
  lenet train --out runs/first
  lenet train --data letters.npz font-letters --epochs 10 --out runs/second
  lenet train --data letters.npz --arch lenet5 --lr 0.003 --out runs/third
  lenet train --data emnist:letters --out runs/emnist
  lenet train --data letters.jsonl.gz --withdrawn withdrawn.json --out runs/class
  lenet train --config sweeps/first/sweep.parquet:12 --out runs/best

{DATASET_HELP}"""

RECIPE_OPTIONS = (
    "learning_rate",
    "batch_size",
    "class_balance",
    "outlier_ratio",
    "transfer_set_size",
    "distillation_alpha",
)
"""Options that change a field of the recipe, by its name."""

CHECKPOINT = "checkpoint.npz"


def run(args: argparse.Namespace) -> int:
    """Train; write model.safetensors, history.json and the checkpoint after each epoch.

    At the end, calibrate the model and plot the history. After training on an official training
    part of EMNIST, print the accuracy on the official test.
    """
    from lenet._util.files import ensure_dir, locked
    from lenet.cli.evaluate import official_test_text
    from lenet.datasets.registry import official_test

    if not (args.resume or args.overwrite) and (args.out / "model.safetensors").exists():
        raise LenetError(
            f"{args.out}: holds the model of an earlier training; give --resume to continue it, --overwrite "
            "to replace it, or another --out"
        )
    if args.resume and not (args.out / CHECKPOINT).exists():
        raise LenetError(f"{args.out}: holds no checkpoint to resume; check --out, or leave out --resume")
    trial = configured_trial(args, add_arguments) if args.config else None
    if trial:
        args.arch, args.data = trial.arch, list(trial.data)
    training = trial.trainer(trial.load(), args.threads) if trial else _training(args)
    tests = [test for name in args.data if (test := official_test(name))]
    folder = ensure_dir(args.out)
    with locked(folder):
        _resume(folder, training) if args.resume else _set_aside(folder)
        validation = counted(len(training.validation), "image")
        print(
            f"{args.arch}: {training.network.parameters:,} parameters, "
            f"training set {len(training.train_set):,}, validation set {validation}, "
            f"{counted(args.threads, 'thread')}"
        )
        model = _fit(folder, training, trial.epochs if trial else training.num_epochs)
    print(f"wrote {folder / 'model.safetensors'}")
    for test in tests:
        print(official_test_text(model, test))
    return 0


def _training(args: argparse.Namespace) -> Trainer:
    """Read the data and prepare the training."""
    from lenet.datasets import Rendering, load_all
    from lenet.datasets.contributions import check_withdrawn
    from lenet.models import load_model
    from lenet.training.options import TrainingOptions
    from lenet.training.trainer import prepare

    withdrawn = check_withdrawn(args.data, args.withdrawn) if args.withdrawn else None
    rendering = Rendering(
        pen_widths=(min(args.train_pen_width), max(args.train_pen_width)),
        renders_per_drawing=args.renders_per_drawing,
        stroke_jitter=(0, 1) if args.stroke_jitter else (0,),
        max_per_writer=args.max_per_writer,
        without=withdrawn.ids if withdrawn else frozenset(),
        seed=args.seed,
    )
    with note("") as bar:
        data = load_all(
            args.data,
            progress=lambda name: bar.set_description_str(f"reading {name}"),
            rendering=rendering,
            layout=image_layout(args),
        )
    for line in [*data.notes, *_missing_classes(data)]:
        print(line)
    with progress_bar(desc="teachers' predictions", unit="image", delay=1) as bar:
        return prepare(
            args.arch,
            data,
            _recipe(args),
            TrainingOptions(
                num_epochs=args.epochs,
                seed=args.seed,
                threads=args.threads,
                data_weights=tuple(args.data_weights),
                pen_width=args.pen_width,
                teachers=tuple(load_model(path) for path in args.teacher_model),
                withdrawn_contributors=withdrawn.contributors if withdrawn else None,
            ),
            progress=bar.update,
        )


def _missing_classes(data: Dataset) -> list[str]:
    """Return a note that names the classes without images, if there are some."""
    missing = [name for name, count in zip(data.classes, data.counts(), strict=True) if not count]
    if not missing:
        return []
    return [f"the data have no image of {', '.join(missing)}; the network cannot learn these classes"]


def _recipe(args: argparse.Namespace) -> Recipe:
    """Return the recipe with the values that options change."""
    from lenet.training import recipes

    options = {name: getattr(args, name) for name in RECIPE_OPTIONS}
    changes = {name: value for name, value in options.items() if value is not None}
    if args.no_aug:
        changes["augmentation"] = recipes.NO_AUGMENTATION
    return replace(recipes.get_recipe(args.recipe), **changes)


def _resume(folder: Path, training: Trainer) -> None:
    """Continue from the checkpoint in the folder."""
    from lenet.training import checkpoint

    checkpoint.load(folder / CHECKPOINT, training)
    print(f"resuming after epoch {len(training.history)} of {training.num_epochs}")


def _set_aside(folder: Path) -> None:
    """Keep the model of an earlier training in the same folder as previous.safetensors."""
    model = folder / "model.safetensors"
    if model.exists():
        model.replace(folder / "previous.safetensors")
        print(f"kept the earlier model as {folder / 'previous.safetensors'}")


def _fit(folder: Path, training: Trainer, epochs: int) -> Model:
    """Train to an epoch and write the files; on Ctrl-C finish the model of the last epoch."""
    from lenet._util.files import defer_interrupt
    from lenet.models import save_model
    from lenet.training import checkpoint
    from lenet.training.history import write_history

    done = len(training.history) * training.steps
    written = training.model() if done else None
    total = training.steps * epochs
    try:
        with progress_bar(total=total, initial=done, unit="step") as bar:
            for row in islice(training.epochs(bar.update), max(0, epochs - len(training.history))):
                model = training.model()
                with defer_interrupt():
                    save_model(folder / "model.safetensors", model)
                    write_history(folder / "history.json", training.history)
                    checkpoint.save(folder / CHECKPOINT, training)
                    written = model
                bar.write(_line(row, training.num_epochs))
    except KeyboardInterrupt:
        message = "nothing was written"
        if written:
            _finish(folder, training, written)
            epoch = written.training.epochs
            message = f"{folder / 'model.safetensors'} has epoch {epoch}; --resume continues"
        print(f"lenet train: stopped; {message}", file=sys.stderr)
        raise
    return _finish(folder, training, training.model())


def _line(row: Epoch, epochs: int) -> str:
    return (
        f"epoch {row.epoch:>{len(str(epochs))}}/{epochs}  "
        f"loss {row.loss:.4f}  accuracy {row.accuracy:.4f}  "
        f"validation loss {row.validation_loss:.4f}  validation accuracy {row.validation_accuracy:.4f}"
    )


def _finish(folder: Path, training: Trainer, model: Model) -> Model:
    """Calibrate the model on the validation set, write it and the plot; return it."""
    from lenet.evaluation.calibrate import calibrated
    from lenet.models import save_model
    from lenet.training.history import plot_history

    model = calibrated(model, training.validation)
    save_model(folder / "model.safetensors", model)
    if calibration := model.training.calibration:
        rejects = f"rejects {100 * calibration.outliers_rejected:.0f} % of the synthetic outliers"
        print(f"calibration: temperature {model.temperature:.2f}; {rejects}")
    path = folder / "history.png"
    try:
        plot_history(path, training.history[: model.training.epochs])
    except ImportError:
        print(f"lenet train: {path} needs matplotlib; pip install 'lenet[plot]'", file=sys.stderr)
    return model
