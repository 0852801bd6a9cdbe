"""Measure batch prediction beside the engine alone, and its memory.

    python -m benchmarks.scale.bulk                 # measures, writes results and table; about eight minutes
    python -m benchmarks.scale.bulk --only-memory   # measures the memory again; busy machines are fine
    python -m benchmarks.scale.bulk --quick         # a quick look
    python -m benchmarks.scale.bulk --only-table    # measures nothing

The engine alone recognizes images in memory with a thread on each core. The others are whole commands, from
their start to their end, with a process on each core; all take turns. Where build/scale has Ray (`make
test-scale`), its Python also runs the same on a Ray of its own.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from benchmarks.lib.measuring import (
    ROOT,
    Benchmark,
    arguments,
    cell,
    interleaved,
    machine,
    measured_on,
    read_json,
)
from PIL import Image

import lenet
from lenet import datasets
from lenet._util import markdown
from lenet.executors.local import available_cores

MODELS = ("modern-s", "holzweber2021")
TURNS = 3
MEMORY_FILES = 10  # times the letters of one
FEW = 20_000  # letters of a file of `predict --json`, which reads a file whole
WATCHDOG = 300  # seconds for a command
RAY_PYTHON = ROOT / "build" / "scale" / "bin" / "python"
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, timeout=float(sys.argv[1]), check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Prints the peak of a command. Of a process it includes that of its parent, so the parent is small."""

AIMS = {
    "NPZ -> Parquet, modern-s": 0.9,
    "Parquet -> Parquet, modern-s": 0.9,
    "NPZ -> Parquet, holzweber2021": 0.7,
    "Parquet -> Parquet, holzweber2021": 0.7,
    "PNG in tar -> Parquet, modern-s, OpenCV": 0.4,
    "PNG in tar -> Parquet, modern-s, Pillow": None,
    "NPZ, `predict --json`, modern-s": None,
}
"""Ratios to the engine alone that a run should reach."""

Images = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Sizes:
    """Letters of the inputs."""

    engine: int
    rows: int
    pictures: int
    json: int
    memory: int


RECORD = Sizes(200_000, 2_000_000, 200_000, 200_000, 1_000_000)
QUICK = Sizes(20_000, 40_000, 20_000, 20_000, 40_000)


def letters(n: int) -> Images:
    """Return font letters, uint8 (n, 28, 28), again and again."""
    images = datasets.load("font-letters").images
    return images[np.arange(n) % len(images)]


def linked(first: Path, images: Images, files: int) -> list[Path]:
    """Write images as NPZ, under several names that share their bytes; return the names."""
    np.savez(first, images=images)
    names = [first, *(first.with_name(f"{first.stem}-{k}.npz") for k in range(1, files))]
    for name in names[1:]:
        os.link(first, name)
    return names


def write_parquet(path: Path, images: Images) -> None:
    """Write images as a column of bytes, in row groups of 16,384."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    flat = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(images[0].size), len(images), [None, pa.py_buffer(np.ascontiguousarray(images))]
    )
    table = pa.table({"image": flat.cast(pa.binary())})
    pq.write_table(table, path, row_group_size=16_384, compression="none", use_dictionary=False)


def write_tar(path: Path, images: Images) -> None:
    """Write images as PNG files of a tar file."""
    pictures = []
    for image in images[: len(datasets.load("font-letters"))]:
        stream = io.BytesIO()
        Image.fromarray(image).save(stream, "PNG")
        pictures.append(stream.getvalue())
    with tarfile.open(path, "w") as archive:
        for k in range(len(images)):
            data = pictures[k % len(pictures)]
            member = tarfile.TarInfo(f"{k:08d}.png")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


class Commands:
    """Runs `lenet predict` as processes of their own, each into a new folder."""

    def __init__(self, folder: Path) -> None:
        """Write outputs into a folder; make one that hides OpenCV from Python."""
        self.folder, self.numbers = folder, count()
        hidden = folder / "without-opencv"
        hidden.mkdir()
        (hidden / "sitecustomize.py").write_text('import sys\nsys.modules["cv2"] = None\n')
        self.without_opencv = {"PYTHONPATH": str(hidden)}

    def run(
        self, *words: object, python: str = sys.executable, out: bool = True, **environment: str
    ) -> float:
        """Return the seconds of a command."""
        place = self.folder / f"out-{next(self.numbers)}"
        output = ["--out", str(place)] if out else []
        command = [python, "-m", "lenet", "predict", *map(str, words), *output]
        begin = time.perf_counter()
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=log, env={**os.environ, **environment}
            )
            with killed_after(process, WATCHDOG):
                process.wait()
        seconds = time.perf_counter() - begin
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{(self.folder / 'log').read_text()}")
        if out:
            for path in place.iterdir():
                path.unlink()
        return seconds

    def peak(self, *words: object) -> float:
        """Return the memory of the largest process of a command, in MB."""
        place = self.folder / f"out-{next(self.numbers)}"
        command = [sys.executable, "-m", "lenet", "predict", *map(str, words), "--out", str(place)]
        small = [sys.executable, "-S", "-c", PEAK, str(WATCHDOG), *command]
        return float(subprocess.run(small, stdout=subprocess.PIPE, text=True, check=True).stdout) / 1024


@contextmanager
def killed_after(process: subprocess.Popen[bytes], seconds: float) -> Iterator[None]:
    """Kill a process that takes longer."""
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def engine_rate(model: str, images: Images) -> float:
    """Return the letters per second of the engine alone, with a thread on each core."""
    recognizer = lenet.load(model)
    recognizer.recognize_raw(images[:1000])
    begin = time.perf_counter()
    recognizer.recognize_raw(images)
    return len(images) / (time.perf_counter() - begin)


def tasks_of(folder: Path, commands: Commands, sizes: Sizes) -> dict[str, Callable[[], float]]:
    """Return what takes turns; each task returns letters per second."""

    def rate(n: int, *words: object, **options: Any) -> float:
        return n / commands.run(*words, **options)

    rows, tar = letters(sizes.rows), folder / "letters.tar"
    np.savez(folder / "letters.npz", images=rows)
    write_parquet(folder / "letters.parquet", rows)
    write_tar(tar, rows[: sizes.pictures])
    tasks: dict[str, Callable[[], float]] = {}
    for model in MODELS:
        tasks[f"engine alone, {model}"] = partial(engine_rate, model, rows[: sizes.engine])
        for kind, name in (("NPZ", "letters.npz"), ("Parquet", "letters.parquet")):
            row_words = (folder / name, "--model", model)
            tasks[f"{kind} -> Parquet, {model}"] = partial(rate, sizes.rows, *row_words)
    picture_words = (tar, "--model", MODELS[0], "--no-preprocess")
    key = f"PNG in tar -> Parquet, {MODELS[0]}"
    tasks[f"{key}, OpenCV"] = partial(rate, sizes.pictures, *picture_words)
    tasks[f"{key}, Pillow"] = partial(rate, sizes.pictures, *picture_words, **commands.without_opencv)
    files = linked(folder / "few-0.npz", rows[:FEW], sizes.json // FEW)
    json_words = (*files, "--model", MODELS[0], "--json")
    tasks[f"NPZ, `predict --json`, {MODELS[0]}"] = partial(rate, sizes.json, *json_words, out=False)
    if RAY_PYTHON.exists():
        words = (folder / "letters.npz", "--model", MODELS[0])
        python = str(RAY_PYTHON)
        tasks["NPZ -> Parquet, local, Python of build/scale"] = partial(
            rate, sizes.rows, *words, python=python
        )
        tasks["NPZ -> Parquet, --ray, Python of build/scale"] = partial(
            rate, sizes.rows, *words, "--ray", python=python
        )
    return tasks


def memory(folder: Path, commands: Commands, n: int) -> dict[str, float]:
    """Return the memory of the largest process, in MB, by the number of letters."""
    files = linked(folder / "memory-0.npz", letters(n), MEMORY_FILES)
    model = ("--model", MODELS[1])
    return {
        str(n): commands.peak(files[0], *model),
        str(n * MEMORY_FILES): commands.peak(*files, *model),
    }


def remeasure_memory() -> dict[str, Any]:
    """Return the last results with the memory measured again."""
    results: dict[str, Any] = read_json("bulk")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return {**results, "memory": memory(folder, Commands(folder), RECORD.memory)}


def measure(quick: bool) -> dict[str, Any]:
    """Return the rates of all tasks, taken in turn, and the memory."""
    import pyarrow

    where = machine({"pyarrow": pyarrow.__version__})
    sizes = QUICK if quick else RECORD
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commands = Commands(folder)
        rates = interleaved(tasks_of(folder, commands, sizes), 1 if quick else TURNS)
        for path in folder.glob("letters.*"):
            path.unlink()
        used = memory(folder, commands, sizes.memory)
    return {"machine": where, "cores": available_cores(), "rates": rates, "memory": used}


def table(results: dict[str, Any]) -> str:
    """Return the rates with their ratios, and the memory."""
    rates = results["rates"]
    rows = []
    for name, rate in rates.items():
        model = next((model for model in MODELS if model in name), None)
        baseline = f"engine alone, {model}" if model else "NPZ -> Parquet, local, Python of build/scale"
        ratio = rate["median"] / rates[baseline]["median"]
        aim = AIMS.get(name, 0.8 if "--ray" in name else None)
        rows.append([name, cell(rate), f"{ratio:.2f}", "" if aim is None else f"{aim}"])
    head = ["", "letters/s", "ratio to the engine, `--ray` to local", "aim"]
    text = markdown.table(head, rows, ["---", "---:", "---:", "---:"])
    (few, low), (many, high) = results["memory"].items()
    turns = next(iter(rates.values()))["n"]
    about = (
        f"Memory of the largest process: {low:.0f} MB for {int(few):,} letters, {high:.0f} MB for "
        f"{int(many):,} letters, {high / low:.2f}x (aim: 1.1x). Median and range of {turns} turns, "
        f"{results['cores']} processes. {measured_on(results['machine'], 'pyarrow')}"
    )
    return f"{text}\n{about}\n"


BENCHMARK = Benchmark("scale/bulk.py", "bulk", table)


def main() -> int:
    """Command line."""
    parser = arguments(__doc__, quick="few letters and one turn")
    parser.add_argument("--only-memory", action="store_true", help="keep the rates of the last results")
    options = parser.parse_args()
    if options.only_memory:
        return BENCHMARK.publish(remeasure_memory())
    return BENCHMARK.run(options, lambda: measure(options.quick))


if __name__ == "__main__":
    sys.exit(main())
