"""Open files that may be gzipped; write files atomically."""

from __future__ import annotations

import glob
import gzip
import io
import os
import select
import shutil
import signal
import stat
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, cast

from lenet._util.budget import BudgetedStream
from lenet.errors import DataError, LenetError

READ_ERRORS = (EOFError, OSError, zlib.error)

PIPE_WAIT = 5.0  # seconds until a program must have written to a pipe
ABANDONED = 3600.0  # seconds after which a temporary file of another machine belongs to a killed process
_HOST = f"{zlib.crc32(os.uname().nodename.encode()):08x}" if hasattr(os, "uname") else "0"


def open_file(
    path: str | Path, *, follow: bool = True, kind: type[LenetError] = DataError
) -> io.BufferedReader:
    """Open a regular file for reading, or a pipe that another program writes to.

    Args:
        path: the file.
        follow: whether a symbolic link is followed.
        kind: class of the error.

    Raises:
        OSError: the file cannot be opened.
        LenetError: it is a device, a socket, or a pipe to which nothing is written.
    """
    extra = ("O_BINARY", "O_NONBLOCK", *(() if follow else ("O_NOFOLLOW",)))
    flags = sum((getattr(os, name, 0) for name in extra), os.O_RDONLY)
    stream = open(path, "rb", opener=lambda name, _: os.open(name, flags))  # noqa: SIM115 - returned
    mode = os.fstat(stream.fileno()).st_mode
    if stat.S_ISREG(mode):
        return stream
    if stat.S_ISFIFO(mode) and select.select([stream], [], [], PIPE_WAIT)[0]:
        os.set_blocking(stream.fileno(), True)
        return stream
    stream.close()
    problem = "no program writes to this pipe" if stat.S_ISFIFO(mode) else "is not a regular file"
    raise kind(f"{path}: {problem}; name a file")


@contextmanager
def open_unpacked(path: str | Path) -> Iterator[io.BufferedIOBase]:
    """Open a file for reading; unpack gzip, which its first bytes tell, not its name.

    "-" is standard input. Reading raises one of READ_ERRORS; `read_error` words it.
    """
    with ExitStack() as stack:
        stream: io.BufferedReader
        if str(path) == "-":
            if sys.stdin is None:
                raise DataError("-: standard input is missing; name a file")
            stream = cast(io.BufferedReader, sys.stdin.buffer)
        else:
            stream = stack.enter_context(open_file(path))
        is_gzip = stream.peek(2)[:2] == b"\x1f\x8b"
        yield stack.enter_context(gzip.GzipFile(fileobj=stream)) if is_gzip else stream


@contextmanager
def open_bytes(path: str | Path) -> Iterator[BudgetedStream]:
    """Open a file like `open_unpacked`, for a reader that restarts the stream's budget after each letter."""
    with open_unpacked(path) as stream:
        yield BudgetedStream(stream, str(path))


def read_error(
    path: str | Path,
    error: Exception,
    line: int | None = None,
    kind: type[LenetError] = DataError,
) -> LenetError:
    """Return the one-line error for an exception among READ_ERRORS."""
    if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            return kind(f"{path}: no such file; check the name")
        remedy = "check the permissions" if isinstance(error, PermissionError) else "name another file"
        return kind(f"{path}: cannot be read ({error.strerror or error}); {remedy}")
    place = str(path) if line is None else f"{path}:{line}"
    return kind(f"{place}: the gzip data is cut short or damaged; copy the file again")


def ensure_dir(folder: Path) -> Path:
    """Return the folder; create it if it does not exist. Raise LenetError if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise LenetError(f"{folder}: cannot be created ({reason}); choose another folder") from None
    return folder


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Turn an OSError raised while a file is written into the one-line error."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise LenetError(f"{path}: cannot be written ({reason}); choose another place") from None


@contextmanager
def atomic_write(path: str | Path) -> Iterator[IO[bytes]]:
    """Open a temporary file for writing; rename it to `path` when all was written.

    A symbolic link is followed. A file of that name keeps its permissions, and its contents if
    writing fails.

    Raises:
        LenetError: the file cannot be written, or `path` is a device, a pipe, a socket or a folder.
    """
    path = Path(path)
    aside = temporary_path(_target(path))
    try:
        with writing(path):
            with aside.open("wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def replace(aside: Path, path: Path) -> None:
    """Rename a written file to `path`, like `atomic_write`. Raise OSError or LenetError."""
    place = _target(path)
    with suppress(FileNotFoundError):
        aside.chmod(stat.S_IMODE(place.stat().st_mode))
    aside.replace(place)


def _target(path: Path) -> Path:
    """Return the path that links lead to. Raise LenetError if something other than a file is there."""
    with writing(path):
        place = Path(os.path.realpath(path))
        if place.is_file() or not os.path.lexists(place):
            return place
    raise LenetError(f"{path}: is not a regular file; choose another place")


def temporary_path(place: Path) -> Path:
    """Return a name beside a file or a folder that is being written; remove what killed processes left.

    The name tells the process, so that what a killed one left is known at once on the same machine.
    """
    remove_abandoned(place.parent, glob.escape(place.name))
    return temporary_name(place)


def temporary_name(place: Path) -> Path:
    """Return `temporary_path`'s name, without a search of the folder, which may hold many files."""
    return place.with_name(f".{place.name}.{_HOST}-{os.getpid()}.part")


def remove_abandoned(folder: Path, pattern: str = "*") -> None:
    """Remove what killed processes left under a `temporary_name` of files that match the pattern."""
    for left in folder.glob(f".{pattern}.*.part"):
        with suppress(OSError):
            if _is_abandoned(left):
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def _is_abandoned(path: Path) -> bool:
    """Tell whether the process that wrote a temporary file has ended, or the file is old."""
    host, _, process = path.name.rsplit(".", 2)[1].partition("-")
    if host == _HOST and process.isdecimal() and os.name == "posix":
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return True
        except OSError:  # a process of another user
            return False
    return time.time() - path.stat().st_mtime > ABANDONED


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes from writing into a folder meanwhile. Raise LenetError if one already does."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:  # an OSError too
        raise LenetError(
            f"{folder}: another process writes here; wait for it, or choose another folder"
        ) from None
    except OSError as error:
        reason = error.strerror or error
        raise LenetError(f"{folder}: cannot be written ({reason}); choose another folder") from None
    try:
        yield
    finally:
        with suppress(OSError):  # Windows deletes it at the release
            Path(lock.lock_file).unlink()
        lock.release()


@contextmanager
def defer_interrupt() -> Iterator[None]:
    """Defer Ctrl-C until files that belong together are all written. Main thread only."""
    waiting = []
    before = signal.signal(signal.SIGINT, lambda *call: waiting.append(call))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if waiting and callable(before):
            before(*waiting[0])
