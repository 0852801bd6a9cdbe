"""Tasks on Ray: on a Ray of one's own, and on a cluster of two nodes. `make test-scale` runs this file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from cluster import Nodes, two_nodes

import tasks_to_run as tasks
from lenet.executors import TaskError
from lenet.executors.ray import RayExecutor

PATH = os.pathsep.join(place for place in sys.path if place)  # for processes that import what tests import


@pytest.fixture(scope="module")
def own() -> Iterator[RayExecutor]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", PATH)
        with RayExecutor(slots=2) as executor:
            yield executor


def test_each_task_has_its_result(own: RayExecutor) -> None:
    assert own.slots == 2
    assert sorted(own.run(tasks.square, range(50))) == [(n, n * n) for n in range(50)]
    assert list(own.run(tasks.square, [])) == []


def test_few_tasks_are_taken_ahead(own: RayExecutor) -> None:
    taken = []

    def numbers() -> Iterator[int]:
        for number in count():
            taken.append(number)
            yield number

    results = own.run(tasks.square, numbers())
    for _ in range(5):
        next(results)
    results.close()  # type: ignore[attr-defined]  # a generator
    assert len(taken) <= 9


def test_large_arguments_are_passed(own: RayExecutor) -> None:
    data = [bytes([number]) * 20_000_000 for number in range(4)]
    assert sorted(length for _, length in own.run(tasks.length, data)) == [20_000_000] * 4


def test_a_task_whose_process_is_killed_is_run_again(own: RayExecutor, tmp_path: Path) -> None:
    markers = [tmp_path / str(number) for number in range(4)]
    assert sorted(name for _, name in own.run(tasks.killed_once, markers)) == ["0", "1", "2", "3"]


def test_a_task_that_is_killed_again_and_again_is_named(own: RayExecutor) -> None:
    with pytest.raises(TaskError, match=r"^7: its process was killed 3 times"):
        list(own.run(tasks.killed, [7]))


def test_an_error_of_the_function_is_raised(own: RayExecutor) -> None:
    with pytest.raises(ValueError, match=r"^three$"):
        list(own.run(tasks.refuse, range(10)))


def test_nothing_is_printed(own: RayExecutor, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    list(own.run(tasks.killed_once, [tmp_path / "0"]))
    time.sleep(0.5)
    assert capfd.readouterr().out == ""


def test_closing_ends_what_runs(own: RayExecutor) -> None:
    results = own.run(tasks.wait_after_the_first, range(2))
    assert next(results) == (0, 0)
    begin = time.monotonic()
    results.close()  # type: ignore[attr-defined]  # a generator
    assert time.monotonic() - begin < 5
    assert list(own.run(tasks.square, [2])) == [(2, 4)]


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    with two_nodes() as running:
        yield running


@contextmanager
def drive(program: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Run a program that may import what the tests import."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"import tasks_to_run as tasks\n{program}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": PATH, **environment},
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


REFUSED = """
from lenet.errors import LenetError
from lenet.executors.ray import RayExecutor
try:
    RayExecutor({address!r})
except LenetError as error:
    print(error)
"""


def test_a_wrong_token_is_refused_in_one_line(nodes: Nodes) -> None:
    wrong = {**nodes.environment, "RAY_AUTH_TOKEN": "0" * 64}
    with drive(REFUSED.format(address=nodes.address), wrong) as driver:
        out, _ = driver.communicate(timeout=60)
    assert out.startswith(f"Ray on {nodes.address}: cannot be used (")
    assert out.count("\n") == 1


def test_an_address_without_a_cluster_is_refused_in_one_line() -> None:
    with drive(REFUSED.format(address="127.0.0.1:9"), {"RAY_AUTH_TOKEN": "0" * 64}) as driver:
        out, _ = driver.communicate(timeout=60)
    assert out.startswith("Ray on 127.0.0.1:9: cannot be used (")
    assert out.count("\n") == 1


def test_a_node_with_another_version_is_named(nodes: Nodes) -> None:
    program = "import lenet; lenet.__version__ = '9.9'" + REFUSED.format(address=nodes.address)
    with drive(program, nodes.environment) as driver:
        out, _ = driver.communicate(timeout=60)
    assert out == (
        'Ray node 127.0.0.1: has lenet 0.1.0, this machine lenet 9.9; pip install "lenet[ray]==9.9" there\n'
    )


RUN = """
from lenet.executors.ray import RayExecutor
with RayExecutor({address!r}) as executor:
    print(executor.slots, flush=True)
    for task, result in executor.run(tasks.square_slowly, range(40)):
        print(task, result, flush=True)
"""


def test_a_node_that_dies_loses_no_task(nodes: Nodes) -> None:
    with drive(RUN.format(address=nodes.address), nodes.environment) as driver:
        assert driver.stdout is not None
        assert driver.stdout.readline() == "2\n"
        lines = [driver.stdout.readline() for _ in range(5)]
        os.kill(nodes.raylets[1], signal.SIGKILL)
        out, errors = driver.communicate(timeout=60)
    results = sorted(tuple(map(int, line.split())) for line in [*lines, *out.splitlines()])
    assert results == [(n, n * n) for n in range(40)], errors
