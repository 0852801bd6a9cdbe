"""Several processes that share the listening socket; one that dies is started again.

The parent only watches. SIGTERM lets all drain; Ctrl-C ends all. If the parent dies, its end of a
pipe closes, and the others end too.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from lenet.errors import LenetError

logger = logging.getLogger("lenet.server")

Work: TypeAlias = "Callable[[WorkerProcess], None]"

STOP = signal.SIGUSR1 if sys.platform != "win32" else signal.SIGTERM  # end without the grace period
QUICK_SECONDS = 1.0  # a process that lives shorter than that failed to start
MAX_QUICK = 5


@dataclass(frozen=True)
class WorkerProcess:
    """A process, as it knows itself.

    Attributes:
        number: from 0 on; one that replaces another has its number.
        parent: a file that can be read when the parent has died.
        ready: to be written to when the process is ready.
    """

    number: int
    parent: int
    ready: int

    def tell_ready(self) -> None:
        """Tell the parent that this process is ready."""
        os.write(self.ready, b"r")


class Processes:
    """Runs a function in several processes until a signal ends them."""

    def __init__(self, count: int, work: Work, on_death: Callable[[int, int], None]) -> None:
        """Take the number of processes, what each does, and what a dead one's number and pid are told to."""
        self._count, self._work, self._on_death = count, work, on_death
        self._pids: dict[int, int] = {}  # number: pid
        self._began: dict[int, float] = {}
        self._quick = 0
        self._ending = False

    def run(self, on_ready: Callable[[], None], on_ending: Callable[[], None]) -> None:
        """Start the processes and wait for the end of all.

        Args:
            on_ready: called once, when all are ready.
            on_ending: called once, when a signal came.

        Raises:
            LenetError: the processes die as soon as they start.
        """
        self._on_ending = on_ending
        self._alive, alive = os.pipe()
        ready, self._ready = os.pipe()
        woken, wake = socket.socketpair()
        for end in (woken, wake):
            end.setblocking(False)
        signals = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
        before = {number: signal.signal(number, lambda *_: None) for number in signals}
        descriptor = signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        self._private = [woken, wake]
        self._private_files = [alive, ready]
        try:
            for number in range(self._count):
                self._start(number)
            self._watch(woken, ready, on_ready)
        finally:
            for pid in self._pids.values():
                os.kill(pid, signal.SIGKILL)
            signal.set_wakeup_fd(descriptor)
            for number, handler in before.items():
                signal.signal(number, handler)
            for end in (woken, wake):
                end.close()
            for file in (alive, self._alive, ready, self._ready):
                os.close(file)

    def _watch(self, woken: socket.socket, ready: int, on_ready: Callable[[], None]) -> None:
        unready = self._count
        while self._pids or not self._ending:
            readable, _, _ = select.select([woken.fileno(), ready], [], [], 1.0)
            if ready in readable:
                came = len(os.read(ready, 64))
                if 0 < unready <= came:
                    on_ready()
                unready -= came
            if woken.fileno() in readable:
                for number in woken.recv(64):
                    if number in (signal.SIGTERM, signal.SIGINT):
                        self._end(number)
            self._reap()
            self._restart()

    def _end(self, number: int) -> None:
        """Pass a signal on; the second one ends the grace period, a third kills."""
        for pid in self._pids.values():
            os.kill(pid, signal.SIGTERM if number == signal.SIGTERM and not self._ending else STOP)
        if not self._ending:
            self._ending = True
            self._on_ending()

    def _reap(self) -> None:
        for number, pid in list(self._pids.items()):
            if os.waitpid(pid, os.WNOHANG)[0] == 0:
                continue
            del self._pids[number]
            self._on_death(number, pid)
            if not self._ending:
                logger.error("worker %d ended; it is started again", number)
                is_quick = time.monotonic() - self._began[number] < QUICK_SECONDS
                self._quick = self._quick + 1 if is_quick else 0

    def _restart(self) -> None:
        if self._ending:
            return
        if self._quick > MAX_QUICK:
            raise LenetError("the workers end as soon as they start; the log has the reason")
        for number in range(self._count):
            if number not in self._pids:
                if self._quick:
                    time.sleep(QUICK_SECONDS / 4)
                self._start(number)

    def _start(self, number: int) -> None:
        self._began[number] = time.monotonic()
        sys.stdout.flush()
        sys.stderr.flush()
        # A signal that came before the new process has its own handlers would be lost.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, STOP))
        pid = os.fork()
        if pid:
            self._pids[number] = pid
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            return
        status = 1
        try:
            self._prepare()
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            self._work(WorkerProcess(number, self._alive, self._ready))
            status = 0
        except BaseException:
            logger.exception("worker %d failed", number)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _prepare(self) -> None:
        """Leave the parent's signals and files, in the new process."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the parent passes it on
        for end in self._private:
            end.close()
        for file in self._private_files:
            os.close(file)
