"""`lenet train --config`: the training of a sweep's row again."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from lenet.errors import LenetError

if TYPE_CHECKING:
    from lenet.sweep.trial import Trial

KEPT = {"help", "out", "resume", "overwrite", "threads", "config"}
"""Options that do not decide the weights."""


def add_config(parser: argparse.ArgumentParser) -> None:
    """Add --config."""
    parser.add_argument(
        "--config",
        metavar="FILE:ROW",
        help="train a row of a sweep's results again, to the bit: sweep.parquet:NUMBER, counted from 0, or "
        "results.jsonl:DIGEST; data, network, recipe and seed are the row's",
    )


def configured_trial(
    args: argparse.Namespace, add_arguments: Callable[[argparse.ArgumentParser], None]
) -> Trial:
    """Return the trial that --config names.

    Args:
        args: the arguments of `lenet train`.
        add_arguments: adds them to a parser, which knows the defaults.

    Raises:
        LenetError: the row cannot be read, or an option would change its training.
    """
    from lenet.sweep.address import read_trial
    from lenet.sweep.trial import code_digest

    parser = argparse.ArgumentParser()
    add_arguments(parser)
    for action in parser._actions:
        if action.dest not in KEPT and getattr(args, action.dest) != action.default:
            option = action.option_strings[-1]
            raise LenetError(f"{option}: the row of --config decides it; leave out {option}")
    trial = read_trial(args.config)
    if trial.code != code_digest():
        print(
            f"lenet train: {args.config} was trained by other code or another kind of processor; "
            "the weights may differ",
            file=sys.stderr,
        )
    return trial
