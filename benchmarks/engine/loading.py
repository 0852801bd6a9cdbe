"""Measures how long it takes to open EMNIST Letters, all 145,600 images, from each of its forms.

    python -m benchmarks.engine.loading              # needs ../shared; a few minutes
    python -m benchmarks.engine.loading --only-table

The images are a stand-in: NIST's labels with letters of SD19, 79 of each class in turn, packed as
hard as gzip can. Writes benchmarks/results/data.json and the table in benchmarks/README.md.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.lib.measuring import ROOT, Benchmark, arguments, cell, interleaved, machine, measured_on

sys.path.insert(0, str(ROOT / "tests" / "support"))

from emnist_made import PARTS, StandIn, make
from lenet._util import markdown
from lenet._util.paths import data_folder, shared_folder
from lenet.datasets import Dataset, load

REPETITIONS, QUICK = 7, 2
FORMS = {
    "cache": "the cache, mapped into memory",
    "read": "the cache, and every pixel read once",
    "gz": "IDX files, gzipped",
    "zip": "NIST's zip",
    "csv": "Kaggle's CSV files",
}
LIMITS = {"cache": 0.3, "read": 0.3, "gz": 3.0, "csv": 10.0}


def write_csv(stand_in: StandIn, folder: Path) -> None:
    """The same rows as Kaggle has them."""
    words = [b"%d" % value for value in range(256)]
    for part in PARTS:
        stored = stand_in.images[part].transpose(0, 2, 1).reshape(len(stand_in.labels[part]), -1)
        table = np.column_stack([stand_in.labels[part], stored])
        with (folder / f"emnist-letters-{part}.csv").open("wb") as file:
            for row in table.tolist():
                file.write(b",".join([words[value] for value in row]) + b"\n")


def both(place: Path) -> list[Dataset]:
    """The training and the test part at a place."""
    parts = [load(f"emnist:letters:{part}@{place}") for part in PARTS]
    assert [len(part) for part in parts] == [124_800, 20_800]
    return parts


def timed(place: Path, *, fresh: bool, every_pixel: bool = False) -> Callable[[], float]:
    """Seconds to open both parts; `fresh` without the cache, which is then written, too."""

    def run() -> float:
        if fresh:
            shutil.rmtree(data_folder() / "cache", ignore_errors=True)
        begun = time.perf_counter()
        parts = both(place)
        if every_pixel:
            assert all(part.images.max() == 255 for part in parts)
        return time.perf_counter() - begun

    return run


def measure(repetitions: int) -> dict[str, Any]:
    """All forms in turn."""
    where = machine()
    shared = shared_folder()
    assert shared is not None, "no shared folder"
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        os.environ["LENET_DATA"] = str(top)
        for form in ("gz", "zip", "csv", "kept"):
            (top / form).mkdir()
        stand_in = make(top / "gz", shared, load("sd19_letters"), 79, 9)
        stand_in.archive.rename(top / "zip" / "gzip.zip")
        write_csv(stand_in, top / "csv")
        shutil.copytree(top / "gz", top / "kept", dirs_exist_ok=True)
        sizes = {
            form: sum(file.stat().st_size for file in (top / form).iterdir()) for form in ("gz", "zip", "csv")
        }
        tasks = {form: timed(top / form, fresh=True) for form in ("gz", "zip", "csv")}
        times = interleaved(tasks, repetitions)
        both(top / "kept")
        sizes["cache"] = sum(file.stat().st_size for file in (top / "cache").iterdir())
        kept = {
            "cache": timed(top / "kept", fresh=False),
            "read": timed(top / "kept", fresh=False, every_pixel=True),
        }
        times |= interleaved(kept, repetitions)
    return {"machine": where, "times": times, "bytes": sizes}


def table(results: Any) -> str:
    """The table of benchmarks/README.md."""
    rows = [
        [
            FORMS[form],
            f"{results['bytes'][form if form != 'read' else 'cache'] / 1e6:.0f}",
            cell(results["times"][form]),
            f"{LIMITS[form]:g}" if form in LIMITS else "",
        ]
        for form in FORMS
    ]
    count = results["times"]["gz"]["n"]
    return (
        markdown.table(["145,600 images from", "MB", "s", "at most, s"], rows)
        + f"\nMedian and range of {count}. {measured_on(results['machine'])}\n"
    )


BENCHMARK = Benchmark("engine/loading.py", "data", table)


def main() -> int:
    """Command line."""
    options = arguments(__doc__, "each form twice").parse_args()
    return BENCHMARK.run(options, lambda: measure(QUICK if options.quick else REPETITIONS))


if __name__ == "__main__":
    sys.exit(main())
