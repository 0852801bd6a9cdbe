"""Tasks in processes on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

import tasks_to_run as tasks
from lenet.executors import TaskError
from lenet.executors.local import LocalExecutor


@pytest.mark.parametrize("slots", [1, 2])
def test_each_task_has_its_result(slots: int) -> None:
    results = LocalExecutor(slots).run(tasks.square, range(20))
    assert sorted(results) == [(number, number * number) for number in range(20)]


def test_tasks_run_in_other_processes() -> None:
    processes = {process for _, process in LocalExecutor(2).run(tasks.process, range(12))}
    assert 1 <= len(processes) <= 2
    assert os.getpid() not in processes


def test_no_tasks_give_no_results() -> None:
    assert list(LocalExecutor(2).run(tasks.square, [])) == []


def test_few_tasks_are_taken_ahead() -> None:
    taken = []

    def numbers() -> Iterator[int]:
        for number in count():
            taken.append(number)
            yield number

    results = LocalExecutor(2).run(tasks.square, numbers())
    for _ in range(5):
        next(results)
    results.close()  # type: ignore[attr-defined]  # a generator
    assert len(taken) <= 9


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_task_whose_process_is_killed_is_run_again(tmp_path: Path) -> None:
    markers = [tmp_path / str(number) for number in range(6)]
    for marker in markers[:3] + markers[4:]:
        marker.touch()
    results = LocalExecutor(2).run(tasks.killed_once, markers)
    assert sorted(name for _, name in results) == [marker.name for marker in markers]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_task_that_is_killed_again_and_again_is_named() -> None:
    with pytest.raises(TaskError, match=r"^7: its process was killed 3 times"):
        list(LocalExecutor(2).run(tasks.killed, [7]))


@pytest.mark.parametrize("slots", [1, 2])
def test_an_error_of_the_function_is_raised(slots: int) -> None:
    with pytest.raises(ValueError, match="three"):
        list(LocalExecutor(slots).run(tasks.refuse, range(10)))


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupt_ends_long_tasks() -> None:
    command = [sys.executable, tasks.__file__]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"ready\n"
        time.sleep(1)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=20) != 0
