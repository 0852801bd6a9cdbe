"""Requests to an ASGI application within this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.types import ASGIApp, Message, Scope

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
        return await ask(self.app, scope_of(path, method, headers, self.address), [body])


def scope_of(
    path: str, method: str = "GET", headers: Mapping[str, str] | None = None, address: str = "127.0.0.1"
) -> Scope:
    """The scope of a request; its path may have a query."""
    path, _, query = path.partition("?")
    named = {"host": HOST, **{name.lower(): text for name, text in (headers or {}).items()}}
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode("latin-1"), text.encode("latin-1")) for name, text in named.items()],
        "client": (address, 50_000),
        "server": ("127.0.0.1", 8000),
    }


async def ask(app: ASGIApp, scope: Scope, chunks: Sequence[bytes | None] = (b"",)) -> Answer:
    """Return the answer of an application to a body that comes in chunks; status 0 for no answer.

    None stands for a client that leaves; if only one chunk is before it, the body was whole.
    After [] nothing ever comes.
    """
    messages: list[Message] = []
    received = 0

    async def receive() -> Message:
        nonlocal received
        if received == len(chunks):
            await asyncio.Event().wait()
        chunk = chunks[received]
        received += 1
        if chunk is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunk, "more_body": received < whole}

    async def send(message: Message) -> None:
        messages.append(message)

    whole = 1 if len(chunks) == 2 and chunks[-1] is None else len(chunks)
    await app(scope, receive, send)
    if not messages:
        return Answer(0, {}, b"")
    start, *rest = messages
    headers = [(name.decode("latin-1"), text.decode("latin-1")) for name, text in start["headers"]]
    assert len(dict(headers)) == len(headers), "a header twice"
    body = b"".join(message.get("body", b"") for message in rest)
    return Answer(start["status"], dict(headers), body)


def call(
    app: ASGIApp, path: str, method: str = "GET", body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Answer:
    """Return the answer of an application to a whole request."""
    return asyncio.run(ask(app, scope_of(path, method, headers), [body]))


@dataclass(frozen=True)
class Caller:
    """Asks an application, each time in a new event loop."""

    app: ASGIApp

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Send GET."""
        return call(self.app, path, headers=headers)

    def post(self, path: str, value: object, headers: Mapping[str, str] | None = None) -> Answer:
        """Send POST with a value as JSON."""
        named = {"Content-Type": "application/json", **(headers or {})}
        return self.ask("POST", path, named, [json.dumps(value).encode()])

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        chunks: Sequence[bytes] = (b"",),
    ) -> Answer:
        """Send a request with a body in chunks."""
        return asyncio.run(ask(self.app, scope_of(path, method, headers), chunks))
