"""Connections within their limits: how many, how long a request's head may take, how large it is.

uvicorn's protocols lack these limits. A mixin before either of them adds them, and its answers to
damaged requests get the headers that every answer has.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from lenet._util.counts import counted
from lenet.server.answers import Answers, RawHeaders
from lenet.server.config import Limits
from lenet.server.errors import ApiError
from lenet.server.media_types import JSON

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from lenet.server.metrics import Metrics

RETRY_SECONDS = 1
MAX_OVERHEAD = 64 * 2**10  # bytes of chunk sizes, extensions and trailers; and a quarter of the body
MAX_PIPELINED = 64  # requests that wait for an answer before theirs; the parser may add those of one part


class OneWrite:
    """A transport that holds the head of an answer until its body, so that they leave together."""

    __slots__ = ("_head", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def write(self, data: bytes) -> None:
        """Send data, after the head that is held; hold a head."""
        if self._head:
            self._transport.write(self._head + data)
            self._head = b""
        elif data.startswith((b"HTTP/1.1 1", b"HTTP/1.0")) or not data.startswith(b"HTTP/1."):
            self._transport.write(data)
        else:
            self._head = data

    def flush(self) -> None:
        """Send the head that is held, if any."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""

    def close(self) -> None:
        """Close the connection after what was written."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def answer_bytes(error: ApiError, common: RawHeaders) -> bytes:
    """Return an error as an answer that closes the connection, for bytes that are not an HTTP request."""
    body = error.body()
    phrase = HTTPStatus(error.status).phrase
    headers: RawHeaders = [
        (b"server", b"lenet"),
        (b"content-type", JSON.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
        *common,
    ]
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    return f"HTTP/1.1 {error.status} {phrase}\r\n".encode() + lines + b"\r\n" + body


class WatchedConnection:
    """A mixin before a protocol of uvicorn, with the limits of a connection.

    httptools' parser keeps trailers, chunk extensions and requests that wait without a limit.

    Attributes:
        limits: set by `protocol_class`, as are the next ones.
        answers: have the headers that every answer has.
        metrics: counts connections.
        is_strict: whether the parser is httptools'.
    """

    limits: Limits
    answers: Answers
    metrics: Metrics
    is_strict: bool
    # Of uvicorn's protocols:
    app: Any
    connections: set[Any]
    cycle: Any
    loop: asyncio.AbstractEventLoop
    flow: Any
    transport: Any

    _waiting_since: float | None = None  # for the end of a head
    _head_bytes = 0
    _overhead = 0  # bytes that came with a body and are not of it
    _unsent = 0  # bytes of answers that the client has not taken
    _unsent_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin; too many connections are answered 503, far too many are closed."""
        super().connection_made(OneWrite(transport))  # type: ignore[misc]  # the protocol's
        self._waiting_since = self.loop.time()
        self.metrics.counts.connections += 1
        count = len(self.connections)
        if count > 2 * self.limits.connections:
            transport.close()
        elif count > self.limits.connections:
            self.app = self._busy

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        super().connection_lost(exc)  # type: ignore[misc]
        self.metrics.counts.connections -= 1

    def data_received(self, data: bytes) -> None:
        """Parse data in parts, whose length bounds what a limit lets through."""
        limit = self.limits.head_bytes
        if len(data) <= limit:
            self._parse(data)
            return
        for start in range(0, len(data), limit):
            self._parse(data[start : start + limit])

    def _parse(self, data: bytes) -> None:
        """Parse a part; count the bytes of a head, which is not complete until there is a new cycle."""
        if self.transport.is_closing():
            return
        before = self.cycle
        if self._waiting_since is None:
            if before is not None and not before.response_complete:
                self._parse_body(data)
                return
            self._waiting_since = self.loop.time()
        limit = self.limits.head_bytes
        self._head_bytes += len(data)
        super().data_received(data)  # type: ignore[misc]
        if self.cycle is not before:
            self._begin_request()
        elif self._head_bytes >= limit:
            message = f"the headers have {limit:,} bytes or more; send fewer"
            self._end(ApiError(431, "headers-too-large", message))

    def _begin_request(self) -> None:
        """Look at the request, or the last of several, whose head is complete now."""
        self._waiting_since, self._head_bytes, self._overhead = None, 0, 0
        if len(getattr(self, "pipeline", ())) > MAX_PIPELINED:
            self.transport.abort()
            return
        if not self.is_strict:  # httptools refuses a body of two lengths itself
            names = {name for name, _ in self.cycle.scope["headers"]}
            if {b"transfer-encoding", b"content-length"} <= names:
                self.send_400_response("")

    def _parse_body(self, data: bytes) -> None:
        """Parse a part of a body; count the bytes of chunk headers and trailers."""
        cycle = self.cycle
        before = len(cycle.body)  # only the parser adds to it meanwhile
        super().data_received(data)  # type: ignore[misc]
        if self.cycle is not cycle:
            self._begin_request()
            return
        of_body = len(cycle.body) - before
        self._overhead += len(data) - of_body - of_body // 4
        if self._overhead > MAX_OVERHEAD:
            message = "chunk sizes, extensions and trailers are larger than the body; send larger chunks"
            self._end(ApiError(400, "bad-http", message))

    def check(self, now: float) -> None:
        """End the connection if a head comes too slowly or an answer is not taken. The server calls this."""
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or unsent != self._unsent:
            self._unsent, self._unsent_since = unsent, now
        elif now - self._unsent_since >= self.limits.stalled_seconds:
            self.transport.abort()
            return
        if self._waiting_since is None or now - self._waiting_since < self.limits.head_seconds:
            return
        if self._head_bytes:
            message = f"the headers were not complete after {counted(self.limits.head_seconds, 'second')}"
            self._end(ApiError(408, "slow-headers", f"{message}; send them faster"))
        elif not self.transport.is_closing():
            self.transport.close()

    def reads_head(self) -> bool:
        """Tell whether a part of a request's head has come."""
        return self._head_bytes > 0

    def is_unused(self) -> bool:
        """Tell whether no request has begun on the connection."""
        return self.cycle is None and not self._head_bytes

    def on_response_complete(self) -> None:
        """Send a head without a body; read no more while requests wait."""
        self.transport.flush()
        super().on_response_complete()  # type: ignore[misc]
        if getattr(self, "pipeline", None):
            self.flow.pause_reading()

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are not an HTTP request."""
        self._end(ApiError(400, "bad-http", "the request is not valid HTTP; send it as RFC 9112 says"))

    def _end(self, error: ApiError) -> None:
        if not self.transport.is_closing():
            self._count(error)
            self.transport.flush()
            self.transport.write(answer_bytes(error, self.answers.common))
            self.transport.close()

    async def _busy(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {"Retry-After": str(RETRY_SECONDS), "Connection": "close"}
        message = "the server has too many connections; try again later"
        error = ApiError(503, "too-many-connections", message, headers)
        self._count(error)
        await self.answers.error(send, error)

    def _count(self, error: ApiError) -> None:
        self.metrics.refused(error)


def protocol_class(limits: Limits, answers: Answers, metrics: Metrics) -> type[asyncio.Protocol]:
    """Return uvicorn's protocol with the limits: httptools where it is installed, else h11."""
    has_parser = importlib.util.find_spec("httptools") is not None
    name = "httptools_impl.HttpToolsProtocol" if has_parser else "h11_impl.H11Protocol"
    module, _, protocol = name.partition(".")
    base = getattr(importlib.import_module(f"uvicorn.protocols.http.{module}"), protocol)
    values = {"limits": limits, "answers": answers, "metrics": metrics, "is_strict": has_parser}
    return type("Connection", (WatchedConnection, base), values)
