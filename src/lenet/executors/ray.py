"""Run tasks on a Ray cluster, or on a Ray of one's own on this machine."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Generic

import lenet
from lenet._util.extras import require
from lenet.errors import LenetError
from lenet.executors.local import available_cores
from lenet.executors.types import KILLED, MAX_ATTEMPTS, Result, Task, TaskError

MEMORY = 512 * 2**20  # bytes of the object store of a Ray of one's own
CONNECT_WAIT = 10.0  # seconds
CHECK_WAIT = 120.0  # seconds in which each node must answer
PASSED_ON = ("LENET_ISA",)  # variables that tasks have, too
_SIZE_AGE = 5.0  # seconds; nodes come and go
_PRIVATE_RAY = "this machine"


class RayExecutor:
    """Runs a task as one Ray task on one core; a context manager that leaves the cluster at its end.

    A task whose worker or node dies is run again by Ray, `MAX_ATTEMPTS` times in all.
    """

    def __init__(self, address: str | None = None, slots: int | None = None) -> None:
        """Connect to a cluster, and compare its nodes with this program.

        Args:
            address: HOST:PORT of the cluster, or "auto" for the one of this machine; None starts a Ray of
                this process, which ends with it.
            slots: cores of a Ray of this process; None: all.

        Raises:
            MissingDependencyError: Ray is not installed.
            LenetError: the cluster does not answer or refuses the token, or a node has another lenet.
        """
        require("ray", "ray")
        self._place = address or _PRIVATE_RAY
        self._folder: Path | None = None
        self._size = (0.0, 0)  # when it was counted; cores
        _set_environment(is_private=address is None)
        try:
            self._connect(address, slots)
            _check_nodes(self._place)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> RayExecutor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def slots(self) -> int:
        """Return the number of the cluster's cores now, at least 1."""
        import ray

        counted, cores = self._size
        if time.monotonic() - counted > _SIZE_AGE or not cores:
            cores = max(1, int(ray.cluster_resources().get("CPU", 0)))
            self._size = time.monotonic(), cores
        return cores

    def run(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[tuple[Task, Result]]:
        """Yield each task with its result, as they end; see `Executor.run`."""
        return _Run(self, function, iter(tasks)).results()

    def close(self) -> None:
        """Leave the cluster; end a Ray of this process."""
        import ray

        ray.shutdown()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _connect(self, address: str | None, slots: int | None) -> None:
        import ray
        from ray._private import worker

        # Ray writes about each killed worker to standard output, which belongs to predictions.
        worker.print_to_stdstream = lambda *_, **__: None
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.CRITICAL}
        try:
            if address:
                _check_port(address)
                ray.init(address=address, **quiet)
                return
            self._folder = Path(tempfile.mkdtemp(prefix="lenet-ray-"))
            ray.init(
                address="local",
                num_cpus=slots or available_cores(),
                object_store_memory=MEMORY,
                include_dashboard=False,
                _temp_dir=str(self._folder),
                _system_config={"task_oom_retries": MAX_ATTEMPTS - 1},
                **quiet,
            )
        except (ray.exceptions.RayError, ConnectionError, RuntimeError, ValueError, OSError) as error:
            reason = _first_line(error)
            remedy = "check the address, and that this machine has the cluster's token (RAY_AUTH_TOKEN)"
            raise LenetError(f"Ray on {self._place}: cannot be used ({reason}); {remedy}") from None


def _set_environment(*, is_private: bool) -> None:
    """Set Ray's variables that have no argument, before it is imported: no statistics, tokens are asked.

    A Ray of this process listens on loopback alone, and has a token of its own; a cluster's token comes from
    Ray's variables or its file.
    """
    if is_private:
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # read on each system
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_AUTH_MODE", "token")


def _check_port(address: str) -> None:
    """Raise OSError if nothing listens; Ray itself would ask for minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=CONNECT_WAIT).close()


def _check_nodes(place: str) -> None:
    """Compare the version of lenet on each node with this one. Raise LenetError if a node differs."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    def version() -> str:  # a nested function is sent by value, so that a node without lenet can run it
        try:
            from lenet import __version__
        except ImportError:
            return "no lenet"
        return f"lenet {__version__}"

    nodes = [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]
    if not nodes:
        raise LenetError(f"Ray on {place}: has no cores; start a node of it")
    remote = ray.remote(num_cpus=0, max_retries=1)(version)
    answers = []
    for node in nodes:
        where = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        answers.append((remote.options(scheduling_strategy=where).remote(), node["NodeManagerAddress"]))
    end = time.monotonic() + CHECK_WAIT
    for answer, host in answers:
        try:
            installed = ray.get(answer, timeout=max(end - time.monotonic(), 0.1))
        except ray.exceptions.RayError as error:
            reason = _first_line(error)
            raise LenetError(f"Ray node {host}: runs no tasks ({reason}); look at its logs") from None
        if installed != f"lenet {lenet.__version__}":
            remedy = f'pip install "lenet[ray]=={lenet.__version__}" there'
            raise LenetError(
                f"Ray node {host}: has {installed}, this machine lenet {lenet.__version__}; {remedy}"
            )


class _Run(Generic[Task, Result]):
    """One run of a function on tasks."""

    def __init__(
        self, executor: RayExecutor, function: Callable[[Task], Result], tasks: Iterator[Task]
    ) -> None:
        import ray

        self.executor, self.tasks = executor, tasks
        self.running: dict[Any, Task] = {}
        # A function may carry large arguments, which each node then receives once.
        self.function = ray.put(function)
        self.folder = str(Path.cwd())
        self.remote: Any = None

    def results(self) -> Iterator[tuple[Task, Result]]:
        """Yield each task with its result; cancel those under way when it is closed."""
        import ray

        variables = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        options = {"runtime_env": {"env_vars": variables}} if variables else {}
        self.remote = ray.remote(num_cpus=1, max_retries=MAX_ATTEMPTS - 1, **options)(_call)
        try:
            while self._fill():
                for reference in ray.wait([*self.running], num_returns=1)[0]:
                    task = self.running.pop(reference)
                    yield task, _result(reference, task)
        finally:
            for reference in self.running:
                ray.cancel(reference, force=True)

    def _fill(self) -> bool:
        """Begin tasks until two for each slot are under way; return whether any is."""
        while len(self.running) < 2 * self.executor.slots:
            try:
                task = next(self.tasks)
            except StopIteration:
                break
            self.running[self.remote.remote(self.folder, self.function, task)] = task
        return bool(self.running)


def _call(folder: str, function: Callable[[Task], Result], task: Task) -> Result:
    """Call the function in the program's folder, if the node has it: tasks may have relative paths."""
    with suppress(OSError):
        os.chdir(folder)
    return function(task)


def _result(reference: Any, task: Any) -> Any:
    """Return a task's result. Raise the function's own error, or TaskError if its workers died."""
    import ray
    from ray import exceptions as kinds

    try:
        return ray.get(reference)
    except kinds.RayTaskError as error:
        if isinstance(error.cause, Exception) and not isinstance(error.cause, kinds.RayError):
            raise error.cause from None
        raise TaskError(
            f"{task}: failed on a node ({_first_line(error.cause or error)}); look at the node's logs"
        ) from None
    except (kinds.WorkerCrashedError, kinds.NodeDiedError, kinds.OutOfMemoryError):
        raise TaskError(f"{task}: {KILLED}") from None
    except kinds.RayError as error:
        raise TaskError(f"{task}: was lost ({_first_line(error)}); run again") from None


def _first_line(error: BaseException) -> str:
    """Return an error's first line that has words."""
    lines = (line.strip() for line in str(error).splitlines())
    return next((line[:120] for line in lines if line), type(error).__name__)
