"""Whole answers: the headers that every answer has, and how they are sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.server.errors import ApiError
from lenet.server.media_types import JSON

if TYPE_CHECKING:
    from starlette.types import Message, Send

    from lenet.server.config import Frame

RawHeaders = list[tuple[bytes, bytes]]

UNFRAMED = "frame-ancestors 'none'"

# The page's build puts these directives into a meta element, for other hosts.
# Only a header can say frame-ancestors.
_DIRECTIVES = json.loads(Path(__file__).with_name("content_security_policy.json").read_text(encoding="utf-8"))
POLICY = "; ".join([*(f"{name} {sources}" for name, sources in _DIRECTIVES.items()), UNFRAMED])

SECURITY = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

CLOSE = (b"connection", b"close")


class Draining:
    """Tells whether the server is about to stop; set once, by SIGTERM."""

    __slots__ = ("started",)

    def __init__(self) -> None:
        self.started = False

    def start(self) -> None:
        """Begin: from now on each answer closes its connection."""
        self.started = True

    def __bool__(self) -> bool:
        return self.started


def raw(headers: Mapping[str, str]) -> RawHeaders:
    """Return headers as ASGI has them."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def security_headers(frame: Frame | None) -> dict[str, str]:
    """Return the security headers of every answer; a frame's site may show the page."""
    if frame is None:
        return dict(SECURITY)
    policy = POLICY.replace(UNFRAMED, f"frame-ancestors {' '.join(frame.ancestors)}")
    return {**SECURITY, "Content-Security-Policy": policy}


class Answers:
    """Sends answers with the headers that all have."""

    def __init__(self, frame: Frame | None, draining: Draining) -> None:
        self.common = raw(security_headers(frame))
        self.draining = draining

    async def send(
        self, send: Send, status: int, headers: RawHeaders, body: bytes, has_body: bool = True
    ) -> None:
        """Send a whole answer.

        Args:
            send: of ASGI.
            status: of HTTP.
            headers: all but the common ones and Content-Length.
            body: the bytes.
            has_body: False for 304, which has neither a body nor a length.
        """
        headers = [*headers, *self.common]
        if has_body:
            headers.append((b"content-length", b"%d" % len(body)))
        if self.draining.started and CLOSE not in headers:
            headers.append(CLOSE)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def error(self, send: Send, error: ApiError, path: str = "") -> None:
        """Send an error as JSON, in the form of the path's interface."""
        headers = [(b"content-type", JSON.encode()), *raw(error.headers)]
        await self.send(send, error.status, headers, error.body(path))

    def completing(self, send: Send) -> Send:
        """Return a `send` that adds the common headers to answers that others make."""

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self.common]
                if self.draining.started and CLOSE not in message["headers"]:
                    message["headers"].append(CLOSE)
            await send(message)

        return complete
