"""What each command takes."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from lenet.cli.argument_types import named, number
from lenet.engine.abi import DEFAULT_PEN, MAX_BATCH_SIZE, MAX_LEARNING_RATE, MAX_PEN, MAX_THREADS, MIN_PEN
from lenet.inference.recognizer import MODELS, SHIPPED
from lenet.models import DEFAULT_ARCHITECTURE


def model(sub: argparse.ArgumentParser) -> None:
    """Which model answers."""
    names = sorted(path.stem for path in MODELS.glob("*.safetensors"))
    sub.add_argument(
        "--model",
        metavar="MODEL",
        help=f"a file that `lenet train` wrote, or one of the package by name: {', '.join(names)} "
        f"(default: {SHIPPED.stem})",
    )


def draw(sub: argparse.ArgumentParser) -> None:
    """What `lenet draw` takes."""
    model(sub)
    sub.add_argument(
        "--port",
        type=number(int, 1, 65535),
        help="port on 127.0.0.1 (default: 8000 or the next free one)",
    )
    sub.add_argument("--no-browser", action="store_true", help="only serve; open no browser")


def predict(sub: argparse.ArgumentParser) -> None:
    """What `lenet predict` takes."""
    sub.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="strokes (.jsonl, .jsonl.gz), picture, .npz of letters; -: JSONL from standard input",
    )
    model(sub)
    sub.add_argument("--json", action="store_true", help="one JSON object a letter")


def train(sub: argparse.ArgumentParser) -> None:
    """What `lenet train` takes."""
    sub.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for model.safetensors, history.json, history.png and checkpoint.npz",
    )
    sub.add_argument(
        "--resume",
        action="store_true",
        help="go on where a training with the same data and options was stopped or killed",
    )
    sub.add_argument(
        "--seed",
        type=number(int, 0, 2**32 - 1),
        default=0,
        metavar="N",
        help="of all that is random: same seed, same weights (default 0)",
    )
    sub.add_argument(
        "--threads",
        type=number(int, 1, MAX_THREADS),
        default=min(MAX_THREADS, os.cpu_count() or 1),
        metavar="N",
        help="the result does not depend on it (default: all cores)",
    )
    _learned(sub.add_argument_group("what is learned"))
    _how(sub.add_argument_group("how it is learned"))
    _strokes(sub.add_argument_group("how strokes are drawn, where --data has drawings"))


def _learned(group: Any) -> None:
    """What is learned."""
    group.add_argument(
        "--data",
        nargs="+",
        default=["glyphs"],
        metavar="SPEC",
        help="data sets, listed below (default: glyphs); a tenth is held back to validate",
    )
    group.add_argument(
        "--shares",
        nargs="+",
        default=[],
        type=number(float, 0, 1e6),
        metavar="X",
        help="how much of an epoch each of --data makes up (default: as much as it has images)",
    )
    group.add_argument(
        "--teachers",
        nargs="+",
        default=[],
        type=Path,
        metavar="FILE",
        help="models whose answers are learned beside the labels",
    )
    group.add_argument(
        "--trust",
        type=number(float, 0, 1),
        metavar="X",
        help="with --teachers: how much they count beside the labels (default: the recipe's)",
    )
    group.add_argument(
        "--transfer",
        type=number(int, 1, 10_000_000),
        metavar="N",
        help="with --teachers: the network learns from N images that are augmented once and then "
        "answered (default: they answer the images as they are); 1 kB of memory each",
    )
    group.add_argument(
        "--nonletters",
        type=number(float, 0, 10),
        metavar="X",
        help="made drawings that are no letter, X for each letter, to be declined (default: the recipe's)",
    )


def _how(group: Any) -> None:
    """How it is learned."""
    group.add_argument(
        "--arch",
        type=named("models"),
        default=DEFAULT_ARCHITECTURE,
        metavar="NAME",
        help=f"the network, one of `lenet architectures` (default: {DEFAULT_ARCHITECTURE})",
    )
    group.add_argument(
        "--recipe",
        type=named("training.recipes"),
        default="best",
        metavar="NAME",
        help="optimiser, schedule and augmentation: best (default), plain, the same without "
        "augmentation, or holzweber2021, that of the published notebook; what follows changes "
        "single numbers of it",
    )
    group.add_argument("--epochs", type=number(int, 1, 100_000), metavar="N", help="how long")
    group.add_argument("--batch", type=number(int, 1, MAX_BATCH_SIZE), metavar="N", help="images a step")
    group.add_argument(
        "--rate",
        type=number(float, 0, MAX_LEARNING_RATE),
        metavar="X",
        help="learning rate; of best, which raises and lowers it, its peak",
    )
    group.add_argument(
        "--balance",
        type=number(float, 0, 1),
        metavar="X",
        help="0: each image is seen as often as the others; 1: each letter",
    )
    group.add_argument("--plain", action="store_true", help="no augmentation")


def _strokes(group: Any) -> None:
    """How strokes are drawn."""
    group.add_argument(
        "--pens",
        nargs=2,
        type=number(float, MIN_PEN, MAX_PEN),
        default=(0.09, 0.22),
        metavar=("LOW", "HIGH"),
        help="to train on: widths at random between these, shares of a letter's longer side "
        "(default 0.09 0.22)",
    )
    group.add_argument(
        "--pen",
        type=number(float, MIN_PEN, MAX_PEN),
        default=DEFAULT_PEN,
        metavar="X",
        help=f"to be answered: the width that the model file asks for (default {DEFAULT_PEN})",
    )
    group.add_argument(
        "--copies",
        type=number(int, 1, 100),
        default=1,
        metavar="N",
        help="images of each drawing (default 1)",
    )
    group.add_argument(
        "--unsteady",
        action="store_true",
        help="every other copy as if drawn by a less steady hand",
    )
    group.add_argument(
        "--per-drawer",
        type=number(int, 1, 10**9),
        metavar="N",
        help="at most so many drawings of one person",
    )


def evaluate(sub: argparse.ArgumentParser) -> None:
    """What `lenet evaluate` takes."""
    model(sub)
    sub.add_argument("--data", nargs="+", required=True, metavar="SPEC", help="data sets, listed below")
    sub.add_argument(
        "--report",
        type=Path,
        metavar="DIR",
        help="folder for a page, index.html, with charts and errors in pictures, and report.json",
    )
    sub.add_argument("--against", metavar="MODEL", help="another model, compared image by image")
    sub.add_argument("--json", action="store_true", help="one JSON object a data set")


def card(sub: argparse.ArgumentParser) -> None:
    """What `lenet card` takes."""
    model(sub)
    sub.add_argument(
        "--data",
        nargs="+",
        default=[],
        metavar="SPEC",
        help="data sets, listed below, to measure for the card",
    )


def architectures(sub: argparse.ArgumentParser) -> None:
    """What `lenet architectures` takes."""
    sub.add_argument("name", nargs="?", type=named("models"), metavar="NAME", help="the one to show")


def fetch(sub: argparse.ArgumentParser) -> None:
    """What `lenet data fetch` takes."""
    sub.add_argument("what", choices=["emnist"], help="what to get")
    sub.add_argument(
        "--split",
        nargs="+",
        default=["letters"],
        metavar="NAME",
        help="byclass, bymerge, balanced, letters (default), digits, mnist",
    )
    sub.add_argument(
        "--from",
        dest="origin",
        metavar="URL|PATH",
        help="zip with the files in it (default: NIST's)",
    )
    sub.add_argument(
        "--to",
        type=Path,
        metavar="DIR",
        help="data folder (default: that of LENET_DATA, else the platform's cache folder)",
    )
    sub.add_argument("--unchecked", action="store_true", help="take files whose SHA-256 is not NIST's")


def info(sub: argparse.ArgumentParser) -> None:
    """What `lenet data info` takes."""
    sub.add_argument("specs", nargs="+", metavar="SPEC", help="data sets, listed below")
    sub.add_argument(
        "--report",
        type=Path,
        metavar="DIR",
        help="folder for a page with pictures, near copies and suspicious labels",
    )
    sub.add_argument(
        "--model",
        type=Path,
        metavar="FILE",
        help="judges the labels (default: networks trained on two thirds of the data each)",
    )
