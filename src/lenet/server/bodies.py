"""Read the body of a request within its limits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

import msgspec

from lenet._util.counts import counted
from lenet.server.config import Limits
from lenet.server.errors import ApiError
from lenet.server.media_types import JSON
from lenet.server.validation import problem_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope

T = TypeVar("T")

DISCARDED = 8  # times the limit that is read and dropped, so that the client reads the answer
CLOSE = {"Connection": "close"}


class _Buffered:
    """Counts the bytes of all bodies that this process is reading."""

    def __init__(self) -> None:
        self.bytes = 0


_buffered = _Buffered()


class DisconnectedError(Exception):
    """The client left before its request was complete; nobody reads an answer."""


def header(scope: Scope, name: bytes) -> str:
    """Return a header of a request, or "" if it has none of that name, which is in lower case."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""


def media_type(scope: Scope) -> str:
    """Return the content type of a request without its parameters, in lower case."""
    return header(scope, b"content-type").partition(";")[0].strip().lower()


def require_media_type(scope: Scope, allowed: Sequence[str], default: str = "") -> str:
    """Return the content type of a request, or the default if it has none.

    Raises:
        ApiError: 415, it is not an allowed one.
    """
    kind = media_type(scope) or default
    if kind not in allowed:
        message = f"the content type is {kind!r}; send {' or '.join(filter(None, allowed))}"
        raise ApiError(415, "unsupported-media-type", message)
    return kind


async def read_body(scope: Scope, receive: Receive, limits: Limits) -> bytes:
    """Read the body of a request.

    Args:
        scope: of the request.
        receive: of ASGI.
        limits: the most bytes and seconds.

    Raises:
        ApiError: 413, the body is too long, announced or counted; 408, it came too slowly; 503, too many
            bytes of other bodies are waiting for their ends.
        DisconnectedError: the client left.
    """
    try:
        if _is_here(receive):
            return await _read(scope, receive, limits)
        async with asyncio.timeout(limits.body_seconds):
            return await _read(scope, receive, limits)
    except TimeoutError:
        seconds = counted(limits.body_seconds, "second")
        message = f"the body was not complete after {seconds}; send it faster"
        raise ApiError(408, "slow-body", message, CLOSE) from None


def _is_here(receive: Receive) -> bool:
    """Tell whether uvicorn has the whole body already; then no timer is needed."""
    cycle = getattr(receive, "__self__", None)
    return getattr(cycle, "more_body", True) is False


async def _read(scope: Scope, receive: Receive, limits: Limits) -> bytes:
    limit = limits.body_bytes
    coding = header(scope, b"content-encoding").lower()
    if coding not in ("", "identity"):
        await _discard(receive, limit)
        text = f"the body is compressed ({coding!r:.30}); send it without Content-Encoding"
        raise ApiError(415, "unsupported-encoding", text, CLOSE)
    announced = header(scope, b"content-length")
    if announced.isdecimal() and int(announced) > limit:
        if header(scope, b"expect").lower() != "100-continue":  # then the client waits, and sends nothing
            await _discard(receive, limit)
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    try:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise DisconnectedError
            chunk = message.get("body", b"")
            size += len(chunk)
            _buffered.bytes += len(chunk)
            is_last = not message.get("more_body", False)
            if size > limit:
                chunks.clear()
                if not is_last:
                    await _discard(receive, limit)
                raise _too_large(limit)
            if is_last:
                return b"".join([*chunks, chunk]) if chunks else chunk
            if _buffered.bytes > limits.all_bodies_bytes:
                chunks.clear()
                _buffered.bytes -= size
                size = 0
                await _discard(receive, limit)
                text = "too many large requests are arriving; try again later"
                raise ApiError(503, "busy", text, {**CLOSE, "Retry-After": "1"})
            chunks.append(chunk)
    finally:
        _buffered.bytes -= size


async def _discard(receive: Receive, limit: int) -> None:
    """Read and drop the rest of a body, up to a bound.

    A connection that is closed while the client still sends is reset, and the answer with it.
    """
    size = 0
    while size <= DISCARDED * limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise DisconnectedError
        size += len(message.get("body", b""))
        if not message.get("more_body", False):
            return


def _too_large(limit: int) -> ApiError:
    message = f"the body has more than {counted(limit, 'byte')}; send it in parts"
    return ApiError(413, "body-too-large", message, CLOSE)


def check_values(body: bytes, limits: Limits) -> None:
    """Check that JSON has no more values than a request within the limits, before it is decoded.

    Decoding 8 MiB of small lists would stop the event loop for a second. Counting takes milliseconds.

    Raises:
        ApiError: 413, it has too many.
    """
    if len(body) < limits.json_values:  # a value has a byte at least
        return
    if body.count(b",") > limits.json_values or body.count(b"[") + body.count(b"{") > limits.json_lists:
        message = f"the JSON has more than {limits.json_values:,} values; send it in parts, or as bytes"
        raise ApiError(413, "too-many-values", message)


def decode_json(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Decode a JSON body strictly.

    Raises:
        ApiError: 400, it is not JSON; 422, it has another form.
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise ApiError(422, "invalid", problem_of(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ApiError(400, "bad-json", f"the body is not valid JSON: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


async def read_json(request: Request, limits: Limits, decoder: msgspec.json.Decoder[T]) -> T:
    """Read and decode the JSON body of a request of Starlette.

    Raises:
        ApiError: 415, another content type; and as `read_body`, `check_values` and `decode_json`.
    """
    require_media_type(request.scope, (JSON,))
    body = await read_body(request.scope, request.receive, limits)
    check_values(body, limits)
    return decode_json(body, decoder)
