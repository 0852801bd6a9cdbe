"""Requests to a store: the connection, attempts within limits, and errors of one line."""

from __future__ import annotations

import functools
import os
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import urlsplit

from lenet._util.extras import require
from lenet.bulk.storage.addresses import Address
from lenet.errors import DataError, LenetError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

Answer = TypeVar("Answer")


class Patience(NamedTuple):
    """Limits of a request.

    Attributes:
        attempts: of one request.
        pause: seconds before the second attempt; doubled before each further one.
        timeout: seconds of one attempt.
        total: seconds after which no further attempt begins.
    """

    attempts: int = 6
    pause: float = 0.2
    timeout: float = 120.0
    total: float = 240.0


PATIENCE = Patience()
_LONGEST_PAUSE = 5.0  # seconds
_TRANSIENT = {408, 429}  # and 500 to 599
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AZURE_STORAGE_ENDPOINT")
_ALLOW = ("AWS_ALLOW_HTTP", "AZURE_ALLOW_HTTP", "GOOGLE_ALLOW_HTTP")


@functools.lru_cache(maxsize=32)
def connect(root: str, patience: Patience = PATIENCE) -> ObjectStore:
    """Return the connection to a store, one for each process.

    Raises:
        MissingDependencyError: obstore is not installed.
        LenetError: a variable of the environment is wrong or missing.
    """
    require("obstore", "bulk")
    from obstore.exceptions import BaseError
    from obstore.store import HTTPStore, from_url

    client = {"timeout": f"{patience.timeout * 1000:.0f}ms", "allow_http": _plain_http(root)}
    once = {"max_retries": 0, "retry_timeout": timedelta(seconds=patience.total)}  # `ask` repeats
    try:
        if root.startswith(("http:", "https:")):
            return HTTPStore.from_url(root, client_options=client, retry_config=once)  # type: ignore[arg-type]
        return from_url(root, client_options=client, retry_config=once)  # type: ignore[call-overload, no-any-return]
    except (BaseError, ValueError) as error:
        reason = _first_line(str(error))
        raise LenetError(
            f"{root}: cannot be used ({reason}); check the address and the environment"
        ) from None


def _plain_http(root: str) -> bool:
    """Tell whether requests without TLS are allowed: by a variable, on this machine, or by the address."""
    if root.startswith("http:"):
        return True
    if any(os.environ.get(name, "").lower() in ("true", "1") for name in _ALLOW):
        return True
    hosts = [urlsplit(os.environ.get(name, "")).hostname for name in _ENDPOINTS]
    return any(host in ("127.0.0.1", "localhost", "::1") for host in hosts)


def ask(place: Address, request: Callable[[], Answer], patience: Patience = PATIENCE) -> Answer:
    """Return a request's answer; repeat it, within limits, while the store fails or the connection ends.

    A request that is repeated may have succeeded before: its answer was lost.

    Raises:
        FileNotFoundError: the object is missing.
        AlreadyExistsError: of obstore, for a conditional put.
        DataError: the store refuses the request, or failed in each attempt.
    """
    from obstore.exceptions import AlreadyExistsError, BaseError

    end = time.monotonic() + patience.total
    for attempt in range(1, patience.attempts + 1):
        try:
            return request()
        except (FileNotFoundError, AlreadyExistsError):
            raise
        except TruncatedError as error:
            reason = str(error)
        except BaseError as error:
            reason = _reason(place, error)
        pause = min(patience.pause * 2 ** (attempt - 1), _LONGEST_PAUSE)
        if attempt == patience.attempts or time.monotonic() + pause > end:
            break
        time.sleep(pause)
    times = f"{attempt} times" if attempt > 1 else "once"
    raise DataError(f"{place}: the store failed {times} ({reason}); try again later")


class TruncatedError(Exception):
    """An answer has fewer bytes than it should; the message says how many."""


def _reason(place: Address, error: Exception) -> str:
    """Return why a store failed; raise DataError if another attempt cannot help."""
    from obstore import exceptions as kinds

    text = str(error)
    status = re.search(r"status code: (\d{3})([ \w]*)", text)
    code = re.search(r"<Code>(\w+)</Code>", text)
    number = int(status[1]) if status else 0
    words = code[1] if code else status[2].strip() if status else ""
    reason = f"{number} {words}".strip() if status else _connection(text)
    if code and code[1] == "NoSuchBucket":
        raise DataError(f"{place}: the bucket does not exist; check the name, or create it")
    if isinstance(error, kinds.InvalidPathError):
        problem = _first_line(text).removeprefix("Encountered object with invalid path: ")
        raise DataError(f"{place}: the name of an object cannot be used ({problem}); rename it")
    if isinstance(error, kinds.PermissionDeniedError | kinds.UnauthenticatedError):
        remedy = "check the credentials in the environment, and the rights to this name"
        raise DataError(f"{place}: access was denied ({reason}); {remedy}")
    if isinstance(error, kinds.NotSupportedError):
        raise DataError(f"{place}: the server does not answer ranges of bytes; download the file first")
    if isinstance(error, kinds.PreconditionError | kinds.NotModifiedError):
        raise DataError(f"{place}: has changed meanwhile; run again")
    is_final = bool(status) and number < 500 and number not in _TRANSIENT
    if is_final or not isinstance(error, kinds.GenericError):
        raise DataError(f"{place}: the store refused the request ({reason}); check the address and the store")
    return reason


def _connection(text: str) -> str:
    """Return why there was no answer. The text itself may hold tokens, so known words are looked for."""
    known = {
        "ConnectionRefused": "connection refused",
        "dns error": "unknown host",
        "TimedOut": "no answer in time",
        "BadScheme": "plain http:// is not allowed; set AWS_ALLOW_HTTP=true if it must be",
        "certificate": "the certificate is not trusted",
        "169.254.169.254": "no credentials in the environment",
    }
    return next((words for sign, words in known.items() if sign in text), "the connection ended")


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:120] if text.strip() else "no reason"
