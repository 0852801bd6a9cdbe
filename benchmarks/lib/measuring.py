"""Helpers of the benchmarks: the machine, repeated timings, JSON and Markdown tables.

It imports only the project; the benchmark of a peer imports the peer.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from lenet import engine
from lenet._util.files import atomic_write
from lenet.sweep.machine import processor_name

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "benchmarks" / "README.md"
"""Where the tables of the comparisons stand; those of end_to_end.py are in the README."""

BUSY = 1.0  # load at which timings are no longer to be trusted
LOAD = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
"""Cores that other work wanted in the minute before this program started; None where unknown."""

END = "<!-- end of figures -->\n"


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def machine(versions: Mapping[str, str] | None = None, *, timed: bool = True) -> dict[str, Any]:
    """Describe the machine; `versions` are the versions of the measured peers.

    `modified` says whether the engine or the package differed from the commit; `load` is `LOAD`,
    left out unless times are measured: nothing else depends on it.
    """
    return {
        "processor": processor_name(),
        "cores": os.cpu_count(),
        "lanes": engine.LANES,
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "lenet": version("lenet"),
        **(versions or {}),
        "commit": _git("rev-parse", "HEAD"),
        "modified": bool(_git("status", "--porcelain", "--", "core", "src")),
        **({"load": None if LOAD is None else round(LOAD, 1)} if timed else {}),
        "date": time.strftime("%Y-%m-%d"),
    }


def refuse_busy(script: str, where: Mapping[str, Any]) -> None:
    """End the program with one line for times that were measured while other work ran."""
    if (where.get("load") or 0) >= BUSY:
        raise SystemExit(
            f"{script}: nothing written: other work wanted {where['load']} cores while it was measured "
            f"(load average of the minute before; the limit is {BUSY}); stop that work and measure "
            "again"
        )


def measured_on(where: Mapping[str, Any], *peers: str) -> str:
    """One line for below a table: processor, Python, the named peers' versions, date."""
    parts = [
        *(where["processor"], f"{where['cores']} cores", f"{where['lanes']} lanes"),
        *(f"{name} {where[key]}" for name, key in [("Python", "python"), *((p, p) for p in peers)]),
        where["date"],
    ]
    if where.get("modified"):
        parts.append("with changes not yet committed")
    if (where.get("load") or 0) >= BUSY:
        parts.append(f"**while other work wanted {where['load']} cores: compare nothing with it**")
    return f"Measured on {', '.join(parts)}."


# ---- Timings ------------------------------------------------------------------------------------


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, smallest and largest of repeated timings."""
    return {
        "n": len(values),
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
    }


def interleaved(
    tasks: Mapping[str, Callable[[], float]],
    repetitions: int,
    done: Callable[[], object] = lambda: None,
) -> dict[str, dict[str, float]]:
    """The spread of what each task returns when all are called in turn, `repetitions` times.

    So a slow moment of the machine falls on all of them alike. `done` is called after each task.
    """
    values: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(repetitions):
        for name, task in tasks.items():
            values[name].append(task())
            done()
    return {name: spread(times) for name, times in values.items()}


def fastest(times: Mapping[str, Mapping[str, float]]) -> str:
    """The name of the smallest median."""
    return min(times, key=lambda name: times[name]["median"])


# ---- Results and tables -------------------------------------------------------------------------


def write_json(name: str, results: Any) -> None:
    """Write benchmarks/results/<name>.json, aside and then renamed."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    with atomic_write(RESULTS / f"{name}.json") as file:
        file.write((json.dumps(results, indent=1) + "\n").encode())


def read_json(name: str) -> Any:
    """Read benchmarks/results/<name>.json; end the program with one line if it is missing."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        raise SystemExit(f"{path} is missing; measure first, without --only-table")
    return json.loads(path.read_text(encoding="utf-8"))


def number(value: float) -> str:
    """Three digits that count: "8.71", "29.3", "13,000"."""
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{digits}f}"


def cell(time_: Mapping[str, float]) -> str:
    """Median and range: "29.3 (28.9-31.0)"."""
    return f"{number(time_['median'])} ({number(time_['min'])}-{number(time_['max'])})"


def put_table(path: Path, script: str, table: str) -> None:
    """Put a table between the markers that name the script in a Markdown file."""
    begin = f"<!-- figures: benchmarks/{script} -->\n"
    text = path.read_text(encoding="utf-8")
    before, marker, rest = text.partition(begin)
    _, ended, after = rest.partition(END)
    if not marker or not ended:
        raise SystemExit(f"{path}: the lines {begin.strip()} and {END.strip()} are missing")
    with atomic_write(path) as file:
        file.write((before + begin + table + END + after).encode())


def arguments(description: str | None, quick: str | None = None) -> argparse.ArgumentParser:
    """Parse the options of all scripts: `--only-table`, and `--quick` if `quick` describes it."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only-table", action="store_true", help="measure nothing")
    if quick:
        parser.add_argument("--quick", action="store_true", help=f"{quick}; recorded nowhere")
    return parser


@dataclass(frozen=True)
class Benchmark:
    """A script that records its results and puts a table of them on a page.

    Attributes:
        script: its path in benchmarks/, such as "engine/training.py".
        name: its results are in benchmarks/results/<name>.json.
        table: makes Markdown of the results; they have the machine as "machine".
        page: the Markdown file with the markers of the table.
        timed: whether it measures times, for which the machine must be idle.
    """

    script: str
    name: str
    table: Callable[[Any], str]
    page: Path = PAGE
    timed: bool = True

    def run(self, options: argparse.Namespace, measure: Callable[[], Any], *, record: bool = True) -> int:
        """Measure, unless `options` say `--only-table`, and publish; `--quick` records nothing."""
        quick = getattr(options, "quick", False)
        if options.only_table:
            return self.publish(None)
        if not quick:
            self.require_idle()
        return self.publish(measure(), record=record and not quick)

    def require_idle(self) -> None:
        """End the program with one line where times would be measured while other work runs."""
        if self.timed and LOAD is not None and LOAD >= BUSY:
            raise SystemExit(
                f"{self.script}: nothing measured: other work wants {LOAD:.1f} cores (load average of the "
                f"last minute; the limit is {BUSY}); stop that work and wait a minute, or take a look with "
                "--quick"
            )

    def publish(self, results: Any, *, record: bool = True) -> int:
        """Record results (None: keep the last ones), put their table on the page and print it.

        Without `record` it only prints. It ends the program for times of a busy machine.
        """
        if results is not None and not record:
            print(self.table(results))
            return 0
        refuse_busy(self.script, (read_json(self.name) if results is None else results)["machine"])
        if results is not None:
            write_json(self.name, results)
        markdown_table = self.table(read_json(self.name))
        put_table(self.page, self.script, markdown_table)
        print(markdown_table)
        return 0
