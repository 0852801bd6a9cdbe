"""Listening sockets: how they are bound, how connections are taken from them, how they end."""

from __future__ import annotations

import array
import asyncio
import errno
import mmap
import os
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from ssl import SSLContext

from lenet.errors import LenetError
from lenet.server import config as settings
from lenet.server.config import Limits, ServerConfig

BACKLOG = 1024
YIELD_SECONDS = 0.002  # that a process with more connections than another leaves it to take one
FULL_SECONDS = 0.5  # without files for more connections
_FULL = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_SO_ATTACH_FILTER = 26
_DROP = struct.pack("HBBI", 0x06, 0, 0, 0)  # BPF: return 0 bytes of every packet


def listen(config: ServerConfig) -> socket.socket:
    """Return a listening socket.

    Raises:
        LenetError: the address or the port cannot be used.
    """
    first = settings.FIRST_PORT
    ports = range(first, first + settings.PORTS_TRIED) if config.port is None else [config.port]
    for port in ports:
        if not 0 <= port <= 65535:
            raise LenetError(f"port {port} does not exist; choose one of 0 to 65535")
        try:
            return _bind(config.host, port)
        except socket.gaierror as error:
            message = f"{config.host}: no such address ({error.strerror}); choose another --host"
            raise LenetError(message) from None
        except PermissionError:
            raise LenetError(f"port {port} is not allowed; choose another with --port") from None
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                message = f"{config.host}: not an address of this machine; choose another --host"
                raise LenetError(message) from None
            if error.errno != errno.EADDRINUSE:
                raise LenetError(f"port {port} cannot be used ({error.strerror})") from None
    raise LenetError(f"port {ports[-1]} is in use; choose another with --port")


def _bind(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    sock = socket.socket(family, kind, protocol)
    try:
        if os.name != "nt":  # on Windows it would share a port that is in use
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(BACKLOG)
    except BaseException:
        sock.close()
        raise
    sock.setblocking(False)
    return sock


def address(config: ServerConfig, sock: socket.socket) -> str:
    """Return the address of the page, for a browser on this machine."""
    host, port = sock.getsockname()[:2]
    return config.url("localhost" if host in ("0.0.0.0", "::") else host, port)


class ConnectionCounts:
    """How many connections each of several processes has, in memory that they share."""

    def __init__(self, processes: int) -> None:
        self._counts = memoryview(mmap.mmap(-1, 4 * processes)).cast("i")

    def set(self, process: int, count: int) -> None:
        """Store the number of connections of a process; -1 for one that does not run."""
        self._counts[process] = count

    def is_above_others(self, process: int) -> bool:
        """Tell whether a process has more connections than another that runs."""
        counts = self._counts.tolist()
        return any(0 <= count < counts[process] for count in counts)


class Acceptor:
    """Takes one connection in a turn of the event loop, so that several processes share them."""

    def __init__(
        self,
        sock: socket.socket,
        make_protocol: Callable[[], asyncio.Protocol],
        ssl: SSLContext | None,
        limits: Limits,
    ) -> None:
        self.counts: ConnectionCounts | None = None
        self.process = 0
        self.count: Callable[[], int] = lambda: 0
        self._sock, self._make_protocol = sock, make_protocol
        self._ssl = ssl
        self._handshake_seconds = limits.head_seconds if ssl else None
        self._most = 2 * limits.connections  # handshakes at once
        self._loop = asyncio.get_running_loop()
        self._beginning: set[asyncio.Task[object]] = set()

    def share(self, counts: ConnectionCounts, process: int, count: Callable[[], int]) -> None:
        """Leave connections to processes that have fewer; `count` returns this one's number."""
        self.counts, self.process, self.count = counts, process, count

    def start(self) -> None:
        """Take connections as they come."""
        self._loop.add_reader(self._sock, self._readable)

    def report(self) -> None:
        """Store this process's number of connections."""
        if self.counts is not None:
            self.counts.set(self.process, self.count() + len(self._beginning))

    def close(self) -> None:
        """Take the connections that have come, and close the socket.

        A client whose connection was refused knows that it was not heard; one whose connection came
        and is reset does not. So no more may come between the last accept and the end.
        """
        self._loop.remove_reader(self._sock)
        _refuse_new(self._sock)
        while self._accept():
            pass
        self._sock.close()

    async def begun(self) -> None:
        """Wait until the connections that were taken have their protocols."""
        if self._beginning:
            await asyncio.wait(self._beginning)

    def _readable(self) -> None:
        self.report()
        if self.counts is not None and self.counts.is_above_others(self.process):
            self._pause(YIELD_SECONDS)
        else:
            self._accept()
            self.report()

    def _pause(self, seconds: float) -> None:
        self._loop.remove_reader(self._sock)
        self._loop.call_later(seconds, self._resume)

    def _resume(self) -> None:
        if self._sock.fileno() >= 0:
            self._accept()
            self.start()

    def _accept(self) -> bool:
        """Take a connection; return False if there is none."""
        try:
            connection, _ = self._sock.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return False
        except OSError as error:
            if error.errno in _FULL:
                self._pause(FULL_SECONDS)
            return False
        if len(self._beginning) >= self._most:
            connection.close()
            return True
        connection.setblocking(False)
        task: asyncio.Task[object] = self._loop.create_task(self._begin(connection))
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)
        return True

    async def _begin(self, connection: socket.socket) -> None:
        with suppress(OSError):  # the client left, or its handshake failed; ssl.SSLError is an OSError
            await self._loop.connect_accepted_socket(
                self._make_protocol,
                connection,
                ssl=self._ssl,
                ssl_handshake_timeout=self._handshake_seconds,
            )


def _refuse_new(sock: socket.socket) -> None:
    """Let the kernel drop the packets of new connections; clients repeat them, and are refused then."""
    if sys.platform != "linux":
        return
    program = array.array("B", _DROP)
    with suppress(OSError):
        filtering = struct.pack("HP", 1, program.buffer_info()[0])
        sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, filtering)
