"""`lenet architectures`: the networks that can be trained."""

from __future__ import annotations

import argparse

from lenet.cli.arguments import architecture

EPILOG = """examples:
  lenet architectures
  lenet architectures lenet5"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet architectures`."""
    parser.add_argument(
        "name", nargs="?", type=architecture, metavar="NAME", help="the architecture to describe"
    )


def run(args: argparse.Namespace) -> int:
    """Print the list, or the layers of one architecture."""
    from lenet.models import get_architecture
    from lenet.models.summary import description, overview

    print(description(get_architecture(args.name)) if args.name else overview())
    return 0
