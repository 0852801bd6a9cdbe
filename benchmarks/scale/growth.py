"""Model batch prediction on 1 to 1,000 cores from measured constants, and check the model here.

    python -m benchmarks.scale.growth                 # measures, writes results and tables; about a minute
    python -m benchmarks.scale.growth --only-table    # measures nothing
    python -m benchmarks.scale.growth --quick         # a quick look

The constants are times of this machine: the engine, reading and writing a letter, handing a shard to a
process, and starting the processes. `simulation.py` runs shards through them; here it is compared with runs
of one and of two processes. The tables stand in docs/explanation/scale.md.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from benchmarks.lib.measuring import (
    ROOT,
    Benchmark,
    arguments,
    machine,
    measured_on,
    number,
    read_json,
    spread,
)
from benchmarks.scale.simulation import Costs, bottleneck, simulate

import lenet
from lenet._util import markdown
from lenet.bulk.manifest import OutputOptions
from lenet.bulk.run import Inputs, prepare
from lenet.bulk.storage import open_target
from lenet.executors.local import LocalExecutor
from lenet.inference.recognizer import model_path

PAGE = ROOT / "docs" / "explanation" / "scale.md"
MODELS = ("holzweber2021", "modern-s", "modern-l")
MODEL = "modern-s"  # of the runs
LETTERS, QUICK_LETTERS = 400_000, 60_000
TURNS, QUICK_TURNS = 5, 1
SHARD = 16_384
TASKS = 2_000
GROUP = 2_048  # letters that the engine is timed with
CORES = (1, 10, 100, 1_000)
ARCHIVE = 10**9  # letters of the table of cores
SIZES = {"a million": 10**6, "a billion": 10**9, "a hundred billion": 10**11}

# Dollars for an hour of one core (vCPU) on demand: half of m7g.large, us-east-1, June 2026.
CORE_HOUR = 0.0408
# Dollars for 1,000 pages of plain text recognition: list prices of the first tier, as of May 2026.
SERVICES = {"Google Cloud Vision": 1.50, "Amazon Textract": 1.50, "Azure Document Intelligence": 1.50}
PAGE_LETTERS = 500  # of a handwritten page


def letters(count: int) -> npt.NDArray[np.uint8]:
    """Return random images with ink, uint8 (count, 28, 28)."""
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 6:22, 8:20] = np.random.default_rng(0).integers(0, 256, (count, 16, 12), np.uint8)
    return images


def engine_us(model: str, images: npt.NDArray[np.uint8]) -> float:
    """Return the engine's microseconds a letter, on one core."""
    recognizer = lenet.load(model)
    begin = time.perf_counter()
    for _ in range(4):
        for start in range(0, GROUP, 32):  # few enough for one thread
            recognizer.recognize_raw(images[start : start + 32])
    return 1e6 * (time.perf_counter() - begin) / (4 * GROUP)


def task_us() -> float:
    """Return the microseconds of handing a task to a process and taking its result."""
    results = LocalExecutor(2).run(abs, range(TASKS))
    next(results)  # the processes have started
    begin = time.perf_counter()
    count = sum(1 for _ in results)
    return 1e6 * (time.perf_counter() - begin) / count


def hash_rate(size: int = 2**26) -> float:
    """Return the bytes a second of SHA-256, with which local input is planned."""
    data = bytes(size)
    begin = time.perf_counter()
    hashlib.sha256(data).digest()
    return size / (time.perf_counter() - begin)


def run_seconds(archive: Path, workers: int) -> tuple[float, list[float]]:
    """Return the seconds of a whole run, and those of each shard."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        run = prepare(
            Inputs([str(archive)]), model_path(MODEL), OutputOptions(shard_size=SHARD), open_target(folder)
        )
        shards = [outcome.seconds for outcome in run.predict(LocalExecutor(workers))]
        return time.perf_counter() - begin, shards


def measure(count: int = LETTERS, turns: int = TURNS) -> dict[str, Any]:
    """Return the constants, and the seconds of runs of one and two processes."""
    where = machine()
    images = letters(GROUP)
    engine = {model: spread([engine_us(model, images) for _ in range(turns)]) for model in MODELS}
    tasks = spread([task_us() for _ in range(turns)])
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "letters.npz"
        np.savez(archive, images=letters(count))
        start = spread([run_seconds(_few(Path(folder)), 2)[0] for _ in range(turns)])
        seconds: dict[str, list[float]] = {"1": [], "2": []}
        shards: dict[str, list[float]] = {"1": [], "2": []}
        for _ in range(turns):
            for workers in ("1", "2"):
                total, parts = run_seconds(archive, int(workers))
                seconds[workers].append(total)
                shards[workers] += parts
    return {
        "machine": where,
        "letters": count,
        "engine_us": engine,
        "task_us": tasks,
        "start_s": start,
        "hash_bytes_s": spread([hash_rate() for _ in range(turns)]),
        "run_s": {workers: spread(values) for workers, values in seconds.items()},
        "shard_s": {workers: spread(values) for workers, values in shards.items()},
    }


def _few(folder: Path) -> Path:
    """Return an archive of a few letters, whose run is planning and starting processes."""
    path = folder / "few.npz"
    np.savez(path, images=letters(64))
    return path


def costs(results: dict[str, Any], model: str, workers: str = "1") -> Costs:
    """Return the constants for a model; reading and writing take what a shard takes beside the engine."""
    engine = {name: 1e-6 * times["median"] for name, times in results["engine_us"].items()}
    shard = results["shard_s"][workers]["median"] / SHARD
    read_write = max(results["shard_s"]["1"]["median"] / SHARD - engine[MODEL], 0.0)
    letter = shard if model == MODEL and workers != "1" else engine[model] + read_write
    return Costs(
        letter_s=letter, task_s=1e-6 * results["task_us"]["median"], start_s=results["start_s"]["median"]
    )


def table(results: dict[str, Any]) -> str:
    """Return the tables: the model against the measurements, cores, and costs."""
    parts = [_check(results), _cores(results), _prices(results)]
    return "\n".join([*parts, measured_on(results["machine"]), ""])


def _check(results: dict[str, Any]) -> str:
    """Compare the simulation with the runs."""
    rows = []
    for workers in ("1", "2"):
        measured = results["run_s"][workers]["median"]
        predicted = simulate(results["letters"], SHARD, int(workers), costs(results, MODEL, workers))
        rows.append([workers, f"{measured:.2f}", f"{predicted:.2f}", f"{predicted / measured:.2f}"])
    heading = ["processes", "measured, s", "simulated, s", "ratio"]
    return f"{markdown.table(heading, rows)}\n{results['letters']:,} letters, `{MODEL}`, NPZ to Parquet.\n"


def _cores(results: dict[str, Any]) -> str:
    """Predict a large archive on more cores, with Ray's time of the driver for a task."""
    task_s = 1e-3 * float(read_json("ray-tasks")["tasks"]["driver_ms"])
    of_models = [replace(costs(results, model), task_s=task_s) for model in MODELS]
    rows = []
    for cores in CORES:
        cells = [f"{cores:,}"]
        for cost in of_models:
            seconds = simulate(ARCHIVE, SHARD, cores, cost)
            cells.append(f"{_duration(seconds)} ({100 * ARCHIVE * cost.letter_s / cores / seconds:.0f} %)")
        cells.append(bottleneck(SHARD, cores, of_models[0]))
        rows.append(cells)
    heading = ["cores", *(f"`{model}`" for model in MODELS), f"narrowest part (`{MODELS[0]}`)"]
    planning = _duration(784 * ARCHIVE / results["hash_bytes_s"]["median"])
    about = (
        "Predicted for a billion letters, with the share of the time in which the cores work. "
        f"Before, local input is hashed for {planning}; an object store has digests."
    )
    return f"{markdown.table(heading, rows)}\n{about}\n"


def _prices(results: dict[str, Any]) -> str:
    """Price archives with each model, beside the services' lists."""
    rows = []
    for name, count in SIZES.items():
        ours = [_dollars(count * costs(results, model).letter_s / 3600 * CORE_HOUR) for model in MODELS]
        theirs = [_dollars(count / PAGE_LETTERS / 1000 * price) for price in SERVICES.values()]
        rows.append([name, *ours, *theirs])
    heading = ["letters", *(f"`{model}`" for model in MODELS), *SERVICES]
    about = (
        f"Ours: letters that are cut out already, at ${CORE_HOUR} for an hour of a core (half of m7g.large, "
        f"June 2026). Theirs: pages of {PAGE_LETTERS} letters at $1.50 for 1,000 pages (May 2026); they also "
        "find the letters.\n"
    )
    return f"{markdown.table(heading, rows)}\n{about}"


def _duration(seconds: float) -> str:
    """Return a time with its unit."""
    units: Sequence[tuple[str, float]] = (("days", 86_400.0), ("h", 3_600.0), ("min", 60.0), ("s", 1.0))
    unit, size = next((pair for pair in units if seconds >= 2 * pair[1]), units[-1])
    return f"{number(seconds / size)} {unit}"


def _dollars(value: float) -> str:
    """Return an amount of dollars, in cents where it is small."""
    return f"${value:,.0f}" if value >= 10 else f"${value:,.4f}" if value < 0.01 else f"${value:,.2f}"


BENCHMARK = Benchmark("scale/growth.py", "growth", table, page=PAGE)


def main() -> int:
    """Command line."""
    options = arguments(__doc__, "measure briefly").parse_args()
    quick = partial(measure, QUICK_LETTERS, QUICK_TURNS)
    return BENCHMARK.run(options, quick if options.quick else measure)


if __name__ == "__main__":
    sys.exit(main())
