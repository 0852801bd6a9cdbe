"""The machine of a training: energy counters, and the peak of the processor."""

from __future__ import annotations

from pathlib import Path

import pytest

from lenet.sweep.machine import EnergyMeter, describe_machine, peak_gflops


def zone(folder: Path, name: str, energy: int, most: int = 10**9) -> Path:
    path = folder / name
    path.mkdir(parents=True, exist_ok=True)
    (path / "energy_uj").write_text(f"{energy}\n")
    (path / "max_energy_range_uj").write_text(f"{most}\n")
    return path


def test_the_energy_of_all_packages(tmp_path: Path) -> None:
    zone(tmp_path, "intel-rapl:0", 1_000_000)
    zone(tmp_path, "intel-rapl:0:0", 5)  # a part of package 0
    zone(tmp_path, "intel-rapl:1", 999_000_000)
    meter = EnergyMeter(tmp_path)
    zone(tmp_path, "intel-rapl:0", 3_500_000)
    zone(tmp_path, "intel-rapl:1", 500_000)  # began anew after 1,000 J
    assert meter.joules() == pytest.approx(2.5 + 1.5)


def test_energy_that_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    assert EnergyMeter(tmp_path / "none").joules() is None
    assert EnergyMeter(tmp_path).joules() is None
    path = zone(tmp_path, "intel-rapl:0", 1)
    meter = EnergyMeter(tmp_path)
    (path / "energy_uj").unlink()
    assert meter.joules() is None
    assert EnergyMeter(tmp_path).joules() is None


def test_the_machine_is_described() -> None:
    machine = describe_machine()
    assert machine.processor
    assert machine.lanes in (4, 8, 16)
    assert 0.5 < peak_gflops() == machine.peak_gflops < 10_000
