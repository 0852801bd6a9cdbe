"""`lenet sweep run`: many trainings from one configuration."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lenet._util.counts import counted
from lenet.cli.arguments import add_ray, integer
from lenet.cli.progress import note, progress_bar
from lenet.engine.abi import MAX_THREADS

if TYPE_CHECKING:
    from lenet.sweep.plan import Plan
    from lenet.sweep.row import Row
    from lenet.sweep.runner import Summary

EPILOG = """examples:
  lenet sweep run sweep.toml --out sweeps/first --plan
  lenet sweep run sweep.toml --out sweeps/first
  lenet sweep report sweeps/first
  lenet train --config sweeps/first/sweep.parquet:12 --out runs/best

A stopped sweep continues when the command is given again. docs/how-to/sweep.md describes the
configuration."""

SHOWN = 5  # best trainings that are printed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet sweep run`."""
    parser.add_argument("config", type=Path, metavar="CONFIG", help="TOML file of grids, ranges and seeds")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for results.jsonl and sweep.parquet; trainings that have a result there are skipped",
    )
    parser.add_argument(
        "--workers",
        type=integer(1, MAX_THREADS),
        metavar="N",
        help="number of trainings at once, one thread each (default: the number of cores)",
    )
    add_ray(parser)
    parser.add_argument(
        "--plan", action="store_true", help="train nothing; print the number of trainings and their cost"
    )
    parser.add_argument(
        "--json", action="store_true", help="print each result, and at the end a summary, as a line of JSON"
    )


def run(args: argparse.Namespace) -> int:
    """Train what has no result yet; print the best."""
    from lenet.executors.opening import open_executor
    from lenet.sweep.config import read_config
    from lenet.sweep.plan import make_plan
    from lenet.sweep.runner import run_sweep

    config = read_config(args.config)
    with note("") as bar:
        plan = make_plan(config, lambda name: bar.set_description_str(f"reading {name}"))
    if args.plan:
        return _print_plan(plan, args)
    with (
        open_executor(args.ray, args.workers) as executor,
        progress_bar(desc="trainings", unit="training") as bar,
    ):

        def on_rung(count: int) -> None:
            bar.total = (bar.total or 0) + count
            bar.refresh()

        def on_row(row: Row) -> None:
            bar.update()
            if args.json:
                bar.write(row.to_line().decode().rstrip())
            elif row.error is not None:
                bar.write(f"{row.trial}: failed: {row.error}")

        summary = run_sweep(plan, args.out, executor, on_rung, on_row)
    print(json.dumps(_as_json(summary, plan)) if args.json else _text(summary, plan, args))
    return 0


def _print_plan(plan: Plan, args: argparse.Namespace) -> int:
    from lenet.sweep.estimate import estimate

    cost = estimate(plan, args.out)
    print(json.dumps(cost.to_json()) if args.json else cost)
    return 0


def _as_json(summary: Summary, plan: Plan) -> dict[str, object]:
    return {
        "trained": summary.trained,
        "skipped": summary.skipped,
        "failed": summary.failed,
        "epochs": summary.epochs,
        "epochs_of_full_grid": plan.epochs,
    }


def _text(summary: Summary, plan: Plan, args: argparse.Namespace) -> str:
    from lenet.sweep.results import RESULTS

    lines = [
        f"{counted(summary.trained, 'training')}, {summary.skipped:,} had a result, {summary.failed:,} failed"
    ]
    if plan.halving:
        part = summary.epochs / max(1, plan.epochs)
        lines.append(f"{summary.epochs:,} epochs of {plan.epochs:,} of the full grid ({part:.2f})")
    rows = [row for row in summary.rows if row.error is None]
    others = _others(rows)
    for row in sorted(rows, key=lambda row: (-row.accuracy, row.trial.digest))[:SHOWN]:
        low, high = row.interval
        trial = row.trial
        lines.append(
            f"{trial.digest[:12]}  {row.accuracy:.2%} ({low:.1%}-{high:.1%})  {trial.arch}, "
            f"{counted(row.epochs, 'epoch')}, learning rate {trial.recipe.learning_rate:g}, "
            f"batch size {trial.recipe.batch_size}, {_values(row, others)}seed {trial.seed}"
        )
    lines.append(f"wrote {args.out / RESULTS}" + (f" and {summary.parquet}" if summary.parquet else ""))
    if summary.parquet is None:
        lines.append('sweep.parquet needs pyarrow; pip install "lenet[bulk]" and give the command again')
    return "\n".join(lines)


def _others(rows: Sequence[Row]) -> list[str]:
    """Return the columns that differ between trainings, and are not in each printed line."""
    from lenet.sweep.analysis import factors

    printed = {"arch", "recipe.learning_rate", "recipe.batch_size"}
    return [name for factor in factors(rows) for name in factor.columns if name not in printed]


def _values(row: Row, names: Sequence[str]) -> str:
    """Return the values of columns, each followed by a comma."""
    from lenet.sweep.parquet import columns

    cells = columns(row)
    return "".join(f"{name.removeprefix('recipe.')} {cells[name]}, " for name in names)
