"""Requests that try to make the server keep much, or read a request that is not there; with both parsers."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from http_process import LETTER, Connection, request
from lenet.models import DEFAULT_MODEL
from lenet.server import http_server
from lenet.server.config import LOOPBACK, Limits, ServerConfig
from lenet.server.connections import MAX_OVERHEAD, MAX_PIPELINED
from lenet.server.run import RunningServer, start


@pytest.fixture(params=["with extra", "plain"])
def running(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningServer]:
    if request.param == "plain":
        for name in ("uvloop", "httptools"):
            monkeypatch.setitem(sys.modules, name, None)
            monkeypatch.setattr(sys.modules["importlib.util"], "find_spec", lambda _: None)
    monkeypatch.setattr(http_server, "TICK_SECONDS", 0.05)
    with start(ServerConfig(model=DEFAULT_MODEL, limits=Limits(body_seconds=5.0))) as server:
        yield server


def connect(running: RunningServer) -> Connection:
    return Connection(socket.create_connection((LOOPBACK, running.port), timeout=20))


def head(running: RunningServer, fields: str, path: str = "/v1/recognize") -> bytes:
    address = f"{LOOPBACK}:{running.port}"
    return (
        f"POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n{fields}\r\n".encode()
    )


CHUNKED = "Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    ("start", "rest"),
    [
        (b"0\r\n", b"X-Trailer: aaaaaaaaaaaaaaaa\r\n" * 500),
        (b"0\r\nX: ", b"a" * 16_000),
        (b"0\r\n", b"a" * 16_000),
        (b"1;x=", b"a" * 16_000),
        (b"", b"1;" + b"x" * 1000 + b"\r\n \r\n"),
    ],
    ids=["trailers", "the value of a trailer", "the name of a trailer", "a chunk's extension", "extensions"],
)
def test_bytes_beside_a_body_are_bounded(running: RunningServer, start: bytes, rest: bytes) -> None:
    with connect(running) as connection:
        connection.send(head(running, CHUNKED) + start)
        sent = 0
        with suppress(OSError):  # the server closes the connection
            while sent < 20 * MAX_OVERHEAD:
                connection.send(rest)
                sent += len(rest)
                time.sleep(0.001)
        assert sent < 20 * MAX_OVERHEAD
    with connect(running) as connection:
        connection.send(request(running.port))
        assert connection.reply().status == 200


def test_small_chunks_are_a_body(running: RunningServer) -> None:
    with connect(running) as connection:
        chunks = [b"%x\r\n%c\r\n" % (1, byte) for byte in LETTER]
        connection.send(head(running, CHUNKED) + b"".join(chunks) + b"0\r\nX: a trailer\r\n\r\n")
        assert connection.reply().status == 200
        spaces = b"40\r\n" + b" " * 64 + b"\r\n"
        last = b"%x\r\n%b\r\n0\r\n\r\n" % (len(LETTER), LETTER)
        connection.send(head(running, CHUNKED) + spaces * 20_000 + last)
        assert connection.reply().status == 200


def test_requests_that_wait_are_bounded(running: RunningServer) -> None:
    """A client sends requests and takes no answers: it is stopped, or its connection ends."""
    ask = request(running.port, "/v2", b"") * 100
    with connect(running) as connection:
        connection.sock.settimeout(0.5)
        sent = 0
        with suppress(OSError):
            while sent < 20_000_000:
                connection.send(ask)
                sent += len(ask)
        assert sent < 20_000_000
        for each in running._server.server_state.connections:
            assert len(getattr(each, "pipeline", ())) <= MAX_PIPELINED + 2_000


def test_as_many_requests_as_may_wait_are_answered(running: RunningServer) -> None:
    count = MAX_PIPELINED
    with connect(running) as connection:
        sending = threading.Thread(target=connection.send, args=[request(running.port) * count])
        sending.start()
        assert [connection.reply().status for _ in range(count)] == [200] * count
        sending.join()


def test_a_body_of_two_lengths_is_refused(running: RunningServer) -> None:
    """Otherwise a proxy that believes the other length takes the second request for a body."""
    inner = request(running.port, "/v2", b"")
    with connect(running) as connection:
        connection.send(head(running, f"Content-Length: 4\r\n{CHUNKED}") + b"0\r\n\r\n" + inner)
        reply = connection.reply()
        assert (reply.status, json.loads(reply.body)["error"]["code"]) == (400, "bad-http")
        assert connection.is_ended()


@pytest.mark.parametrize(
    "fields",
    [
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 0x5\r\n",
        f"Content-Length: {'9' * 5000}\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "X: a\0b\r\n",
        "X y: a\r\n",
    ],
)
def test_heads_that_proxies_read_otherwise_are_refused(running: RunningServer, fields: str) -> None:
    with connect(running) as connection:
        connection.send(head(running, fields) + b"hello")
        reply = connection.reply()
        assert (reply.status, reply.closes) == (400, True)
        assert connection.is_ended()


@pytest.mark.parametrize(
    "hosts",
    ["evil.example", "{own}\r\nHost: evil.example", "evil.example\r\nHost: {own}", "evil@{own}", "{own}/evil",
     "{own} evil", "localhost.:1", "\xff", ""],
)  # fmt: skip
def test_hosts_that_are_not_the_servers_are_refused(running: RunningServer, hosts: str) -> None:
    text = hosts.replace("{own}", f"{LOOPBACK}:{running.port}")
    with connect(running) as connection:
        connection.send(f"GET /v2 HTTP/1.1\r\nHost: {text}\r\n\r\n".encode("latin-1"))
        assert connection.reply().status in (400, 421)


@pytest.mark.parametrize(
    "target",
    ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd", "/v1/models/..%2f..%2fx",
     "/..\\..\\x", "//evil.example/", "/%00", "/%ff", "/v2/models/%ed%a0%80", "/v2/models/%22%3Cscript%3E"],
)  # fmt: skip
def test_targets_beside_the_routes_are_not_found(running: RunningServer, target: str) -> None:
    with connect(running) as connection:
        connection.send(request(running.port, target, b""))
        reply = connection.reply()
        assert reply.status == 404
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["x-content-type-options"] == "nosniff"
        connection.send(request(running.port, "/v2", b""))
        assert connection.reply().status == 200


@pytest.mark.parametrize("method", ["OPTIONS", "POST"])
def test_no_answer_admits_other_origins(running: RunningServer, method: str) -> None:
    own = f"{LOOPBACK}:{running.port}"
    fields = f"Host: {own}\r\nOrigin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\n"
    with connect(running) as connection:
        connection.send(f"{method} /v1/recognize HTTP/1.1\r\n{fields}Content-Length: 0\r\n\r\n".encode())
        reply = connection.reply()
    assert reply.status == (405 if method == "OPTIONS" else 403)
    assert not [name for name in reply.headers if name.startswith("access-control-")]


def test_two_origins_are_no_origin(running: RunningServer) -> None:
    own = f"http://{LOOPBACK}:{running.port}"
    with connect(running) as connection:
        fields = f"Origin: http://evil.example\r\nOrigin: {own}\r\nContent-Length: {len(LETTER)}\r\n"
        connection.send(head(running, fields) + LETTER)
        assert connection.reply().status == 403
