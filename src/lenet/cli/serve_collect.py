"""The arguments of `lenet serve` for collecting handwriting and for a class."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.cli.arguments import UsageError, integer
from lenet.errors import LenetError

if TYPE_CHECKING:
    from lenet.server.collect.settings import CollectConfig

MAX_RATE = 1_000_000  # requests a minute


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    group = parser.add_argument_group("collecting, which needs `pip install 'lenet[collect]'`")
    group.add_argument(
        "--collect",
        metavar="URL",
        help="store contributed letters in a database: a file for SQLite, or postgresql://USER@HOST/NAME",
    )
    group.add_argument(
        "--class",
        dest="class_name",
        metavar="NAME",
        help="hold a lesson: phones join by a code; the letters are deleted when the server ends",
    )
    group.add_argument(
        "--consent",
        type=Path,
        metavar="FILE",
        help="text in Markdown that contributors agree to: who is responsible, why, and the licence",
    )
    group.add_argument(
        "--rate-limit",
        type=integer(1, MAX_RATE),
        metavar="N",
        help="requests a minute of a contributor, and ten times as many of an address; this machine is not "
        "limited (default: 60)",
    )
    group.add_argument(
        "--owner-token-file",
        type=Path,
        metavar="FILE",
        help="token that admits to moderation; by default the variable LENET_OWNER_TOKEN",
    )


def collect_config(args: argparse.Namespace) -> CollectConfig | None:
    """Return the settings of collecting; None if nothing is collected.

    Raises:
        UsageError: the arguments do not fit together.
        LenetError: the owner's token cannot be used.
    """
    option = "--collect" if args.collect is not None else "--class" if args.class_name is not None else None
    if option is None:
        for name in ("consent", "owner_token_file", "rate_limit"):
            if getattr(args, name) is not None:
                flag = f"--{name.replace('_', '-')}"
                raise UsageError(f"{flag}: nothing is collected; add --collect URL or --class NAME")
        return None
    if args.collect == "":
        raise UsageError("--collect: no database; give a file, or postgresql://USER@HOST/NAME")
    if args.consent is None:
        raise UsageError(f"{option}: contributors must read a text first; add --consent FILE")
    is_class = args.class_name is not None
    if is_class and args.owner_token_file is not None:
        raise UsageError("--owner-token-file: the letters of a class are not moderated; leave it out")
    from lenet.server.collect.moderation import owner_token
    from lenet.server.collect.settings import PER_MINUTE, CollectConfig

    token = None if is_class else owner_token(args.owner_token_file, os.environ)
    try:
        return CollectConfig(
            consent=args.consent,
            database=args.collect,
            class_name=args.class_name,
            per_minute=args.rate_limit or PER_MINUTE,
            owner_token=token,
        )
    except LenetError as error:
        raise UsageError(str(error)) from None
