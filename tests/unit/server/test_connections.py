"""Connections within their limits, with both parsers: slow and large heads, too many of them, odd bytes."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from http_process import Connection, Reply, request
from lenet.models import DEFAULT_MODEL
from lenet.server import http_server
from lenet.server.answers import SECURITY, Answers, Draining
from lenet.server.app import App
from lenet.server.config import LOOPBACK, Limits, ServerConfig
from lenet.server.page import Page
from lenet.server.run import RunningServer, start

LIMITS = Limits(
    head_bytes=4096, body_bytes=50_000, head_seconds=0.1, body_seconds=0.2, connections=3, stalled_seconds=0.2
)


@pytest.fixture(params=["with extra", "plain"])
def running(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningServer]:
    if request.param == "plain":
        for name in ("uvloop", "httptools"):
            monkeypatch.setitem(sys.modules, name, None)
            monkeypatch.setattr(sys.modules["importlib.util"], "find_spec", lambda _: None)
    monkeypatch.setattr(http_server, "TICK_SECONDS", 0.05)
    with start(ServerConfig(model=DEFAULT_MODEL, limits=LIMITS)) as server:
        yield server


def connect(running: RunningServer) -> Connection:
    return Connection(socket.create_connection((LOOPBACK, running.port), timeout=20))


def exchange(running: RunningServer, data: bytes) -> Reply:
    """Return the answer to bytes; the connection must end then."""
    with connect(running) as connection:
        connection.send(data)
        reply = connection.reply()
        assert connection.is_ended()
        return reply


def check(reply: Reply, status: int, code: str) -> None:
    assert (reply.status, json.loads(reply.body)["error"]["code"]) == (status, code)
    assert reply.closes
    assert {name.lower() for name in SECURITY} <= reply.headers.keys()
    assert reply.headers["server"] == "lenet"


def test_slow_headers_are_answered_408(running: RunningServer) -> None:
    check(exchange(running, b"GET / HTTP/1.1\r\nHost: "), 408, "slow-headers")


def test_a_connection_without_a_byte_is_closed(running: RunningServer) -> None:
    with connect(running) as connection:
        assert connection.is_ended()


def test_slow_headers_after_an_answer_are_answered_408(running: RunningServer) -> None:
    with connect(running) as connection:
        connection.send(request(running.port))
        assert connection.reply().status == 200
        connection.send(b"GET")
        check(connection.reply(), 408, "slow-headers")


def test_a_slow_body_is_answered_408(running: RunningServer) -> None:
    check(exchange(running, request(running.port)[:-5]), 408, "slow-body")


@pytest.mark.parametrize("size", [5_000, 300_000])
def test_large_headers_are_answered_431(running: RunningServer, size: int) -> None:
    head = f"GET / HTTP/1.1\r\nHost: {LOOPBACK}\r\nX: {'x' * size}\r\n\r\n".encode()
    check(exchange(running, head), 431, "headers-too-large")


def test_a_large_body_is_answered_413(running: RunningServer) -> None:
    check(exchange(running, request(running.port, body=bytes(60_000))), 413, "body-too-large")


def test_a_chunked_body_is_counted(running: RunningServer) -> None:
    head = request(running.port, body=b"x").partition(b"Content-Length")[0]
    chunk = b"2710\r\n" + bytes(10_000) + b"\r\n"
    body = head + b"Transfer-Encoding: chunked\r\n\r\n" + 6 * chunk + b"0\r\n\r\n"
    check(exchange(running, body), 413, "body-too-large")


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"GET\r\n\r\n", b"hello\r\n\r\n"])
def test_what_is_not_http_is_answered_400(running: RunningServer, data: bytes) -> None:
    check(exchange(running, data), 400, "bad-http")


def test_more_connections_are_answered_503(running: RunningServer) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(connect(running)) for _ in range(LIMITS.connections + 1)]
        replies = []
        for connection in connections:
            connection.send(request(running.port))
            replies.append(connection.reply())
        assert [reply.status for reply in replies] == [200] * LIMITS.connections + [503]
        check(replies[-1], 503, "too-many-connections")
        assert replies[-1].headers["retry-after"] == "1"
        assert connections[-1].is_ended()


def test_pipelined_requests_are_answered_in_their_order(running: RunningServer) -> None:
    with connect(running) as connection:
        connection.send(
            request(running.port) + request(running.port, "/v1/models", b"") + request(running.port)
        )
        letter, models, again = (connection.reply() for _ in range(3))
    assert letter.body == again.body
    assert "models" in json.loads(models.body)


def test_a_head_that_comes_in_pieces_is_read(running: RunningServer) -> None:
    whole: Any = request(running.port)
    with connect(running) as connection:
        for place in range(0, len(whole), 40):
            connection.send(whole[place : place + 40])
        assert connection.reply().status == 200


def test_a_client_that_takes_no_bytes_is_left(running: RunningServer) -> None:
    with connect(running) as connection:
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        ask = request(running.port, "/model.safetensors", b"")
        connection.send(ask * 50)  # more than the kernel keeps for a client
        connections = running._server.server_state.connections
        while not connections:
            time.sleep(0.01)
        while connections:
            time.sleep(0.01)


@pytest.mark.parametrize(
    ("trusted", "client"),
    [
        ((), LOOPBACK),
        (("10.0.0.0/8",), LOOPBACK),
        (("127.0.0.1",), "192.0.2.7"),
        (("127.0.0.0/8",), "192.0.2.7"),
    ],
)
def test_forwarded_addresses_are_believed_from_trusted_proxies_alone(
    trusted: tuple[str, ...], client: str
) -> None:
    def tell(asked: Request) -> Response:
        assert asked.client is not None
        return Response(f"{asked.client.host} {asked.url.scheme}")

    config = ServerConfig(model=DEFAULT_MODEL, trusted_proxies=trusted)
    answers = Answers(None, Draining())
    app = App(config, answers, Page({}, answers), [Route("/client", tell)])
    with start(config, app) as running, connect(running) as connection:
        ask = request(running.port, "/client", b"").replace(
            b"Host:", b"X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\nHost:"
        )
        connection.send(ask)
        scheme = "https" if client != LOOPBACK else "http"
        assert connection.reply().body.decode() == f"{client} {scheme}"


def test_it_serves_where_the_event_loop_cannot_watch_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows."""
    monkeypatch.setattr(http_server, "WATCHES_SOCKETS", False)
    with start(ServerConfig(model=DEFAULT_MODEL)) as running, connect(running) as connection:
        connection.send(request(running.port))
        assert connection.reply().status == 200
