"""The machine of a training: its processor, its peak, and its energy where that can be read."""

from __future__ import annotations

import functools
import platform
import time
from pathlib import Path

import numpy as np

import lenet
from lenet import engine
from lenet.sweep.row import Machine
from lenet.training.provenance import current_commit

POWERCAP = Path("/sys/class/powercap")
SIDE, REPETITIONS = 384, 12  # of the matrices whose product measures the peak


@functools.cache
def processor_name() -> str:
    """Return the processor's name as the system states it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(errors="replace").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


@functools.cache
def peak_gflops() -> float:
    """Return the greatest measured rate of a float32 matrix product, in GFLOP a core-second.

    Processor time counts, so that other work on the machine does not lower the figure much.
    """
    matrix = np.ones((SIDE, SIDE), np.float32)
    shortest = float("inf")
    for _ in range(REPETITIONS):
        begin = time.process_time()
        matrix @ matrix
        shortest = min(shortest, time.process_time() - begin)
    return round(2 * SIDE**3 / max(shortest, 1e-6) / 1e9, 1)


def describe_machine() -> Machine:
    """Return this machine, and the version and commit of the package."""
    return Machine(lenet.__version__, current_commit(), processor_name(), engine.LANES, peak_gflops())


class EnergyMeter:
    """Reads the energy of the processors' packages (RAPL), where the system lets it be read."""

    def __init__(self, folder: Path = POWERCAP) -> None:
        """Take the system's folder of power zones; remember the counters' values."""
        zones = sorted(folder.glob("intel-rapl:*")) if folder.is_dir() else []
        self._zones = [zone for zone in zones if zone.name.count(":") == 1]
        self._before = [_counter(zone / "energy_uj") for zone in self._zones]

    def joules(self) -> float | None:
        """Return the energy since the beginning; None where it cannot be read."""
        total = 0
        for zone, before in zip(self._zones, self._before, strict=True):
            now = _counter(zone / "energy_uj")
            if before is None or now is None:
                return None
            if now < before:  # the counter began anew
                now += _counter(zone / "max_energy_range_uj") or 0
            total += now - before
        return total / 1e6 if self._zones else None


def _counter(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
