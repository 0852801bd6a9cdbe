"""Measure what a sweep adds to its trainings, and what successive halving saves.

    python -m benchmarks.scale.sweep                 # measures, writes results and table; about five minutes
    python -m benchmarks.scale.sweep --quick         # a look with few trainings
    python -m benchmarks.scale.sweep --only-table    # measures nothing

The same trainings run one after another without a sweep, as a sweep in this process, and as a sweep in one
process a core. Successive halving runs once with each schedule of its rungs.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.lib.measuring import Benchmark, arguments, machine, measured_on

from lenet._util import markdown
from lenet.executors.local import LocalExecutor, available_cores
from lenet.sweep.config import RungSchedule, read_config
from lenet.sweep.plan import Plan, make_plan
from lenet.sweep.runner import Summary, run_sweep

TRAININGS, EPOCHS, QUICK = 24, 15, 4  # a training of 15 epochs takes about 3 seconds
GRID = """
seeds = {seeds}
[fixed]
data = ["font-letters"]
arch = "holzweber2021"
epochs = {epochs}
"""
HALVING = """
[fixed]
data = ["font-letters"]
arch = "holzweber2021"
epochs = {epochs}
[random]
draws = {epochs}
learning_rate = {{ min = 0.001, max = 0.1, log = true }}
[halving]
eta = 3
schedule = "{schedule}"
"""


def plan(text: str) -> Plan:
    """Return the plan of a configuration."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sweep.toml")
        path.write_text(text)
        return make_plan(read_config(path))


def swept(trials: Plan, slots: int) -> tuple[float, Summary]:
    """Return the wall time of a sweep, and its summary."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        summary = run_sweep(trials, Path(folder), LocalExecutor(slots))
        return time.perf_counter() - begin, summary


def measure(quick: bool) -> dict[str, Any]:
    """Return the times of the same trainings, and the epochs of successive halving."""
    where, cores = machine(), available_cores()
    trials = plan(GRID.format(seeds=list(range(QUICK if quick else TRAININGS)), epochs=EPOCHS))
    begin = time.perf_counter()
    for trial in trials.trials:
        trial.trainer(trials.data[trial.data]).fit()
    bare = time.perf_counter() - begin
    one, _ = swept(trials, 1)
    many, summary = swept(trials, cores)
    epochs = 9 if quick else 27
    halving = {}
    for schedule in RungSchedule:
        halved = plan(HALVING.format(epochs=epochs, schedule=schedule))
        halving[str(schedule)] = {"epochs": swept(halved, cores)[1].epochs, "full_grid": halved.epochs}
    return {
        "machine": where,
        "trainings": len(trials.trials),
        "cores": cores,
        "seconds": {
            "trainings": bare,
            "sweep_one_process": one,
            "sweep_all_cores": many,
            "trainings_in_sweep": sum(row.seconds for row in summary.rows),
        },
        "halving": halving,
    }


def table(results: dict[str, Any]) -> str:
    """Return the ratios of the times, and of the epochs."""
    seconds, cores = results["seconds"], results["cores"]
    alone = seconds["sweep_one_process"] / seconds["trainings"]
    together = cores * seconds["sweep_all_cores"] / seconds["trainings_in_sweep"]
    mean = seconds["trainings"] / results["trainings"]
    rows = [
        [f"sweep of {mean:.1f} s trainings, one process, of the sum of the trainings", f"{alone:.3f}x"],
        [f"the same on {cores} cores, of the sum of the trainings in it", f"{together:.3f}x"],
    ]
    for schedule, count in results["halving"].items():
        name = (
            f"successive halving, `{schedule}` schedule: {count['epochs']:,} epochs of {count['full_grid']:,}"
        )
        rows.append([name, f"{count['epochs'] / count['full_grid']:.3f}"])
    about = f"{results['trainings']} trainings. {measured_on(results['machine'])}"
    return f"{markdown.table(['sweep', 'ratio'], rows, ['---', '---:'])}\n{about}\n"


BENCHMARK = Benchmark("scale/sweep.py", "sweep", table)


def main() -> int:
    """Command line."""
    options = arguments(__doc__, quick="4 trainings").parse_args()
    return BENCHMARK.run(options, lambda: measure(options.quick))


if __name__ == "__main__":
    sys.exit(main())
