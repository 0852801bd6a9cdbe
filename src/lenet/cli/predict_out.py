"""`lenet predict --out`: archives of any size, in files of predictions."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.cli import predict_report
from lenet.cli.arguments import UsageError, add_image_layout, add_ray, integer, real

if TYPE_CHECKING:
    from lenet.bulk.manifest import OutputOptions
    from lenet.bulk.run import Inputs

MAX_WORKERS = 1024
MAX_REJECTS = 10**12
MAX_PRICE = 1e6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    from lenet.bulk.manifest import DEFAULT_SHARD_SIZE, MAX_SHARD_SIZE, MIN_SHARD_SIZE, OutputFormat

    group = parser.add_argument_group(
        "archives (docs/how-to/predict-an-archive.md)",
        "With --out, zip, tar, Parquet, Arrow and IDX files are read, too. A run that was stopped goes on "
        "when the same command is given again.",
    )
    group.add_argument("--out", metavar="DIR", help="write files of predictions into a folder")
    group.add_argument(
        "--format",
        type=OutputFormat,
        choices=list(OutputFormat),
        default=OutputFormat.PARQUET,
        help="of these files (default: parquet, which needs `pip install 'lenet[bulk]'`)",
    )
    group.add_argument(
        "--shard-size",
        type=integer(MIN_SHARD_SIZE, MAX_SHARD_SIZE),
        default=DEFAULT_SHARD_SIZE,
        metavar="N",
        help=f"letters of a file, {MIN_SHARD_SIZE}..{MAX_SHARD_SIZE} (default: {DEFAULT_SHARD_SIZE})",
    )
    group.add_argument(
        "--workers", type=integer(1, MAX_WORKERS), metavar="N", help="processes (default: one a core)"
    )
    add_ray(group)
    group.add_argument("--logits", action="store_true", help="add a column of the network's logits")
    group.add_argument(
        "--max-rejects",
        type=integer(0, MAX_REJECTS),
        metavar="N",
        help="stop when more items cannot be read (default: a tenth of the letters, at least 1000)",
    )
    group.add_argument(
        "--metrics",
        type=Path,
        metavar="FILE",
        help="keep counts in a file for Prometheus' text file collector",
    )
    group.add_argument(
        "--no-preprocess", action="store_true", help="take pictures of 28x28 as they are: bright ink, upright"
    )
    add_image_layout(group)
    predict_report.add_arguments(group)
    purpose = group.add_mutually_exclusive_group()
    purpose.add_argument(
        "--plan", action="store_true", help="print how many letters, files, bytes and core-seconds it takes"
    )
    purpose.add_argument("--verify", action="store_true", help="recount the files of an earlier run")
    group.add_argument(
        "--price-per-core-hour", type=real(0, MAX_PRICE), metavar="X", help="with --plan: print the cost"
    )


def is_asked(args: argparse.Namespace) -> bool:
    """Tell whether files shall be written.

    Raises:
        UsageError: an option is without the one that it needs.
    """
    from lenet.ink import Orientation

    if args.price_per_core_hour is not None and not args.plan:
        raise UsageError("--price-per-core-hour: needs --plan")
    if args.out is not None:
        if not (args.files or args.verify or predict_report.is_asked(args)):
            raise UsageError("no FILE; name the files to read, or see lenet predict --help")
        return True
    used = [name for name in ("plan", "verify", "logits", "no_preprocess", "invert") if getattr(args, name)]
    with_values = ("workers", "max_rejects", "metrics", "ray", "risk", "drift")
    used += [name for name in with_values if getattr(args, name) is not None]
    used += ["orientation"] if args.orientation is not Orientation.UPRIGHT else []
    if not (used or args.files):
        raise UsageError("no FILE; name the files to read, or see lenet predict --help")
    if used:
        raise UsageError(f"--{used[0].replace('_', '-')}: needs --out DIR")
    return False


def run(args: argparse.Namespace) -> int:
    """Plan, verify or make a run; return 1 when something is missing, else 0."""
    if args.verify:
        return _verify(args)
    if predict_report.is_asked(args):
        return predict_report.run(args)
    return _plan(args) if args.plan else _predict(args)


def _options(args: argparse.Namespace) -> OutputOptions:
    from lenet.bulk.manifest import OutputOptions
    from lenet.bulk.types import ReadOptions
    from lenet.inference.recognizer import model_path
    from lenet.models import load_model

    pen_width = load_model(model_path(args.model)).pen_width
    reading = ReadOptions(pen_width, not args.no_preprocess, args.orientation, args.invert)
    return OutputOptions(args.format, args.shard_size, args.logits, reading)


def _inputs(args: argparse.Namespace) -> Inputs:
    from lenet.bulk.run import Inputs

    return Inputs(args.files, lambda text: print(f"lenet predict: {text}", file=sys.stderr))


def _predict(args: argparse.Namespace) -> int:
    from lenet.bulk.run import prepare
    from lenet.bulk.storage import open_target
    from lenet.cli.predict_metrics import Metrics
    from lenet.cli.predict_progress import Bar, Lines
    from lenet.engine import ISA
    from lenet.executors.local import available_cores
    from lenet.executors.opening import open_executor
    from lenet.inference.recognizer import model_path
    from lenet.models import load_model

    planned = prepare(_inputs(args), model_path(args.model), _options(args), open_target(args.out))
    workers = min(args.workers or available_cores(), max(planned.remaining, 1))
    in_process = planned.job.isa == ISA
    with (
        open_executor(args.ray, workers, in_process=in_process) as executor,
        (Lines if args.json else Bar)(planned) as listener,
    ):
        metrics = None if args.metrics is None else Metrics(planned, args.metrics)
        for outcome in planned.predict(executor, args.max_rejects):
            listener.shard(outcome)
            if metrics is not None:
                metrics.write()
        listener.done()
    predict_report.invite(planned.job.target, load_model(planned.job.model).labels)
    return 0


def _plan(args: argparse.Namespace) -> int:
    from lenet.bulk.estimate import estimate
    from lenet.bulk.run import plan
    from lenet.cli.predict_progress import estimate_as_json, estimate_as_text
    from lenet.inference.recognizer import model_path

    model = model_path(args.model)
    header, shards = plan(_inputs(args), model, _options(args))
    to_text = estimate_as_json if args.json else estimate_as_text
    print(to_text(estimate(header, shards, model), args.price_per_core_hour))
    return 0


def _verify(args: argparse.Namespace) -> int:
    from lenet.bulk.storage import open_target
    from lenet.bulk.verify import totals_of, verify
    from lenet.cli.predict_progress import verified_as_json, verified_as_text

    totals, problems = totals_of(verify(open_target(args.out)))
    for problem in problems:
        print(f"lenet predict: {problem}", file=sys.stderr)
    print((verified_as_json if args.json else verified_as_text)(totals, len(problems)))
    return 1 if problems else 0
