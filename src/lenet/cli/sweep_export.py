"""`lenet sweep export`: the results of a sweep in an experiment tracker."""

from __future__ import annotations

import argparse
from pathlib import Path

from lenet.cli.progress import progress_bar

EPILOG = """examples:
  lenet sweep export sweeps/first --to mlflow
  lenet sweep export sweeps/first --to trackio --project letters

Each training becomes a run; one that was exported before is left as it is. The trackers store runs
where their own settings say, such as MLFLOW_TRACKING_URI."""

TRACKERS = ("mlflow", "trackio")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet sweep export`."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of `lenet sweep run`")
    parser.add_argument("--to", choices=TRACKERS, required=True, help="the tracker, which must be installed")
    parser.add_argument(
        "--project", metavar="NAME", help="name of the project or experiment (default: the folder's)"
    )


def run(args: argparse.Namespace) -> int:
    """Export the rows; print their number."""
    from lenet.sweep.export import Tracker, export, require_tracker
    from lenet.sweep.results import read_results

    tracker = Tracker(args.to)
    require_tracker(tracker)
    rows = read_results(args.folder)
    project = args.project or args.folder.resolve().name
    with progress_bar(total=len(rows), desc=f"exporting to {tracker}", unit="training") as bar:
        written = export(rows, tracker, project, bar.update)
    print(f"{written:,} runs written to {tracker}, project {project}; {len(rows) - written:,} were there")
    return 0
