"""The interface of an executor, and the error of a task whose process is killed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from lenet.errors import LenetError

Task = TypeVar("Task")
Result = TypeVar("Result")

MAX_ATTEMPTS = 3  # of a task whose process was killed
KILLED = (
    f"its process was killed {MAX_ATTEMPTS} times; run fewer tasks at once, or on a machine with more memory"
)


class TaskError(LenetError):
    """A task's process was killed in each of `MAX_ATTEMPTS` attempts; the message names the task."""


class Executor(Protocol):
    """Runs a function on tasks, several at once."""

    @property
    def slots(self) -> int:
        """Return the number of tasks that run at once."""

    def run(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[tuple[Task, Result]]:
        """Yield each task with its result, as they end.

        Tasks are taken from the iterable as slots become free, at most two for each slot ahead, so that
        an endless iterable of large tasks needs constant memory. A task whose process is killed is run
        again. Closing the iterator stops what has not begun.

        Raises:
            TaskError: a process was killed in each of the attempts.
            Exception: the function's own; nothing more is begun.
        """
