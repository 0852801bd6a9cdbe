"""`lenet sweep report`: the results of a sweep as a page."""

from __future__ import annotations

import argparse
from pathlib import Path

EPILOG = """examples:
  lenet sweep report sweeps/first

The page is one file that loads nothing and runs no scripts."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet sweep report`."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of `lenet sweep run`")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="file for the page (default: report.html in DIR)"
    )


def run(args: argparse.Namespace) -> int:
    """Write the page; print what it shows in a few lines."""
    from lenet._util.counts import counted
    from lenet._util.files import atomic_write
    from lenet.sweep.analysis import candidates, compare, factors
    from lenet.sweep.report import p_text, render_report
    from lenet.sweep.results import read_results

    rows = read_results(args.folder)
    out = args.out or args.folder / "report.html"
    with atomic_write(out) as stream:
        stream.write(render_report(args.folder.resolve().name, rows))
    best = candidates(rows)
    print(f"{counted(len(rows), 'training')}, {counted(len(best), 'configuration')}")
    for factor in factors(rows):
        print(f"{factor.name}: {factor.explained:.0%} of the variance, {100 * factor.effect:.2f} points")
    if best:
        print(f"winner {best[0].rows[0].trial.digest[:12]}: {best[0].accuracy:.2%}")
    for one in compare(best[0], best[1]) if len(best) > 1 else []:
        print(
            f"seed {one.seed}: only the winner is correct on {counted(one.result.only_first, 'letter')}, "
            f"only the runner-up on {one.result.only_second:,} ({p_text(one.result.p)})"
        )
    print(f"wrote {out}")
    return 0
