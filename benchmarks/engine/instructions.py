"""Counts the engine's instructions with callgrind: a figure that no noise of the machine changes.

    python -m benchmarks.engine.instructions                 # needs valgrind; half a minute
    python -m benchmarks.engine.instructions --only-table    # only puts the last results into README.md

Writes benchmarks/results/instructions.json, with which tests/unit/engine/test_instructions.py
compares, and the table in benchmarks/README.md.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.engine.calls import CASES
from benchmarks.lib.measuring import Benchmark, arguments, machine, spread

from lenet import engine
from lenet._util import markdown

ISAS = ("baseline", "avx2")
"""Instruction sets that Valgrind supports."""
RUNS = 2
MORE, LESS = 1.05, 0.90
"""Beyond these ratios to the recorded count the test fails: slower, or the record is stale."""

# The engine's functions cannot be named here: just before it calls one, libffi (which ctypes uses)
# pops more from the stack than it pushed, and callgrind takes that for a return.
CALLGRIND = (
    *("--quiet", "--tool=callgrind", "--instr-atstart=no", "--collect-atstart=no"),
    *("--toggle-collect=ffi_call", "--dump-before=getppid"),
)

Call = tuple[str, str]
"""An instruction set and a case."""


# ---- Counting -----------------------------------------------------------------------------------


def possible() -> list[Call]:
    """The calls that this build and processor can make and Valgrind can count."""
    return [(isa, case) for isa in ISAS if isa in engine.SUPPORTED for case in CASES]


def _valgrind(*arguments: str) -> str:
    """Run Valgrind and return its output; raise SystemExit with one line if it fails."""
    program = shutil.which("valgrind")
    if not program:
        raise SystemExit("instructions: valgrind is missing; apt-get install valgrind")
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise SystemExit(f"instructions: valgrind {' '.join(arguments[:2])} failed: {last}")
    return done.stdout.strip()


def _total(dump: Path) -> int:
    match = re.search(r"^totals: (\d+)$", dump.read_text(encoding="utf-8"), re.MULTILINE)
    return int(match[1]) if match else 0


def count(calls: Iterable[Call]) -> dict[Call, int]:
    """Instructions of each call, counted in one process; some 150 of libffi's are among them."""
    calls = list(calls)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        program = [sys.executable, "-m", "benchmarks.engine.calls"]
        words = [word for call in calls for word in call]
        _valgrind(*CALLGRIND, f"--callgrind-out-file={out}", *program, *words)
        dumps = [Path(f"{out}.{n}") for n in range(1, 2 * len(calls) + 1)]
        totals = [_total(dump) if dump.exists() else 0 for dump in dumps[1::2]]
    if not all(totals):
        raise SystemExit(
            "instructions: callgrind saw no call of the engine; this needs a Python whose libffi "
            "is a library of its own, such as the system's"
        )
    return dict(zip(calls, totals, strict=True))


def measure() -> dict[str, Any]:
    """All calls counted RUNS times; runs share the processors, which changes no count."""
    calls = possible()
    with ThreadPoolExecutor(engine.processors()) as pool:
        runs = list(pool.map(lambda _: count(calls), range(RUNS)))
    where = machine({"Valgrind": _valgrind("--version").removeprefix("valgrind-")}, timed=False)
    where.pop("lanes")  # of no meaning here
    return {
        "machine": where,
        "cases": {
            name: {
                "images": case.images,
                "instructions": {
                    isa: spread([run[isa, name] for run in runs]) for isa in ISAS if (isa, name) in calls
                },
            }
            for name, case in CASES.items()
        },
    }


# ---- Comparing ----------------------------------------------------------------------------------


def changes(counts: Mapping[Call, int], results: Mapping[str, Any]) -> list[str]:
    """A line for each count that lies outside LESS..MORE times the recorded one."""
    lines = []
    for (isa, case), instructions in counts.items():
        recorded = results["cases"].get(case, {}).get("instructions", {}).get(isa)
        if recorded is None:
            lines.append(f"{case}, {isa}: never recorded")
        elif not LESS <= (ratio := instructions / recorded["median"]) <= MORE:
            change = f"{100 * abs(ratio - 1):.1f} % {'more' if ratio > 1 else 'fewer'}"
            lines.append(f"{case}, {isa}: {instructions:,}, {change} than recorded")
    return lines


def table(results: Mapping[str, Any]) -> str:
    """The counts as Markdown, a column for each instruction set."""
    cases, where = results["cases"], results["machine"]
    isas = [isa for isa in ISAS if all(isa in case["instructions"] for case in cases.values())]
    rows, apart, runs = [], 0, 0
    for name, case in cases.items():
        counts = [case["instructions"][isa] for isa in isas]
        rows.append([name, *(f"{c['median'] / case['images']:,.0f}" for c in counts)])
        apart = max(apart, *(c["max"] - c["min"] for c in counts))
        runs = counts[0]["n"]
    modified = ", with changes not yet committed" if where["modified"] else ""
    return (
        markdown.table(["instructions an image", *isas], rows)
        + f"\nMedians of {runs} runs, which differ by at most {apart:,.0f} instructions a call. "
        f"Counted by Valgrind {where['Valgrind']}, Python {where['python']}, "
        f"{where['date']}{modified}.\n"
    )


BENCHMARK = Benchmark("engine/instructions.py", "instructions", table, timed=False)


def main() -> int:
    """Command line."""
    options = arguments(__doc__).parse_args()
    return BENCHMARK.run(options, measure)


if __name__ == "__main__":
    sys.exit(main())
