"""The server's log, on standard error: lines of text, or one JSON object a line.

A line names the route that answered, never the address that a client sent: a query or a mistyped path may
hold a key. Of an exception it has the kind and the places in the code, not the message, because messages of
libraries quote values. So a log has no drawings, keys, tokens or addresses of clients.
"""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import TextIO

import msgspec

from lenet.server.config import LogFormat

SERVER = "lenet.server"
ACCESS = "lenet.access"
_LOGGERS = (SERVER, ACCESS, "uvicorn", "uvicorn.error")
_KNOWN = "ASGI callable returned without completing response."  # the application has logged why
_QUERIES = "uvicorn.access"  # its lines hold addresses of clients, and queries
_WARNINGS = "py.warnings"  # of libraries, about files that clients sent

_FRAMES = 20  # of a traceback, the last ones


class Request(msgspec.Struct, frozen=True):
    """An answered request, as the log has it.

    Attributes:
        method: of HTTP.
        route: template of the path.
        status: of HTTP.
        milliseconds: from the headers to the end of the answer.
    """

    method: str
    route: str
    status: int
    milliseconds: float


class Entry(msgspec.Struct, omit_defaults=True):
    """A line of the log.

    Attributes:
        time: UTC, ISO 8601.
        level: debug, info, warning, error or critical.
        logger: the part of the server.
        message: one sentence.
        request: the request, if the line is about an answer.
        error: kind of an exception, and the kinds of its causes.
        trace: places in the code, the innermost last.
    """

    time: str
    level: str
    logger: str
    message: str
    request: Request | None = None
    error: list[str] = []
    trace: list[str] = []


def configure(log_format: LogFormat | None, stream: TextIO | None = None) -> None:
    """Write the logs of the server and of uvicorn, and no warnings of libraries.

    Args:
        log_format: of the lines; None writes only errors, as text.
        stream: where they are written; by default standard error.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Formatter(log_format is LogFormat.JSON))
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = [handler] if name != "uvicorn.error" else []  # its records go to "uvicorn"
        logger.propagate = name == "uvicorn.error"
        logger.setLevel(logging.ERROR if log_format is None else logging.INFO)
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    logging.captureWarnings(True)
    for name in (_QUERIES, _WARNINGS):
        silent = logging.getLogger(name)
        silent.handlers, silent.propagate = [logging.NullHandler()], False


def _is_news(record: logging.LogRecord) -> bool:
    return record.msg != _KNOWN


_access = logging.getLogger(ACCESS)


def log_answer(route: str, method: str, status: int, seconds: float) -> None:
    """Write a line about an answer, if requests are logged.

    Args:
        route: template of the path.
        method: of HTTP.
        status: of HTTP.
        seconds: from the headers to the end of the answer.
    """
    if _access.isEnabledFor(logging.INFO) and _access.handlers:
        request = Request(method, route, status, round(seconds * 1000, 3))
        _access.info("%s %s %d", method, route, status, extra={"request": request})


class _Formatter(logging.Formatter):
    def __init__(self, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        entry = _entry(record)
        return msgspec.json.encode(entry).decode() if self._as_json else _as_text(entry)


def _entry(record: logging.LogRecord) -> Entry:
    moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    error, trace = _describe(record.exc_info[1] if record.exc_info else None)
    return Entry(
        time=moment.replace("+00:00", "Z"),
        level=record.levelname.lower(),
        logger=record.name.removesuffix(".error"),  # uvicorn's logger of everything but requests
        message=_one_line(record.getMessage()),
        request=getattr(record, "request", None),
        error=error,
        trace=trace,
    )


def _describe(error: BaseException | None) -> tuple[list[str], list[str]]:
    """Return the kinds of an exception and of its causes, and the places that it passed."""
    kinds: list[str] = []
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:] if error is not None else []
    while error is not None and len(kinds) < _FRAMES:
        kinds.append(type(error).__qualname__)
        error = error.__cause__ or error.__context__
    return kinds, [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def _as_text(entry: Entry) -> str:
    line = f"{entry.time} {entry.level:<8} {entry.message}"
    if entry.request is not None:
        line += f" {entry.request.milliseconds:g} ms"
    if entry.error:
        line += f": {' from '.join(entry.error)}"
    if entry.trace:
        line += f", {entry.trace[-1]}"
    return line


def _one_line(text: str) -> str:
    """Replace line ends, control characters and halves of surrogate pairs by spaces."""
    return "".join(char if char.isprintable() else " " for char in text).strip()
