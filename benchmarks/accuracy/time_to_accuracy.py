"""Times whole trainings, from the start of the process to an accuracy, against Keras.

    python -m benchmarks.accuracy.time_to_accuracy                # needs ../shared; about 15 minutes
    python -m benchmarks.accuracy.time_to_accuracy --quick        # a look, recorded nowhere
    python -m benchmarks.accuracy.time_to_accuracy --only-table   # only puts the last results into README.md

Each training is a new process; its lines are timed where they arrive, so nothing that it does goes
uncounted. Writes benchmarks/results/time-to-accuracy.json and the table in benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.lib.measuring import ROOT, Benchmark, arguments, cell, machine, measured_on, number, spread
from benchmarks.lib.worker import INSTALL, KIND_TO_PEERS, peers_python
from tqdm import tqdm

from lenet._util import markdown
from lenet.datasets import Rendering, load, load_all, train_validation_split
from lenet.datasets.records import current_name
from lenet.training.trainer import VALIDATION_FRACTION

OURS, KERAS = "this project", "Keras"
NET, THREADS = "holzweber2021", 2
GOALS = {"unipen_dev": 0.90, "omniglot_latin": 0.93}
DATA = ("unipen_train", "sd19_letters", "az_sample", "font-letters")
PENS = (0.09, 0.22)  # as `lenet train` has them
SOURCES = str(ROOT / "src")  # the peers' Python has no lenet installed
ARRAYS = ROOT / "build" / "time-to-accuracy.npz"
SEEDS, KERAS_EPOCHS = (1, 2, 3, 4, 5), 45
# The longest of 4, 6, 8, 10, 12 and 16 that ends well within the 12 s asked for on a quiet machine:
# on unipen_dev, seeds 11 and 12, longer was better throughout. omniglot_latin chose nothing.
EPOCHS = 12

Run = dict[str, Any]


# ---- One training -------------------------------------------------------------------------------


def watched(command: Sequence[str]) -> Iterator[tuple[float, dict[str, Any]]]:
    """The lines that a new process prints, each with the seconds since before its start.

    SystemExit with one line if it fails.
    """
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=ROOT,
            env={**os.environ, **KIND_TO_PEERS, "PYTHONPATH": SOURCES},
        )
        try:
            assert child.stdout
            for line in child.stdout:
                yield time.perf_counter() - begin, json.loads(line)
            failed = child.wait()
        finally:
            child.kill()
            child.communicate()
        if failed:
            log.seek(0)
            last = "".join(log.read().decode(errors="replace").strip().splitlines()[-1:])
            remedy = f"; remedy: {INSTALL}" if last.startswith("ModuleNotFoundError") else ""
            raise SystemExit(f"time_to_accuracy: {Path(command[1]).stem} ended: {last}{remedy}")


def summary(
    seed: int,
    started: float,
    looks: Sequence[tuple[float, dict[str, Any]]],
    counts: Mapping[str, int],
) -> Run:
    """The record of a training: seconds from process start, and correct predictions.

    `first` is when each goal was first reached, in seconds and in epochs, or null; `counts` are the
    letters of each test.
    """
    rights = {name: [look["right"][name] for _, look in looks] for name in GOALS}
    first = {
        name: next(
            (
                {"s": at, "epochs": look["epochs"]}
                for at, look in looks
                if look["right"][name] >= goal * counts[name]
            ),
            None,
        )
        for name, goal in GOALS.items()
    }
    return {
        "seed": seed,
        "started_s": started,
        "first": first,
        "ended_s": looks[-1][0],
        "epochs": looks[-1][1]["epochs"],
        "right_last": {name: right[-1] for name, right in rights.items()},
        "right_best": {name: max(right) for name, right in rights.items()},
    }


def write_arrays(data: Sequence[str], seed: int) -> dict[str, int]:
    """The letters that a training of this seed reads, as arrays; how many there are of each set."""
    train, _ = train_validation_split(
        load_all(data, rendering=Rendering(PENS, seed=seed)), VALIDATION_FRACTION
    )
    tests = {name: load(name) for name in GOALS}
    arrays: dict[str, Any] = {"images": train.images, "labels": train.labels}
    for name, letters in tests.items():
        arrays |= {f"{name} images": letters.images, f"{name} labels": letters.labels}
    ARRAYS.parent.mkdir(exist_ok=True)
    np.savez(ARRAYS, **arrays)
    return {"training": len(train), **{name: len(letters) for name, letters in tests.items()}}


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """All trainings, ours and theirs in turn."""
    where = machine()
    runs: dict[str, list[Run]] = {OURS: [], KERAS: []}
    job = {"net": NET, "data": options.data, "pens": PENS, "goals": GOALS, "threads": THREADS}
    trainings = {
        OURS: ([sys.executable, "benchmarks.accuracy.accuracy_ours"], {"epochs": EPOCHS}),
        KERAS: (
            [str(peers_python()), "benchmarks.accuracy.accuracy_keras"],
            {"epochs": options.epochs, "arrays": str(ARRAYS)},
        ),
    }
    bar = tqdm(total=len(options.seeds) * len(trainings), disable=None, leave=False)
    for seed in options.seeds:
        counts = write_arrays(options.data, seed)
        for who, ((python, module), own) in trainings.items():
            bar.set_description(f"seed {seed}: {who}")
            asked = json.dumps({**job, **own, "seed": seed})
            command = [python, "-m", module, asked]
            (started, hello), *looks = watched(command)
            where |= hello["versions"]
            runs[who].append(summary(seed, started, looks, counts))
            bar.update()
    bar.close()
    return {
        **{"machine": where, "net": NET, "threads": THREADS, "goals": GOALS, "counts": counts},
        **{"data": [Path(spec).name for spec in options.data], "runs": runs},
    }


# ---- The table ----------------------------------------------------------------------------------


def passing(runs: Sequence[Run], goal: str, unit: str = "s") -> dict[str, float]:
    """Seconds or epochs to a goal; infinite where it was not reached."""
    return spread([first[unit] if (first := run["first"][goal]) else math.inf for run in runs])


def reached(runs: Sequence[Run], goal: str, ours: float | None = None) -> str:
    """How long it took and how often it was reached; beside it, as a multiple of `ours`."""
    times = passing(runs, goal)
    whole = spread([run["ended_s"] for run in runs])["median"]
    often = sum(run["first"][goal] is not None for run in runs)
    if often:
        text = f"{cell(times)}, {often} of {len(runs)}"
    else:
        text = f"never within {runs[0]['epochs']:g} epochs ({number(whole)} s)"
    if ours is None or not math.isfinite(ours):
        return text
    if math.isfinite(times["median"]):
        return f"{text}: {number(times['median'] / ours)}x"
    return f"{text}: over {number(whole / ours)}x"


def shares(runs: Sequence[Run], which: str, name: str, count: int) -> str:
    """Accuracy, per cent."""
    return cell(spread([100 * run[which][name] / count for run in runs]))


def table(results: dict[str, Any]) -> str:
    """The comparison as Markdown."""
    runs: dict[str, list[Run]] = results["runs"]
    goals, counts = results["goals"], results["counts"]
    each = list(runs.values())
    rows = []
    for name, goal in goals.items():
        ours = passing(runs[OURS], name)["median"]
        to_it = [reached(runs[OURS], name), reached(runs[KERAS], name, ours)]
        rows.append([f"to {100 * goal:.0f} % on `{name}`, s", *to_it])
        epochs = [passing(of, name, "epochs") for of in each]
        cells = [cell(epoch) if math.isfinite(epoch["min"]) else "never" for epoch in epochs]
        rows.append(["the same, epochs", *cells])
    phases: list[tuple[str, Callable[[Run], float]]] = [
        ("before the first step, s", lambda run: run["started_s"]),
        ("an epoch, s", lambda run: (run["ended_s"] - run["started_s"]) / run["epochs"]),
        ("whole training, s", lambda run: run["ended_s"]),
    ]
    for about, seconds in phases:
        rows.append([about, *(cell(spread([seconds(run) for run in of])) for of in each)])
    rows.append(["epochs", *(cell(spread([run["epochs"] for run in of])) for of in each)])
    for name in goals:
        for about, which in (("at the end", "right_last"), ("the best seen", "right_best")):
            percentages = [shares(of, which, name, counts[name]) for of in each]
            rows.append([f"{about} on `{name}`, %", *percentages])
    sources = ", ".join(f"`{current_name(name)}`" for name in results["data"])
    return (
        markdown.table(["", *runs], rows)
        + f"\nMedian and range of {len(runs[OURS])} seeds, and how many of them got there (inf: "
        f"never); Keras's as a multiple of ours. {results['threads']} threads; "
        f"{counts['training']:,} letters of {sources}. "
        + measured_on(results["machine"], "Keras", "TensorFlow")
        + "\n"
    )


BENCHMARK = Benchmark("accuracy/time_to_accuracy.py", "time-to-accuracy", table)


def main() -> int:
    """Command line."""
    parser = arguments(__doc__, "one seed, one epoch of Keras")
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS), metavar="N")
    parser.add_argument("--epochs", type=int, default=KERAS_EPOCHS, metavar="N", help="of Keras, at most")
    parser.add_argument(
        "--data",
        nargs="+",
        default=DATA,
        metavar="SPEC",
        help=f"default: {' '.join(DATA)}",
    )
    options = parser.parse_args()
    if options.quick:
        options.seeds, options.epochs = options.seeds[:1], 1
    whole = options.epochs == KERAS_EPOCHS and len(options.seeds) >= len(SEEDS)
    return BENCHMARK.run(options, lambda: measure(options), record=whole)


if __name__ == "__main__":
    sys.exit(main())
