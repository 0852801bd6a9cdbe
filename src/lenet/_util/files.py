"""Open files that may be gzipped; write files atomically."""

from __future__ import annotations

import glob
import gzip
import io
import os
import signal
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

from lenet.errors import DataError, LenetError

READ_ERRORS = (EOFError, OSError, zlib.error)

ABANDONED = 3600.0  # seconds after which a temporary file belongs to a killed process


@contextmanager
def open_bytes(path: str | Path) -> Iterator[io.BufferedReader]:
    """Open a file for reading; unpack gzip, which its first bytes tell, not its name.

    "-" is standard input. Reading raises one of READ_ERRORS; `read_error` words it.
    """
    with ExitStack() as stack:
        if str(path) == "-":
            if sys.stdin is None:
                raise DataError("-: there is no standard input; name a file")
            stream = cast(io.BufferedReader, sys.stdin.buffer)
        else:
            stream = stack.enter_context(Path(path).open("rb"))
        if stream.peek(2)[:2] == b"\x1f\x8b":
            unpacked = stack.enter_context(gzip.GzipFile(fileobj=stream))
            stream = io.BufferedReader(cast(Any, unpacked), 2**16)
        yield stream


def read_error(
    path: str | Path,
    error: Exception,
    line: int | None = None,
    kind: type[LenetError] = DataError,
) -> LenetError:
    """Return the one-line error for an exception among READ_ERRORS."""
    if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
        reason = error.strerror or error
        return kind(f"{path}: cannot be read ({reason}); check the name and the permissions")
    place = str(path) if line is None else f"{path}:{line}"
    return kind(f"{place}: the gzip data is cut short or damaged; copy the file again")


def ensure_dir(folder: Path) -> Path:
    """Return the folder; create it if it does not exist. Raise LenetError if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise LenetError(f"{folder}: cannot be made ({reason}); choose another folder") from None
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

    If writing fails, a file of that name stays as it was. Raise LenetError if it cannot be written.
    """
    path = Path(path)
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    _clear(path)
    try:
        with writing(path):
            with aside.open("wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _clear(path: Path) -> None:
    """Remove temporary files that killed processes left beside a file, known by their age."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > ABANDONED:
                left.unlink()


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
