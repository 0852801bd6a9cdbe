"""Errors of databases as one line, with the code that says what to do about them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import exc
from sqlalchemy.engine import Engine

from lenet.server.collect.types import CollectCode, CollectError

DEPTH = 8  # errors behind an error
FULL = 2**20  # bytes: a disk with less is full

_SQLITE_REMEDIES = {
    "SQLITE_BUSY": "wait for the program that writes there",
    "SQLITE_CANTOPEN": "check the folder and its permissions",
    "SQLITE_CORRUPT": "the file is damaged: take a copy of it, then a backup",
    "SQLITE_LOCKED": "wait for the program that writes there",
    "SQLITE_NOTADB": "name a database of lenet, or a new file",
    "SQLITE_PERM": "check the permissions",
    "SQLITE_READONLY": "check the permissions",
}

_DISK_FULL = "53100"  # PostgreSQL's SQLSTATE
_OWN_FAULTS = ("22", "23", "42")  # classes of SQLSTATE: data, constraints, syntax


@contextmanager
def explained(engine: Engine, place: str) -> Iterator[None]:
    """Turn errors of the database into CollectError; errors in the program's own statements stay.

    Args:
        engine: its pool is emptied, because after such an error its connections may be broken.
        place: the database, for messages.
    """
    try:
        yield
    except (exc.DBAPIError, exc.TimeoutError, OSError, EOFError) as error:
        cause = error.orig if isinstance(error, exc.DBAPIError) else error
        problem = _explain(cause, place) if isinstance(cause, Exception) else None
        if problem is None:
            raise
        engine.dispose()
        raise problem from None


def _explain(cause: Exception, place: str) -> CollectError | None:
    """Return the error for a cause; None for a fault of the program."""
    if isinstance(cause, sqlite3.Error):
        return _explain_sqlite(cause, place)
    facts = _facts(cause)
    state = str(facts.get("C", ""))
    reason = _line(facts.get("M", cause))
    if state == _DISK_FULL:
        return disk_full(place, reason)
    if state.startswith(_OWN_FAULTS):
        return None
    return unavailable(place, reason, "check that PostgreSQL runs, and the URL")


def _facts(cause: BaseException) -> dict[str, object]:
    """Return the fields of PostgreSQL's error; {} without one.

    When the server refuses a connection and closes it, the driver fails to close it, too, and raises that.
    """
    error: BaseException | None = cause
    for _ in range(DEPTH):
        if error is None:
            break
        if error.args and isinstance(error.args[0], dict):
            return error.args[0]
        error = error.__cause__ or error.__context__
    return {}


def _explain_sqlite(cause: sqlite3.Error, place: str) -> CollectError | None:
    # Extended names: SQLITE_IOERR_WRITE is an SQLITE_IOERR.
    name = "_".join(str(getattr(cause, "sqlite_errorname", "")).split("_")[:2])
    if name == "SQLITE_FULL" or (name == "SQLITE_IOERR" and _is_disk_full(Path(place))):
        return disk_full(place, _line(cause))
    if name in _SQLITE_REMEDIES:
        return unavailable(place, _line(cause), _SQLITE_REMEDIES[name])
    return unavailable(place, _line(cause), "check the disk") if name == "SQLITE_IOERR" else None


def _is_disk_full(path: Path) -> bool:
    with suppress(OSError, AttributeError):  # Windows has no statvfs
        status = os.statvfs(path.parent)
        return status.f_bavail * status.f_frsize < FULL
    return False


def disk_full(place: str, reason: str) -> CollectError:
    """Return the error of a full disk."""
    return CollectError(f"{place}: the disk is full ({reason}); make room", CollectCode.DISK_FULL)


def unavailable(place: str, reason: str, remedy: str) -> CollectError:
    """Return the error of a database that cannot be used now."""
    return CollectError(f"{place}: cannot be used now ({reason}); {remedy}", CollectCode.UNAVAILABLE)


def _line(reason: object) -> str:
    return " ".join(str(reason).split())[:200]
