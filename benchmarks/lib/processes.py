"""Whole processes of `lenet`: how long they take to start and answer, how much memory to train."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from benchmarks.lib.measuring import interleaved

from lenet import ink

IMAGES, THREADS = 124_800, 2  # as many as EMNIST Letters has
LENET = (sys.executable, "-m", "lenet")


def _milliseconds(*command: str) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begin) * 1e3


def _python(code: str) -> float:
    return _milliseconds(sys.executable, "-c", code)


def start_times(repetitions: int) -> dict[str, dict[str, float]]:
    """Milliseconds of processes in turn: importing, and `lenet predict` from start to end."""
    with tempfile.TemporaryDirectory() as folder:
        drawing = Path(folder) / "drawing.jsonl"
        strokes = (np.array([[0.0, 0.0], [0.0, 10.0]]), np.array([[0.0, 10.0], [6.0, 10.0]]))
        ink.write_drawings(drawing, [ink.Drawing(strokes)])
        tasks = {
            "a bare Python process": lambda: _python("pass"),
            "`import lenet`, beyond that": lambda: _python("import lenet") - _python("pass"),
            "a whole `lenet predict` process": lambda: _milliseconds(*LENET, "predict", str(drawing)),
        }
        return interleaved(tasks, repetitions)


def training_memory() -> dict[str, int]:
    """Peak resident bytes of a whole `lenet train` process, with the default augmentation."""
    with tempfile.TemporaryDirectory() as folder:
        letters = Path(folder) / "letters.npz"
        subprocess.run([sys.executable, __file__, str(letters)], check=True)
        command = [*LENET, "train", "--data", str(letters), "--out", folder, "--epochs", "1"]
        child = subprocess.Popen(
            [*command, "--threads", str(THREADS)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit("inference: the training whose memory is measured failed")
    unit = 1 if sys.platform == "darwin" else 1024
    return {"images": IMAGES, "threads": THREADS, "bytes": usage.ru_maxrss * unit}


def write_letters(path: str) -> None:
    """Random letters as NPZ. In a process of its own: a child's peak counts its parent's memory."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (IMAGES, 28, 28), np.uint8)
    np.savez(path, images=images, labels=rng.integers(1, 27, IMAGES, np.uint8))


if __name__ == "__main__":
    write_letters(sys.argv[1])
