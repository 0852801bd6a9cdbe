"""Kills at random moments: the same bytes as those of an undisturbed run.

LENET_KILLS sets how many processes are killed for each format; the default keeps the tests short.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bulk_runs import Setting, files, finish, letters, npz
from lenet.bulk.manifest import OutputFormat

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals")]

KILLS = int(os.environ.get("LENET_KILLS", "3"))


def children(process: int) -> list[int]:
    """Return the processes that a process has started, but not multiprocessing's tracker."""
    done = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(process)], capture_output=True, text=True)
    return [int(row.split()[0]) for row in done.stdout.splitlines() if "resource_tracker" not in row]


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("output_format", [OutputFormat.PARQUET, OutputFormat.JSONL])
def test_kills_change_no_byte(tmp_path: Path, output_format: OutputFormat) -> None:
    dice = random.Random(7)
    source = npz(tmp_path / "letters.npz", letters(60_000))
    calm = Setting(source, tmp_path / "calm", output_format, workers=2, size=700)
    calm.run()
    wild = replace(calm, out=tmp_path / "wild")
    kills = 0
    while kills < KILLS:
        running = wild.start()
        workers: list[int] = []
        deadline = time.monotonic() + 60
        while not workers and running.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
            workers = children(running.pid)
        time.sleep(dice.uniform(0.0, 1.0))
        if running.poll() is not None:
            finish(running)
            # It ended too early to be killed: begin again with nothing but the manifest.
            for path in wild.out.glob("*-000*"):
                path.unlink()
            continue
        workers = children(running.pid)
        victim = dice.choice([running.pid, *workers])
        os.kill(victim, signal.SIGKILL)
        kills += 1
        if victim == running.pid:
            finish(running, -signal.SIGKILL)
            for worker in workers:
                while is_alive(worker):
                    assert time.monotonic() < deadline, "a worker outlives the driver"
                    time.sleep(0.02)
        else:
            finish(running)
            for path in dice.sample(sorted(wild.out.glob("part-*")), 30):
                path.unlink()
    finish(wild.start())
    assert files(wild.out) == files(calm.out)


def test_two_runs_at_once_write_the_same(tmp_path: Path) -> None:
    source = npz(tmp_path / "letters.npz", letters(20_000))
    calm = Setting(source, tmp_path / "calm", OutputFormat.PARQUET, size=700)
    calm.run()
    both = replace(calm, out=tmp_path / "both")
    runs = [both.start(), both.start()]
    for one in runs:
        finish(one)
    assert files(both.out) == files(calm.out)
