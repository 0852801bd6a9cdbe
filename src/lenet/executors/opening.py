"""Open the executor that a user chose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lenet.executors.types import Executor


@contextmanager
def open_executor(
    ray: str | None = None, slots: int | None = None, *, in_process: bool = True
) -> Iterator[Executor]:
    """Open an executor; at the end, leave its cluster.

    Args:
        ray: HOST:PORT of a Ray cluster, "auto" for the cluster of this machine, "" for a Ray of this
            process; None: processes on this machine, without Ray.
        slots: tasks that run at once on this machine; None: the number of cores. A cluster has its own.
        in_process: whether a single task at once may run in this process.

    Raises:
        MissingDependencyError: Ray is not installed.
        LenetError: the cluster cannot be used.
    """
    if ray is None:
        from lenet.executors.local import LocalExecutor

        yield LocalExecutor(slots, in_process=in_process)
        return
    from lenet.executors.ray import RayExecutor

    with RayExecutor(ray or None, slots) as executor:
        yield executor
