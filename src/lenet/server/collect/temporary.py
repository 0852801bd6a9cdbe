"""The folder of a class: deleted with the class, and by the next class if a process was killed."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lenet.errors import LenetError

PREFIX = "lenet-class-"
LOCK = "lock"
YOUNG = 60.0  # seconds in which a folder without a lock may be one that is being made
LOCK_WAIT = 5.0  # seconds


@contextmanager
def hangup_terminates() -> Iterator[None]:
    """Let a closed terminal end the program as SIGTERM does, so that it cleans up. Main thread only."""
    number = getattr(signal, "SIGHUP", None)  # Windows has none
    if number is None or signal.getsignal(number) is signal.SIG_IGN:  # as nohup sets it
        yield
        return
    before = signal.signal(number, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(number, before)


@contextmanager
def class_folder() -> Iterator[Path]:
    """Make a folder that only this user can read, and delete it at the end.

    Folders of killed processes are deleted first.

    Raises:
        LenetError: the folder cannot be made.
    """
    from filelock import FileLock

    remove_stale()
    try:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    except OSError as error:
        raise LenetError(
            f"{tempfile.gettempdir()}: cannot hold the class ({error.strerror}); set TMPDIR to another folder"
        ) from None
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=LOCK_WAIT)  # `remove_stale` of another process may look at it just now
        yield folder
    finally:
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


def remove_stale() -> int:
    """Delete the folders of classes whose process was killed; return their number."""
    count = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if _is_own(folder) and _is_stale(folder):
                shutil.rmtree(folder)
                count += 1
    return count


def _is_own(folder: Path) -> bool:
    """Tell if it is a folder of this user; a link to one is not."""
    status = folder.lstat()
    return stat.S_ISDIR(status.st_mode) and (not hasattr(os, "getuid") or status.st_uid == os.getuid())


def _is_stale(folder: Path) -> bool:
    """Tell if no process holds the lock; the system releases that of a killed process."""
    from filelock import FileLock, Timeout

    if not (folder / LOCK).exists():
        return time.time() - folder.stat().st_mtime > YOUNG
    try:
        with FileLock(folder / LOCK, timeout=0):
            is_young = time.time() - folder.stat().st_mtime < YOUNG
            return not (is_young and {path.name for path in folder.iterdir()} <= {LOCK})
    except Timeout:
        return False
