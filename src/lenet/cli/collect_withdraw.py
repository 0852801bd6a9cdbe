"""`lenet collect withdraw`: empty contributions for someone who asks for it."""

from __future__ import annotations

import argparse
import getpass
import hashlib
import sys
from typing import TYPE_CHECKING

from lenet._util.counts import counted
from lenet.cli.collect_database import add_database, contribution_id, opened
from lenet.errors import LenetError

if TYPE_CHECKING:
    from lenet.server.collect.types import Receipt

EPILOG = """examples:
  lenet collect withdraw letters.db
  lenet collect withdraw letters.db --id 01976c2e-5a01-7000-8000-3f1d6c0a9b11

Without --id, the contributor's code is read from standard input, so that it is in no list of processes;
spaces and hyphens in it do not count. All contributions with this code are emptied."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet collect withdraw`."""
    add_database(parser)
    parser.add_argument(
        "--id", nargs="+", type=contribution_id, metavar="ID", help="only these contributions, at most 1000"
    )


def run(args: argparse.Namespace) -> int:
    """Withdraw; print the receipt."""
    digests = [] if args.id else _key_digests()
    with opened(args) as database:
        from lenet.server.collect import queries

        with database.writing() as connection:
            if args.id:
                receipt = queries.withdraw_ids(connection, args.id)
            for digest in digests:
                receipt = queries.withdraw(connection, digest)
                if receipt.count:
                    break
        if not receipt.count:
            message = "no contributions with this code or id; check it, they may be withdrawn already"
            raise LenetError(message)
        is_clean = database.forget_old_bytes()
    print(_text(receipt))
    if not is_clean:
        print("the log of the database still holds them; the server removes them from it when it ends")
    return 0


def _key_digests() -> list[bytes]:
    """Read the contributor's code; return the digest of the key, as typed and without groups."""
    from lenet.server.collect.access import is_key

    is_terminal = sys.stdin is not None and sys.stdin.isatty()
    code = getpass.getpass("the contributor's code: ") if is_terminal else sys.stdin.read(1000)
    key = code.strip()
    if not is_key(key):
        raise LenetError("standard input: no code of 16 to 128 characters; give the contributor's code")
    plain = "".join(key.split()).replace("-", "").lower()
    return [hashlib.sha256(text.encode()).digest() for text in dict.fromkeys((key, plain))]


def _text(receipt: Receipt) -> str:
    from datetime import UTC, datetime

    when = datetime.fromtimestamp(3600 * receipt.hour, UTC)
    contributions = counted(receipt.count, "contribution is", "contributions are")
    return (
        f"{contributions} withdrawn\nhour {when:%Y-%m-%d %H}:00 UTC\ndigest of the ids {receipt.ids_digest}"
    )
