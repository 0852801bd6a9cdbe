"""Firefox and WebKit driven by W3C's protocols: BiDi over a WebSocket, WebDriver over HTTP.

Both are asked for the same few things, and take the same pointer actions; neither needs anything
but the browser.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from needs import missing

START = 60  # seconds that a browser may take to start, and to answer


class Driven(Protocol):
    """A browser with one tab."""

    complaints: list[str]

    def goto(self, url: str) -> None: ...
    def evaluate(self, expression: str) -> Any: ...
    def act(self, actions: list[dict[str, Any]]) -> None: ...


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def program(*names: str) -> str:
    """The first of these that is there; none of them is what the machine lacks."""
    path = next(filter(None, map(shutil.which, names)), None)
    return path or missing(f"no {names[0]} (install it)")


@contextmanager
def running(command: list[str], **environment: str) -> Iterator[None]:
    """Run a program; afterwards end it and the processes that it started."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, **environment}, start_new_session=True,
    )  # fmt: skip
    try:
        yield
    finally:
        for ended_by in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, ended_by)
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)


# ---- WebDriver BiDi, Firefox --------------------------------------------------------------------


TEXT, MASKED = 0x81, 0x80  # the bits of a frame's first two bytes


class WebSocket:
    """As much of RFC 6455 as it takes to talk JSON with a browser on this machine."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        self._socket = socket.create_connection((where.hostname, where.port), START)
        self._file = self._socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        if b" 101 " not in self._file.readline():
            raise ConnectionError(f"{url}: no WebSocket")
        while self._file.readline().strip():
            pass

    def send(self, text: str) -> None:
        data, mask = text.encode(), os.urandom(4)
        size = len(data)
        if size < 126:
            head = struct.pack("!BB", TEXT, MASKED | size)
        elif size < 65536:
            head = struct.pack("!BBH", TEXT, MASKED | 126, size)
        else:
            head = struct.pack("!BBQ", TEXT, MASKED | 127, size)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
        self._socket.sendall(head + mask + masked)

    def receive(self) -> str:
        message = b""
        while True:
            first, size = self._file.read(2)
            size = int.from_bytes(self._file.read({126: 2, 127: 8}[size]), "big") if size > 125 else size
            data = self._file.read(size)
            if first & 15 in (0, 1):
                message += data
                if first & 128:
                    return message.decode()

    def close(self) -> None:
        self._file.close()
        self._socket.close()


class Firefox:
    """Speaks BiDi; hears what the console says."""

    def __init__(self, url: str) -> None:
        self.complaints: list[str] = []
        self._socket = WebSocket(f"{url}/session")
        self._count = 0
        self._ask("session.new", capabilities={})
        self._ask("session.subscribe", events=["log.entryAdded"])
        [tab] = self._ask("browsingContext.getTree")["contexts"]
        self._tab = tab["context"]
        self._ask(
            "browsingContext.setViewport",
            context=self._tab,
            viewport={"width": 1280, "height": 800},
        )

    def goto(self, url: str) -> None:
        self._ask("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        answer = self._ask(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then((v) => JSON.stringify(v) ?? 'null')",
            target={"context": self._tab},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise AssertionError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def act(self, actions: list[dict[str, Any]]) -> None:
        self._ask("input.performActions", context=self._tab, actions=actions)

    def close(self) -> None:
        with suppress(OSError, ConnectionError, ValueError):
            self._ask("browser.close")
        self._socket.close()

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": params}))
        while True:
            event = json.loads(self._socket.receive())
            if event.get("method") == "log.entryAdded" and event["params"]["level"] in (
                "error",
                "warn",
            ):
                self.complaints.append(str(event["params"]["text"]))
            if event.get("id") == self._count:
                if event["type"] == "error":
                    raise AssertionError(f"{method}: {event['error']}: {event['message']}")
                return dict(event["result"])


# Nothing is asked of its maker's servers.
QUIET = [
    ("app.normandy.enabled", False),
    ("app.update.disabledForTesting", True),
    ("browser.safebrowsing.update.enabled", False),
    ("browser.shell.checkDefaultBrowser", False),
    ("datareporting.policy.dataSubmissionEnabled", False),
    ("extensions.systemAddon.update.enabled", False),
    ("network.captive-portal-service.enabled", False),
    ("network.connectivity-service.enabled", False),
    ("services.settings.server", "data:,"),
    ("toolkit.telemetry.unified", False),
]


@contextmanager
def firefox() -> Iterator[Driven]:
    """A new Firefox with a profile of its own."""
    path = program("firefox-esr", "firefox")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        port = free_port()
        chosen = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in QUIET]
        (Path(folder) / "user.js").write_text("\n".join(chosen))
        debugged = f"--remote-debugging-port={port}"
        with running([path, "--headless", debugged, "--profile", folder], HOME=folder):
            driven = until(lambda: Firefox(f"ws://127.0.0.1:{port}"))
            try:
                yield driven
            finally:
                driven.close()


# ---- WebDriver, WebKit --------------------------------------------------------------------------


LISTEN = """(() => {
  window.complaints = [];
  addEventListener("error", (event) => complaints.push(event.message));
  addEventListener("unhandledrejection", (event) => complaints.push(String(event.reason)));
  console.error = (...said) => complaints.push(said.join(" "));
})()"""


class WebKit:
    """Speaks WebDriver; of the console it hears nothing, so errors are listened for in the page."""

    def __init__(self, url: str) -> None:
        self.complaints: list[str] = []
        self._url = url
        self._session = ""
        capabilities = {"alwaysMatch": {"browserName": "MiniBrowser"}}
        made = self._ask("POST", "", {"capabilities": capabilities})
        self._session = f"/{made['sessionId']}"
        self._ask("POST", "/window/rect", {"width": 1280, "height": 900})

    def goto(self, url: str) -> None:
        self._ask("POST", "/url", {"url": url})
        self.evaluate(LISTEN)

    def evaluate(self, expression: str) -> Any:
        asked = f"Promise.resolve({expression}).then((value) => [value, window.complaints])"
        script = f"{asked}.then(JSON.stringify, String).then(arguments[0])"
        answer = self._ask("POST", "/execute/async", {"script": script, "args": []})
        if not answer.startswith("["):
            raise AssertionError(answer)
        value, complaints = json.loads(answer)
        self.complaints = complaints or []
        return value

    def act(self, actions: list[dict[str, Any]]) -> None:
        self._ask("POST", "/actions", {"actions": actions})

    def close(self) -> None:
        with suppress(OSError):
            self._ask("DELETE", "", None)

    def _ask(self, method: str, path: str, body: Any) -> Any:
        request = urllib.request.Request(
            f"{self._url}/session{self._session}{path}",
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=START) as response:
                return json.loads(response.read())["value"]
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f"{method} {path}: {error.read().decode()[:500]}") from None


@contextmanager
def webkit() -> Iterator[Driven]:
    """A new WebKitGTK, with a screen of its own where there is none."""
    path = program("WebKitWebDriver")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        port = free_port()
        screen = [] if os.environ.get("DISPLAY") else [program("xvfb-run"), "-a"]
        settings = {
            "HOME": folder,
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
            "GDK_BACKEND": "x11",
        }
        with running([*screen, path, f"--port={port}"], **settings):
            driven = until(lambda: WebKit(f"http://127.0.0.1:{port}"))
            try:
                yield driven
            finally:
                driven.close()


def until(begin: Any) -> Any:
    """Return the result of `begin` once the browser listens."""
    end = time.monotonic() + START
    while True:
        try:
            return begin()
        except (OSError, ConnectionError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
