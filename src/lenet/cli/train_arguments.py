"""The arguments of `lenet train`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.cli.arguments import (
    add_image_layout,
    architecture,
    integer,
    pen_width,
    real,
    recipe,
)
from lenet.cli.train_config import add_config
from lenet.engine.abi import DEFAULT_PEN, MAX_BATCH_SIZE, MAX_LEARNING_RATE, MAX_THREADS
from lenet.models import DEFAULT_ARCHITECTURE

if TYPE_CHECKING:
    pass

DEFAULT_PEN_WIDTHS = (0.09, 0.22)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet train`."""
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for model.safetensors, history.json, history.png and checkpoint.npz",
    )
    add_config(parser)
    existing = parser.add_mutually_exclusive_group()
    existing.add_argument(
        "--resume",
        action="store_true",
        help="continue an interrupted training with the same data and options from its checkpoint",
    )
    existing.add_argument(
        "--overwrite",
        action="store_true",
        help="replace the model of an earlier training in this folder, which stays as previous.safetensors",
    )
    parser.add_argument(
        "--seed",
        type=integer(0, 2**32 - 1),
        default=0,
        metavar="N",
        help="random seed; the same seed, data and version give bit-identical weights (default 0)",
    )
    parser.add_argument(
        "--threads",
        type=integer(1, MAX_THREADS),
        default=min(MAX_THREADS, os.cpu_count() or 1),
        metavar="N",
        help="number of threads; the weights do not depend on it (default: all cores)",
    )
    _add_data(parser)
    _add_optimization(parser)
    _add_distillation(parser)
    _add_strokes(parser)


def _add_data(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("data")
    group.add_argument(
        "--data",
        nargs="+",
        default=["font-letters"],
        metavar="DATASET",
        help="training data, listed below (default: font-letters); a tenth becomes the validation set",
    )
    group.add_argument(
        "--withdrawn",
        type=Path,
        metavar="FILE",
        help="list of withdrawn contributions (`lenet collect export --withdrawn`), which are left out; "
        "an older export among --data is refused",
    )
    add_image_layout(group)
    group.add_argument(
        "--data-weights",
        nargs="+",
        default=[],
        type=real(0, 1e6),
        metavar="X",
        help="relative size of each data set of --data in an epoch (default: its number of images)",
    )
    group.add_argument(
        "--class-balance",
        type=real(0, 1),
        metavar="X",
        help="0: every image is sampled equally often; 1: every class (default: the recipe's)",
    )
    group.add_argument(
        "--outlier-ratio",
        type=real(0, 10),
        metavar="X",
        help="synthetic outliers for each training letter, which the network learns to reject "
        "(default: the recipe's)",
    )
    group.add_argument("--no-aug", action="store_true", help="no data augmentation")


def _add_optimization(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("network and optimization")
    group.add_argument(
        "--arch",
        type=architecture,
        default=DEFAULT_ARCHITECTURE,
        metavar="NAME",
        help=f"architecture, one of `lenet architectures` (default: {DEFAULT_ARCHITECTURE})",
    )
    group.add_argument(
        "--recipe",
        type=recipe,
        default="default",
        metavar="NAME",
        help="optimizer, learning-rate schedule and augmentation: default, or holzweber2021, that of "
        "the published notebook; the options here change single values of it",
    )
    group.add_argument(
        "--epochs",
        type=integer(1, 100_000),
        metavar="N",
        help="number of epochs (default: the recipe's)",
    )
    group.add_argument(
        "--batch-size",
        type=integer(1, MAX_BATCH_SIZE),
        metavar="N",
        help="images in a training step (default: the recipe's)",
    )
    group.add_argument(
        "--lr",
        dest="learning_rate",
        type=real(0, MAX_LEARNING_RATE),
        metavar="X",
        help="learning rate; of a one-cycle schedule, its maximum (default: the recipe's)",
    )


def _add_distillation(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("knowledge distillation")
    group.add_argument(
        "--teacher-model",
        nargs="+",
        default=[],
        type=Path,
        metavar="FILE",
        help="teacher models; the network learns from their averaged probabilities, too",
    )
    group.add_argument(
        "--distillation-alpha",
        type=real(0, 1),
        metavar="X",
        help="weight of the teachers' soft targets, 0..1; the labels have the rest (default: the recipe's)",
    )
    group.add_argument(
        "--transfer-set-size",
        type=integer(1, 10_000_000),
        metavar="N",
        help="learn only from N images that are augmented once and then labelled by the teachers; "
        "1 kB of memory each (default: the teachers label the training images)",
    )


def _add_strokes(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("rasterization of the drawings in --data")
    group.add_argument(
        "--train-pen-width",
        nargs=2,
        type=pen_width,
        default=DEFAULT_PEN_WIDTHS,
        metavar=("MIN", "MAX"),
        help="range of random pen widths in training, fractions of a letter's longer side "
        "(default 0.09 0.22)",
    )
    group.add_argument(
        "--pen-width",
        type=pen_width,
        default=DEFAULT_PEN,
        metavar="X",
        help=f"pen width used at inference, stored in the model file (default {DEFAULT_PEN})",
    )
    group.add_argument(
        "--renders-per-drawing",
        type=integer(1, 100),
        default=1,
        metavar="N",
        help="images made of each drawing, with a random pen width each (default 1)",
    )
    group.add_argument(
        "--stroke-jitter", action="store_true", help="jitter the strokes of every other image of a drawing"
    )
    group.add_argument(
        "--max-per-writer",
        type=integer(1, 10**9),
        metavar="N",
        help="maximum number of drawings of one writer (default: all)",
    )
