"""Run independent tasks: on the cores of this machine, or on a Ray cluster.

Rules: imports nothing of letters; Ray is imported by `ray.py` alone. A task is a value that can be pickled,
and a function of a module; running it twice does no harm.
"""

from lenet.executors.types import Executor, TaskError

__all__ = ["Executor", "TaskError"]
