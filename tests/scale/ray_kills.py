"""Batch prediction on Ray, killed with -9 at random moments: the same bytes. Run by `make test-scale`.

LENET_ROUNDS sets how often a driver, a worker and a node are killed; the default keeps the tests short.
"""

from __future__ import annotations

import filecmp
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from cluster import two_nodes

ROUNDS = int(os.environ.get("LENET_ROUNDS", "1"))
SHARDS, SHARD_SIZE = 16, 8192
WAIT = 60.0  # seconds for the next file


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise in place of letters: what counts is the bytes of the predictions."""
    path = tmp_path_factory.mktemp("archive") / "letters.npz"
    images = np.random.default_rng(1).integers(0, 256, (SHARDS * SHARD_SIZE, 28, 28), np.uint8)
    np.savez(path, images=images)
    return path


@contextmanager
def predicting(
    archive: Path, out: Path, *options: str, **variables: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `lenet predict`; its errors are in a file beside the folder."""
    command: list[str | Path] = [sys.executable, "-m", "lenet", "predict", archive, "--out", out]
    command += ["--shard-size", str(SHARD_SIZE), *options]
    with errors_of(out).open("wb") as errors:
        process = subprocess.Popen(command, stdout=errors, stderr=errors, env={**os.environ, **variables})
    with process:
        try:
            yield process
        finally:
            process.kill()


def errors_of(out: Path) -> Path:
    return out.with_suffix(".errors")


def parts(out: Path) -> int:
    return len([*out.glob("part-*.parquet")])


def wait_for_parts(out: Path, number: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a run has written this number of files, or has ended."""
    end = time.monotonic() + WAIT
    while parts(out) < min(number, SHARDS) and process.poll() is None:
        assert time.monotonic() < end, f"{parts(out)} files after {WAIT:.0f} s"
        time.sleep(0.02)


def workers(raylets: tuple[int, ...]) -> list[int]:
    """Return the processes of the nodes that run tasks."""
    numbers = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            name = (folder / "cmdline").read_bytes()
        except OSError:  # it has ended
            continue
        if parent in raylets and name.startswith(b"ray::_call"):
            numbers.append(int(folder.name))
    return numbers


def assert_same_files(out: Path, expected: Path) -> None:
    names = sorted(path.name for path in expected.iterdir())
    assert sorted(path.name for path in out.iterdir()) == names
    assert parts(expected) == SHARDS
    same, different, errors = filecmp.cmpfiles(out, expected, names, shallow=False)
    assert (len(same), different, errors) == (len(names), [], [])


def test_kills_of_drivers_workers_and_a_node_leave_the_same_bytes(archive: Path, tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # shown where the test fails
    numbers = random.Random(seed)
    local = tmp_path / "local"
    with predicting(archive, local) as run:
        assert run.wait(60) == 0, errors_of(local).read_text()
    for number in range(ROUNDS):
        out = tmp_path / f"out-{number}"
        kill_each(archive, out, numbers)
        assert_same_files(out, local)


def kill_each(archive: Path, out: Path, numbers: random.Random) -> None:
    """Kill the driver of a run; begin it again, and kill a worker and a node of it."""
    with two_nodes() as nodes:
        with predicting(archive, out, "--ray", nodes.address, **nodes.environment) as run:
            wait_for_parts(out, numbers.randint(1, 4), run)
            time.sleep(numbers.random() * 0.2)
            run.kill()
        with predicting(archive, out, "--ray", nodes.address, **nodes.environment) as run:
            wait_for_parts(out, parts(out) + numbers.randint(1, 4), run)
            for worker in workers(nodes.raylets)[:1]:
                os.kill(worker, signal.SIGKILL)
            wait_for_parts(out, parts(out) + numbers.randint(1, 4), run)
            os.kill(nodes.raylets[1], signal.SIGKILL)
            assert run.wait(60) == 0, errors_of(out).read_text()


def test_a_killed_program_takes_its_own_ray_with_it(archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with predicting(archive, out, "--ray", TMPDIR=str(tmp_path)) as run:
        wait_for_parts(out, 1, run)
        run.kill()
    end = time.monotonic() + 20
    while left := processes_with(str(tmp_path)):
        assert time.monotonic() < end, left
        time.sleep(0.1)


def processes_with(text: str) -> list[str]:
    """Return the command lines that hold a text."""
    lines = []
    for folder in Path("/proc").iterdir():
        try:
            line = (folder / "cmdline").read_bytes() if folder.name.isdecimal() else b""
        except OSError:  # it has ended
            continue
        if text.encode() in line:
            lines.append(line.replace(b"\0", b" ").decode())
    return lines
