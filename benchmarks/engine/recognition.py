"""Times recognitions of drawings in Python: this version and an earlier one, side by side.

    python -m benchmarks.engine.recognition                  # needs ../shared; a minute
    python -m benchmarks.engine.recognition --before COMMIT  # another earlier version
    python -m benchmarks.engine.recognition --quick          # a look, recorded nowhere
    python -m benchmarks.engine.recognition --only-table     # only puts the last results into README.md

The earlier version is built from the repository in a temporary folder. Each version has a process of
its own, and only one works at a time. Writes benchmarks/results/recognition.json and the table in
benchmarks/README.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.lib.measuring import (
    ROOT,
    Benchmark,
    arguments,
    cell,
    interleaved,
    machine,
    measured_on,
)

from lenet._util import markdown
from lenet._util.paths import shared_folder

BEFORE = "adf7dc2517"  # the last commit whose `recognize` makes several calls of the engine
OLD, NEW = "before", "now"
FORMS = {"lists": "nested lists, as of JSON", "arrays": "NumPy arrays"}
TOGETHER = 16  # drawings in a call of `recognize_all`

WORKER = """
import json, sys, time
import numpy as np
import lenet

lists = [json.loads(line)["strokes"] for line in open(sys.argv[1], encoding="utf-8")]
forms = {"lists": lists, "arrays": [[np.array(stroke, float) for stroke in drawing] for drawing in lists]}
recognizer = lenet.load()
for words in sys.stdin:
    form, together = json.loads(words)
    drawings = forms[form]
    begin = time.perf_counter(), time.process_time()
    if together == 1:
        answers = [recognizer.recognize(drawing) for drawing in drawings]
    else:
        groups = [drawings[i : i + together] for i in range(0, len(drawings), together)]
        answers = [answer for group in groups for answer in recognizer.recognize_all(group)]
    wall, processor = time.perf_counter() - begin[0], time.process_time() - begin[1]
    letters = "".join(answer.letter or "-" for answer in answers)
    print(json.dumps([1e6 * wall / len(drawings), 1e6 * processor / len(drawings), letters]), flush=True)
"""


@contextmanager
def built(commit: str) -> Iterator[Path]:
    """Build an earlier version's library; yield the folder of its package."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["git", "archive", commit, "src", "core", "tools"]
        packed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        if packed.returncode:
            raise SystemExit(f"recognition: no commit {commit} here; name another with --before")
        subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
        build = [sys.executable, "tools/build/build.py", "core"]
        subprocess.run(build, cwd=folder, check=True, capture_output=True)
        yield Path(folder) / "src"


class Version:
    """A process in which one version of the package recognizes drawings."""

    def __init__(self, package: Path, drawings: Path) -> None:
        """Start it on a file of drawings, JSON Lines."""
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(drawings)],
            env={**os.environ, "PYTHONPATH": str(package), "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, form: str, together: int) -> tuple[float, float, str]:
        """Recognize all drawings; return microseconds a drawing, of the processor too, and the letters."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([form, together]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit("recognition: a version failed; see its message above")
        wall, processor, letters = json.loads(answer)
        return wall, processor, letters

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def write_drawings(file: Path) -> int:
    """Write drawings of two points a value, without their times; return their number."""
    from lenet import ink

    folder = shared_folder()
    if folder is None:
        raise SystemExit("recognition: needs the folder ../shared, or LENET_SHARED")
    drawings = list(ink.read_drawings(folder / "strokes" / "omniglot_latin.jsonl.gz"))
    lines = [json.dumps({"strokes": [stroke.tolist() for stroke in one.strokes]}) for one in drawings]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(drawings)


def measure(commit: str, quick: bool) -> dict[str, Any]:
    """All figures; SystemExit unless both versions read the same letters."""
    repetitions = 3 if quick else 15
    where = machine()
    with ExitStack() as stack:
        drawings = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "drawings.jsonl"
        count = write_drawings(drawings)
        old, new = (
            Version(package, drawings) for package in (stack.enter_context(built(commit)), ROOT / "src")
        )
        for version in (old, new):
            stack.callback(version.close)
        for form in FORMS:
            if len({version.ask(form, 1)[2] for version in (old, new)}) > 1:
                raise SystemExit("recognition: the versions read different letters")
        tasks = {
            f"{form}: {name}": partial(version.ask, form, together)
            for form in FORMS
            for name, version, together in (
                (OLD, old, 1),
                (NEW, new, 1),
                (f"{TOGETHER} at once", new, TOGETHER),
            )
        }
        processor: dict[str, list[float]] = {name: [] for name in tasks}

        def timed(name: str) -> float:
            wall, spent, _ = tasks[name]()
            processor[name].append(spent)
            return wall

        times = interleaved({name: partial(timed, name) for name in tasks}, repetitions)
    return {
        "machine": where,
        "before": commit,
        "drawings": count,
        "us": times,
        "processor_us": {name: sorted(values)[len(values) // 2] for name, values in processor.items()},
    }


def table(results: dict[str, Any]) -> str:
    """A row for each form of strokes."""
    rows = []
    for form, about in FORMS.items():
        old, new, many = (results["us"][f"{form}: {name}"] for name in (OLD, NEW, f"{TOGETHER} at once"))
        spent = [results["processor_us"][f"{form}: {name}"] for name in (OLD, NEW)]
        ratios = [f"{old['median'] / new['median']:.2f}", f"{spent[0] / spent[1]:.2f}"]
        rows.append([about, cell(old), cell(new), *ratios, cell(many)])
    head = ["us a drawing", "before", "now", "times as fast", "by processor time", f"{TOGETHER} at once"]
    n = next(iter(results["us"].values()))["n"]
    return (
        markdown.table(head, rows)
        + f"\nMedian and range of {n} turns over {results['drawings']} drawings of `omniglot_latin`; before: "
        f"commit {results['before']}. {measured_on(results['machine'])}\n"
    )


BENCHMARK = Benchmark("engine/recognition.py", "recognition", table)


def main() -> int:
    """Command line."""
    parser = arguments(__doc__, "short")
    parser.add_argument("--before", metavar="COMMIT", default=BEFORE, help="the earlier version")
    options = parser.parse_args()
    return BENCHMARK.run(options, lambda: measure(options.before, options.quick))


if __name__ == "__main__":
    sys.exit(main())
