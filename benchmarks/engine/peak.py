"""The machine's peak of fused multiply-adds, float32, in the widest vectors that the engine uses.

python -m benchmarks.engine.peak    # prints GFLOP/s of one thread and of two at once
"""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from threading import Barrier

from benchmarks.lib.measuring import ROOT, interleaved

from lenet import engine

SOURCE = ROOT / "benchmarks" / "engine" / "peak.cpp"
SECONDS = 0.1
SUFFIX = {"Windows": ".dll", "Darwin": ".dylib"}


@lru_cache
def _library() -> ctypes.CDLL:
    """Compile the kernel into build/ unless it exists, and open it."""
    path = ROOT / "build" / f"peak-{engine.LANES}{SUFFIX.get(platform.system(), '.so')}"
    if not path.exists() or path.stat().st_mtime < SOURCE.stat().st_mtime:
        path.parent.mkdir(exist_ok=True)
        flags = ["-O3", "-mcpu=native", "-shared", "-fPIC", "-nostdlib++", f"-DLANES={engine.LANES}"]
        command = [sys.executable, "-m", "ziglang", "c++", *flags, str(SOURCE), "-o", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"peak: {SOURCE.name} does not compile (pip install ziglang?)\n{done.stderr}")
    library = ctypes.CDLL(str(path))
    library.peak_flop.restype, library.peak_flop.argtypes = ctypes.c_int64, [ctypes.c_int64]
    library.peak_run.restype = ctypes.c_float
    library.peak_run.argtypes = [ctypes.c_int64, ctypes.c_float, ctypes.c_float]
    return library


def _timed(rounds: int, together: Barrier) -> tuple[float, float]:
    """Begin and end of one thread's part, on the same clock for all; ctypes releases the GIL."""
    together.wait()
    begin = time.perf_counter()
    _library().peak_run(rounds, 0.999, 0.001)
    return begin, time.perf_counter()


def _run(threads: int, rounds: int) -> tuple[float, float]:
    """Seconds, and GFLOP/s of all threads together."""
    together = Barrier(threads)
    with ThreadPoolExecutor(threads) as pool:
        parts = [pool.submit(_timed, rounds, together) for _ in range(threads)]
        begins, ends = zip(*(part.result() for part in parts), strict=True)
    seconds = max(ends) - min(begins)
    return seconds, threads * _library().peak_flop(rounds) / seconds / 1e9


@lru_cache
def _rounds() -> int:
    """How many rounds take about SECONDS."""
    trial = 1_000_000
    _run(1, trial)
    return max(1, round(trial * SECONDS / _run(1, trial)[0]))


def peak(threads: int) -> float:
    """Measure the GFLOP/s of `threads` threads together, for about 0.1 s."""
    return _run(threads, _rounds())[1]


if __name__ == "__main__":
    for name, rates in interleaved({"1": lambda: peak(1), "2": lambda: peak(2)}, 7).items():
        print(
            f"threads {name}: {rates['median']:.0f} GFLOP/s "
            f"({rates['min']:.0f}-{rates['max']:.0f}), {engine.LANES} lanes"
        )
