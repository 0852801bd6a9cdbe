"""Run tasks in processes on this machine."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Generic

from lenet.executors.types import KILLED, MAX_ATTEMPTS, Result, Task, TaskError


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class LocalExecutor:
    """Runs tasks in one process for each slot; with one slot, in this process."""

    def __init__(self, slots: int | None = None, *, in_process: bool = True) -> None:
        """Take the number of slots.

        Args:
            slots: number of tasks at once; None: the number of cores.
            in_process: whether a single slot may be this process.
        """
        self._slots = slots or available_cores()
        self._in_process = in_process and self._slots == 1

    @property
    def slots(self) -> int:
        """Return the number of processes."""
        return self._slots

    def run(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[tuple[Task, Result]]:
        """Yield each task with its result, as they end; see `Executor.run`."""
        if self._in_process:
            return ((task, function(task)) for task in tasks)
        return _Run(function, iter(tasks), self._slots).results()


@dataclass
class _Attempt(Generic[Task]):
    task: Task
    number: int = 1


class _Run(Generic[Task, Result]):
    """One run of a function on tasks."""

    def __init__(self, function: Callable[[Task], Result], tasks: Iterator[Task], slots: int) -> None:
        self.function, self.tasks, self.slots = function, tasks, slots
        self.running: dict[Future[Any], _Attempt[Task]] = {}
        self.again: list[_Attempt[Task]] = []
        self.others = {*multiprocessing.active_children()}
        self.pool = self._new_pool()

    def results(self) -> Iterator[tuple[Task, Result]]:
        """Yield each task with its result; end the processes, and what they do, when it is closed."""
        try:
            while self._fill():
                for future in wait(self.running, return_when=FIRST_COMPLETED).done:
                    attempt = self.running.get(future)
                    if attempt is None:  # the pool broke, and the task will run again
                        continue
                    try:
                        result = future.result()
                    except BrokenProcessPool:
                        self._restart()
                        break
                    del self.running[future]
                    yield attempt.task, result
        except BaseException:  # an interrupt and a closed iterator, too
            self._kill()
            raise
        finally:
            self.pool.shutdown(wait=True, cancel_futures=True)

    def _kill(self) -> None:
        """Kill the processes of the pool: a task may take minutes, and is run again another time."""
        for process in multiprocessing.active_children():
            if process not in self.others:
                process.kill()

    def _fill(self) -> bool:
        """Begin tasks until two for each slot are under way; return whether any is."""
        while len(self.running) < 2 * self.slots:
            if self.again:
                attempt = self.again.pop()
            else:
                try:
                    attempt = _Attempt(next(self.tasks))
                except StopIteration:
                    break
            try:
                self.running[self.pool.submit(self.function, attempt.task)] = attempt
            except BrokenProcessPool:
                self.again.append(attempt)
                self._restart()
        return bool(self.running)

    def _restart(self) -> None:
        """Begin a new pool: a process was killed, and with it all the tasks under way were lost."""
        for attempt in self.running.values():
            if attempt.number == MAX_ATTEMPTS:
                raise TaskError(f"{attempt.task}: {KILLED}")
            self.again.append(_Attempt(attempt.task, attempt.number + 1))
        self.running.clear()
        self.pool.shutdown(wait=True, cancel_futures=True)
        self.pool = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        # Forked processes would inherit the locks of other threads.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.slots, mp_context=context, initializer=_begin_process)


def _begin_process() -> None:
    """Leave Ctrl-C to the process that gives the tasks, and end with it even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
