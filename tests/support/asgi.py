"""Requests to an ASGI application within this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.types import ASGIApp, Message

T = TypeVar("T")

HOST = "127.0.0.1:8000"


@dataclass(frozen=True)
class Answer:
    """An answer: its status, its headers by names in lower case, and its body."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of an error."""
        return str(self.json()["error"]["code"])


class Client:
    """Asks an application in one event loop; a context manager."""

    def __init__(self, app: ASGIApp, address: str = "127.0.0.1") -> None:
        self.app = app
        self.address = address
        self._runner = asyncio.Runner()

    def __enter__(self) -> Client:
        self._runner.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._runner.__exit__(*error)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the application's event loop."""
        return self._runner.run(coroutine)

    def ask(self, method: str, path: str, value: Any = None, **headers: str) -> Answer:
        """Send a request, with a value as its JSON body; `_` in a header's name stands for `-`."""
        return self.run(self.asking(method, path, value, **headers))

    async def asking(self, method: str, path: str, value: Any = None, **headers: str) -> Answer:
        """Like `ask`, within the event loop; a value of bytes is sent as it is."""
        named = {name.replace("_", "-").lower(): text for name, text in headers.items()}
        if value is not None:
            named.setdefault("content-type", "application/json")
        body = value if isinstance(value, bytes) else b"" if value is None else json.dumps(value).encode()
        return await self.send(method, path, {"host": HOST, **named}, body)

    async def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode("latin-1"), text.encode("latin-1")) for name, text in headers.items()],
            "client": (self.address, 50_000),
            "server": ("127.0.0.1", 8000),
        }
        messages: list[Message] = []
        parts = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive() -> Message:
            return next(parts, {"type": "http.disconnect"})

        async def send(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, send)
        start, *rest = messages
        received = {name.decode("latin-1"): text.decode("latin-1") for name, text in start["headers"]}
        return Answer(start["status"], received, b"".join(message.get("body", b"") for message in rest))
