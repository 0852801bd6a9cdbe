"""Sockets that processes share: who takes a connection, and what happens at the end to those waiting."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from lenet.models import DEFAULT_MODEL
from lenet.server.config import LOOPBACK, Limits, ServerConfig
from lenet.server.sockets import Acceptor, ConnectionCounts, listen


@pytest.mark.parametrize(
    ("counts", "above"),
    [([3, 3], []), ([3, 2], [0]), ([0, 1, 2], [1, 2]), ([1, -1], []), ([0, -1, 0], []), ([5, -1, 4], [0])],
)
def test_a_process_with_more_connections_than_another_yields(counts: list[int], above: list[int]) -> None:
    shared = ConnectionCounts(len(counts))
    for process, count in enumerate(counts):
        shared.set(process, count)
    running = [process for process, count in enumerate(counts) if count >= 0]
    assert [process for process in running if shared.is_above_others(process)] == above


class Kept(asyncio.Protocol):
    """A protocol that keeps its connections."""

    def __init__(self, kept: list[asyncio.BaseTransport]) -> None:
        self._kept = kept

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._kept.append(transport)


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with listen(ServerConfig(model=DEFAULT_MODEL)) as sock:
        yield sock


def connect(stack: ExitStack, sock: socket.socket) -> socket.socket:
    return stack.enter_context(socket.create_connection(sock.getsockname(), timeout=10))


async def take(sock: socket.socket, waiting: int, limits: Limits) -> int:
    """Let connections come, close the acceptor, and count the connections that got a protocol."""
    kept: list[asyncio.BaseTransport] = []
    acceptor = Acceptor(sock, lambda: Kept(kept), None, limits)
    with ExitStack() as stack:
        acceptor.start()
        while len(kept) < 2:
            connect(stack, sock)
            await asyncio.sleep(0)
        before = len(kept)
        for _ in range(waiting):
            connect(stack, sock)
        acceptor.close()
        await acceptor.begun()
        for transport in kept:
            transport.abort()  # type: ignore[attr-defined]
        await asyncio.sleep(0)
        return len(kept) - before


def test_connections_that_wait_at_the_end_are_taken(listening: socket.socket) -> None:
    address = listening.getsockname()
    assert asyncio.run(take(listening, 40, Limits())) >= 40
    with pytest.raises(OSError, match=r"refused|timed out"), socket.create_connection(address, timeout=0.2):
        pass


def test_handshakes_are_bounded(listening: socket.socket) -> None:
    assert asyncio.run(take(listening, 40, Limits(connections=5))) <= 12


def test_a_busy_address_is_named() -> None:
    config = ServerConfig(model=DEFAULT_MODEL, host="192.0.2.1")
    with pytest.raises(ValueError, match=r"192\.0\.2\.1: not an address of this machine; .*--host"):
        listen(config)
    with pytest.raises(ValueError, match=r"no such address .*; choose another --host"):
        listen(ServerConfig(model=DEFAULT_MODEL, host="no such host"))
    assert ServerConfig(model=DEFAULT_MODEL).host == LOOPBACK
