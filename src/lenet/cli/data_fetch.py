"""`lenet data fetch`: EMNIST from NIST."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from lenet.cli.progress import progress_bar

EPILOG = """examples:
  lenet data fetch emnist
  lenet data fetch emnist --split letters digits --data-dir ~/data
  lenet data fetch emnist --source ~/Downloads/gzip.zip"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet data fetch`."""
    parser.add_argument("what", choices=["emnist"], help="the data set")
    parser.add_argument(
        "--split",
        nargs="+",
        default=["letters"],
        metavar="NAME",
        help="splits of EMNIST: byclass, bymerge, balanced, letters (default), digits, mnist",
    )
    parser.add_argument(
        "--source", metavar="URL|PATH", help="zip file that holds the files (default: NIST's)"
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help="data folder (default: LENET_DATA, else the platform's cache folder)",
    )
    parser.add_argument(
        "--no-verify", action="store_true", help="accept files whose SHA-256 differs from NIST's"
    )


def run(args: argparse.Namespace) -> int:
    """Download the splits and print how many images each has."""
    from lenet._util.paths import data_folder
    from lenet.datasets import load
    from lenet.datasets.emnist.fetch import EMNIST, fetch
    from lenet.datasets.emnist.splits import get_split

    splits = list(dict.fromkeys(args.split))
    if args.data_dir:
        os.environ["LENET_DATA"] = str(args.data_dir)  # the cache belongs there, too
    folder = data_folder() / "emnist"
    try:
        with progress_bar(unit="B", unit_scale=True, unit_divisor=1024) as bar:
            fetch(splits, args.source or EMNIST, folder, bar, verify=not args.no_verify)
    except KeyboardInterrupt:
        print("lenet data fetch: stopped; run the same command again to continue", file=sys.stderr)
        raise
    for name in splits:
        counts = [f"{len(load(f'emnist:{name}:{part}@{folder}')):,} {part}" for part in ("train", "test")]
        print(f"emnist:{name}  {', '.join(counts)}, {len(get_split(name).classes)} classes")
    hint = f"; other commands find it there with LENET_DATA={args.data_dir}" if args.data_dir else ""
    print(f"in {folder}{hint}")
    return 0
