"""`lenet model-card`: a model card in Markdown."""

from __future__ import annotations

import argparse

from lenet.cli.arguments import DATASET_HELP, add_model
from lenet.cli.progress import note

EPILOG = f"""examples:
  lenet model-card
  lenet model-card --model runs/first/model.safetensors --data letters.npz > card.md

{DATASET_HELP}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet model-card`."""
    add_model(parser)
    parser.add_argument(
        "--data",
        nargs="+",
        default=[],
        metavar="DATASET",
        help="data sets, listed below, on which the model is evaluated for the card",
    )


def run(args: argparse.Namespace) -> int:
    """Print the card."""
    from lenet.inference.recognizer import load
    from lenet.models import DEFAULT_MODEL
    from lenet.reports import model_card

    recognizer = load(args.model)
    figures = []
    for name in args.data:
        with note(f"evaluating on {name}"):
            figures.append(model_card.measure(recognizer, name))
    print(model_card.card(recognizer.model, str(args.model or DEFAULT_MODEL.stem), figures), end="")
    return 0
