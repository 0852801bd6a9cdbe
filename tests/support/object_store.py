"""An object store for tests: moto's S3 server as a process on loopback, behind a proxy with faults."""

from __future__ import annotations

import http.client
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import pytest

from processes import end_with_the_parent

LOOPBACK = "127.0.0.1"
TIMEOUT = 30.0  # seconds of a request
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=tests/20260101/us-east-1/s3/aws4_request"}
_NUMBERS = count()


class Fault(Enum):
    """Ways in which the proxy injures one request."""

    ERROR = auto()  # 500, and the store does not hear of it
    BUSY = auto()  # 503 SlowDown
    SLOW = auto()  # the answer comes after `Proxy.delay`
    TRUNCATE = auto()  # the body ends half way
    LIE = auto()  # the store does it, and the answer is 500
    DROP = auto()  # the store does it, and the connection ends without an answer
    UNCONDITIONAL = auto()  # the store does not see If-None-Match


@dataclass(frozen=True)
class Request:
    """A request that has come."""

    method: str
    path: str
    headers: dict[str, str]


def _calm() -> Fault | None:
    return None


@dataclass
class Proxy:
    """Passes requests to the store; `faults` are for the next requests that match, one each."""

    port: int
    delay: float = 1.0  # seconds
    requests: list[Request] = field(default_factory=list)
    _faults: list[tuple[Callable[[Request], bool], Fault, list[int]]] = field(default_factory=list)
    _storm: Callable[[], Fault | None] = field(default=_calm)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def inject(self, fault: Fault, method: str = "", part: str = "", times: int = 1) -> None:
        """Injure the next requests of this method whose path has this part."""
        matches = lambda r: r.method.startswith(method) and part in r.path  # noqa: E731
        self._faults.append((matches, fault, [times]))

    def storm(self, faults: Sequence[Fault], share: float, numbers: random.Random) -> None:
        """Injure a share of all requests."""
        self._storm = lambda: numbers.choice(faults) if numbers.random() < share else None

    def fault_of(self, request: Request) -> Fault | None:
        """Return the fault of a request, and use it up."""
        with self._lock:
            self.requests.append(request)
            for matches, fault, left in self._faults:
                if left[0] and matches(request):
                    left[0] -= 1
                    return fault
            return self._storm()

    def clear(self) -> None:
        """Forget requests and faults."""
        with self._lock:
            self.requests.clear()
            self._faults.clear()
            self._storm = _calm


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: Proxy

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._pass_on(Request(self.command, self.path, dict(self.headers)), body)
        self.wfile.flush()

    def _pass_on(self, request: Request, body: bytes) -> None:
        fault = self.proxy.fault_of(request)
        if fault in (Fault.ERROR, Fault.BUSY):
            return self._answer(*((500, b"") if fault is Fault.ERROR else (503, b"<Code>SlowDown</Code>")))
        headers = request.headers
        if fault is Fault.UNCONDITIONAL:
            headers = {name: value for name, value in headers.items() if name.lower() != "if-none-match"}
        status, answer_headers, answer = send(self.proxy.port, request.method, request.path, body, headers)
        if fault is Fault.SLOW:
            time.sleep(self.proxy.delay)
        if fault is Fault.LIE:
            return self._answer(500, b"")
        if fault is Fault.DROP:
            self.close_connection = True
            return None
        return self._answer(status, answer, answer_headers, truncated=fault is Fault.TRUNCATE)

    def _answer(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, *, truncated: bool = False
    ) -> None:
        self.send_response_only(status)
        for name, value in (headers or {}).items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        is_head = self.command == "HEAD"
        length = (headers or {}).get("Content-Length", "0") if is_head else len(body)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if not is_head:
            with suppress(ConnectionError):  # the client does not wait
                self.wfile.write(body[: len(body) // 2] if truncated else body)
        self.close_connection |= truncated


def send(
    port: int, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Send a request to the store itself; return status, headers and body."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=TIMEOUT)
    try:
        connection.request(method, path, body=body, headers=headers or SIGNED)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


@contextmanager
def _moto() -> Iterator[int]:
    """Run moto's server; yield its port."""
    command = [sys.executable, "-m", "moto.server", "-H", LOOPBACK, "-p", "0"]
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=end_with_the_parent if sys.platform == "linux" else None,
    ) as process:
        try:
            assert process.stderr is not None
            line = next((line for line in process.stderr if "Running on" in line), "")
            assert line, "moto's server did not start"
            drain = threading.Thread(target=process.stderr.read, daemon=True)  # a full pipe would stop it
            drain.start()
            yield int(line.rsplit(":", 1)[1])
        finally:
            process.kill()


@contextmanager
def proxied(port: int) -> Iterator[tuple[Proxy, int]]:
    """Run a proxy before a port; yield it and its own port."""
    proxy = Proxy(port)
    server = ThreadingHTTPServer((LOOPBACK, 0), type("Handler", (_Handler,), {"proxy": proxy}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy, server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def object_store() -> Iterator[tuple[Proxy, int]]:
    """An S3 store of this process, and the port of its proxy."""
    with _moto() as port, proxied(port) as (proxy, front):
        yield proxy, front


@dataclass
class Bucket:
    """An empty bucket, which the variables of the environment lead to."""

    name: str
    proxy: Proxy

    @property
    def uri(self) -> str:
        return f"s3://{self.name}"

    def put(self, key: str, data: bytes) -> None:
        """Store an object without obstore."""
        assert send(self.proxy.port, "PUT", f"/{self.name}/{key}", data)[0] == 200

    def get(self, key: str) -> bytes | None:
        """Return an object, None if there is none."""
        status, _, body = send(self.proxy.port, "GET", f"/{self.name}/{key}")
        return body if status == 200 else None


@pytest.fixture
def bucket(object_store: tuple[Proxy, int], monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An empty bucket of the store."""
    proxy, port = object_store
    name = f"bucket-{next(_NUMBERS)}"
    assert send(proxy.port, "PUT", f"/{name}")[0] == 200
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{LOOPBACK}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden-key-of-tests")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("NO_PROXY", LOOPBACK)
    proxy.clear()
    yield Bucket(name, proxy)
    proxy.clear()
