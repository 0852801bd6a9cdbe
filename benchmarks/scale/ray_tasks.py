"""Measure what Ray adds to a task, and how Ray Data does the same; decision 17 has the table.

build/scale/bin/python -m pip install pandas                        # which Ray Data imports
build/scale/bin/python -m benchmarks.scale.ray_tasks                # measures, writes results and table
build/scale/bin/python -m benchmarks.scale.ray_tasks --only-table   # measures nothing

`make test-scale` makes that environment. The figures are processor seconds of this program and the processes
below it, so that they depend little on other work. Each measurement is a process that ends after `LIMIT`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.lib.measuring import ROOT, Benchmark, arguments, machine, measured_on, number

from lenet._util import markdown

PAGE = ROOT / "docs" / "decisions" / "0017-ray-tasks-without-ray-data.md"
TASKS = 1000
BLOCKS = 200
LIMIT = 150.0  # seconds of a measurement
CORES = 2
FILES, ROWS = 10, 1000  # of the input with checkpoints


def processor_seconds() -> float:
    """Return the processor time of this process and of the running processes below it."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended
                continue
            parents[int(folder.name)] = int(fields[1])
            ticks[int(folder.name)] = int(fields[11]) + int(fields[12])
    below = {os.getpid()}
    while more := {process for process, parent in parents.items() if parent in below} - below:
        below |= more
    return sum(ticks[process] for process in below) / os.sysconf("SC_CLK_TCK")


def cost(work: Callable[[], object], count: int) -> dict[str, float]:
    """Return processor milliseconds for each of `count` tasks, after a first time that warms up."""
    work()
    begin, driver, wall = processor_seconds(), time.process_time(), time.perf_counter()
    work()
    return {
        "driver_ms": (time.process_time() - driver) / count * 1e3,
        "all_ms": (processor_seconds() - begin) / count * 1e3,
        "wall_ms": (time.perf_counter() - wall) / count * 1e3,
    }


def nothing(_: int) -> None:
    """Do nothing."""


def local() -> dict[str, float]:
    """Measure tasks in processes of this machine."""
    from lenet.executors.local import LocalExecutor

    return cost(lambda: list(LocalExecutor(CORES).run(nothing, range(TASKS))), TASKS)


def tasks() -> dict[str, float]:
    """Measure tasks on Ray."""
    from lenet.executors.ray import RayExecutor

    with RayExecutor(slots=CORES) as executor:
        return cost(lambda: list(executor.run(nothing, range(TASKS))), TASKS)


def blocks() -> dict[str, float]:
    """Measure blocks of Ray Data, one in place of a task."""
    from lenet.executors.ray import RayExecutor

    with RayExecutor(slots=CORES):
        import ray.data

        def run() -> None:
            data = ray.data.range(BLOCKS, override_num_blocks=BLOCKS)
            data.map_batches(lambda batch: batch, batch_size=None).materialize()

        return cost(run, BLOCKS)


class Same:
    """Returns a batch as it is."""

    def __call__(self, batch: Any) -> Any:
        """Return the batch."""
        return batch


def pool() -> dict[str, float]:
    """Run Ray Data with a pool of actors that takes every core."""
    return _pool(CORES)


def pool_and_a_core() -> dict[str, float]:
    """Run the same with one core more than the pool takes."""
    return _pool(CORES + 1)


def _pool(cores: int) -> dict[str, float]:
    from lenet.executors.ray import RayExecutor

    with tempfile.TemporaryDirectory() as name, RayExecutor(slots=cores):
        import ray.data

        actors = ray.data.ActorPoolStrategy(size=CORES)
        data = ray.data.read_parquet(_input(Path(name)))
        return {"rows": data.map_batches(Same, compute=actors, num_cpus=1).materialize().count()}


def checkpoint() -> dict[str, float]:
    """Run Ray Data twice with checkpoints; count the rows that the second run reads."""
    from lenet.executors.ray import RayExecutor

    with tempfile.TemporaryDirectory() as name, RayExecutor(slots=3 * CORES):
        import ray.data
        from ray.data.checkpoint import CheckpointConfig

        folder = Path(name)
        place = _input(folder)
        ray.data.DataContext.get_current().checkpoint_config = CheckpointConfig(
            id_column="id", checkpoint_path=str(folder / "done"), delete_checkpoint_on_success=False
        )

        def run() -> float:
            data = ray.data.read_parquet(place).map_batches(lambda batch: batch)
            data.write_parquet(str(folder / "out"))
            reading = data.stats().partition("ReadFilesParquet")[2]
            rows = re.search(r"Total output num rows: (\d+)", reading)
            return float(rows[1]) if rows else -1.0

        return {"first": run(), "second": run()}


def _input(folder: Path) -> str:
    """Write Parquet files; return their folder."""
    import pyarrow as pa
    from pyarrow import parquet

    place = folder / "in"
    place.mkdir()
    for file in range(FILES):
        rows = np.arange(file * ROWS, (file + 1) * ROWS)
        parquet.write_table(pa.table({"id": rows}), place / f"{file}.parquet")
    return str(place)


MEASUREMENTS = {
    function.__name__: function for function in (local, tasks, blocks, pool, pool_and_a_core, checkpoint)
}


def measured(name: str) -> dict[str, float]:
    """Return a measurement of another process; {} if it did not end."""
    command = [sys.executable, "-m", "benchmarks.scale.ray_tasks", "--measure", name]
    path = os.pathsep.join([str(ROOT), *(place for place in sys.path if place)])
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as process:  # fmt: skip
        try:
            lines = process.communicate(timeout=LIMIT)[0].splitlines()
        except subprocess.TimeoutExpired:
            process.kill()
            return {}
    result: dict[str, float] = json.loads(lines[-1]) if lines else {}
    return result


def measure() -> dict[str, Any]:
    """Return all measurements, with the machine."""
    results: dict[str, Any] = {"limit": LIMIT, "rows": FILES * ROWS}
    for name in MEASUREMENTS:
        print(f"measuring {name}", file=sys.stderr)
        results[name] = measured(name)
    return {"machine": machine({"ray": version("ray")}, timed=False), **results}


def table(results: Any) -> str:
    """Return Markdown of results."""
    labels = {
        "local": "a task, processes of this machine",
        "tasks": "a task, Ray",
        "blocks": "a block, Ray Data",
    }
    rows = [
        # The processes of this machine have ended when the time of all is taken.
        [
            label,
            number(results[name]["driver_ms"]),
            "" if name == "local" else number(results[name]["all_ms"]),
        ]
        for name, label in labels.items()
    ]
    head = ["", "processor ms of the driver", "processor ms of all processes"]
    pools = "\n".join(_ended(results, name) for name in ("pool", "pool_and_a_core"))
    rows_read = f"{results['checkpoint']['second']:,.0f} of {results['rows']:,}"
    return (
        f"\n{markdown.table(head, rows)}\n{pools}\n"
        f"A second run of Ray Data with a complete checkpoint reads {rows_read} rows again.\n\n"
        f"{measured_on(results['machine'], 'ray')}\n"
    )


def _all(results: Any, name: str) -> str:
    """Return the time of all processes; those of this machine have ended when it is taken."""
    return "" if name == "local" else number(results[name]["all_ms"])


def _ended(results: Any, name: str) -> str:
    cores = f"{CORES if name == 'pool' else CORES + 1} cores"
    what = f"Ray Data with a pool of {CORES} actors on {cores}"
    if results[name]:
        return f"{what} ends."
    return f"{what} has not ended after {results['limit']:.0f} s."


BENCHMARK = Benchmark("scale/ray_tasks.py", "ray-tasks", table, PAGE, timed=False)


def main() -> int:
    """Measure and publish."""
    parser = arguments(__doc__)
    parser.add_argument("--measure", choices=MEASUREMENTS, help="one measurement, as JSON")
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(MEASUREMENTS[options.measure]()))
        return 0
    return BENCHMARK.run(options, measure)


if __name__ == "__main__":
    sys.exit(main())
