"""uvicorn's server with other ends: it drains on SIGTERM, and loses no request that has come."""

from __future__ import annotations

import asyncio
import importlib.util
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import uvicorn

from lenet.server.app import App
from lenet.server.config import ServerConfig
from lenet.server.connections import WatchedConnection, protocol_class
from lenet.server.processes import STOP, WorkerProcess
from lenet.server.sockets import Acceptor, ConnectionCounts

if TYPE_CHECKING:
    from types import FrameType

WATCHES_SOCKETS = sys.platform != "win32"  # there the event loop accepts connections by itself
TICK_SECONDS = 1.0  # between looks at the connections
LINGER_SECONDS = 0.25  # that a connection without a request stays open after the socket is closed
LAST_SECONDS = 30.0  # for the requests that are being answered


def uvicorn_config(app: App, config: ServerConfig, context: ssl.SSLContext | None) -> uvicorn.Config:
    """Return uvicorn's settings: the fastest loop and parser that are installed, and no log of its own."""
    has_loop = importlib.util.find_spec("uvloop") is not None and sys.platform != "win32"
    made = uvicorn.Config(
        app,
        loop="uvloop" if has_loop else "asyncio",
        http=protocol_class(config.limits, app.answers, app.metrics),
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="critical" if config.log_format is None else "info",
        access_log=False,
        proxy_headers=bool(config.trusted_proxies),
        forwarded_allow_ips=list(config.trusted_proxies),
        server_header=False,
        headers=[("Server", "lenet")],
        timeout_keep_alive=int(config.limits.idle_seconds),
        workers=1,
    )
    made.load()
    made.ssl = context
    return made


class Server(uvicorn.Server):
    """Serves until a signal or `stop()`.

    SIGTERM begins a grace period: the server is not ready, and every answer closes its connection,
    so that clients and balancers go elsewhere. Then the socket is closed after what has come was
    taken from it, and the last requests are answered. Ctrl-C ends it without the grace period.
    """

    def __init__(
        self,
        app: App,
        config: ServerConfig,
        context: ssl.SSLContext | None = None,
        on_ready: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(uvicorn_config(app, config, context))
        self.servers = []  # uvicorn's; used on Windows only
        self._draining = app.draining
        self._metrics = app.metrics
        self._settings = config
        self._on_ready = on_ready
        self._acceptor: Acceptor | None = None
        self._sharing: tuple[ConnectionCounts, WorkerProcess] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None

    def share(self, counts: ConnectionCounts, worker: WorkerProcess) -> None:
        """Be one of several processes that share the socket; to be called before `run`."""
        self._sharing = counts, worker

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        if self.should_exit:  # asked before the event loop ran
            self._wake.set()
        assert sockets, "the server needs a socket"
        if not WATCHES_SOCKETS:
            await super().startup(sockets)
        else:
            self._acceptor = Acceptor(sockets[0], self._make_protocol, self.config.ssl, self._settings.limits)
            if self._sharing:
                self._begin_sharing(self._acceptor, *self._sharing)
            self._acceptor.report()
            self._acceptor.start()
            self.started = True
        await self.on_tick(0)
        if self._on_ready:
            self._on_ready()

    def _begin_sharing(self, acceptor: Acceptor, counts: ConnectionCounts, worker: WorkerProcess) -> None:
        loop = asyncio.get_running_loop()
        acceptor.share(counts, worker.number, self.server_state.connections.__len__)
        loop.add_reader(worker.parent, self._stop_orphaned, worker.parent)
        loop.call_soon(worker.tell_ready)

    def _stop_orphaned(self, parent: int) -> None:
        """Stop because the parent has died."""
        asyncio.get_running_loop().remove_reader(parent)
        self.stop()

    def _make_protocol(self) -> asyncio.Protocol:
        make: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol

    async def main_loop(self) -> None:
        """Look at the connections once a second until the end."""
        assert self._wake is not None
        while not self.should_exit:
            await self.on_tick(0)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), TICK_SECONDS)

    async def on_tick(self, counter: int) -> bool:
        """Update the date of the answers; end connections whose requests do not begin."""
        self._check_connections()
        if self._acceptor is not None:
            self._acceptor.report()
        self._metrics.publish()
        return await super().on_tick(counter)

    def _check_connections(self) -> None:
        now = asyncio.get_running_loop().time()
        for connection in list(self.server_state.connections):
            if isinstance(connection, WatchedConnection):
                connection.check(now)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the socket after what has come, and answer the last requests."""
        self._draining.start()
        if self._acceptor is None:
            await super().shutdown(sockets)
            return
        self._acceptor.close()
        await self._acceptor.begun()
        connections = self.server_state.connections
        await self._wait_for(lambda: not any(map(_is_unused, connections)), LINGER_SECONDS)
        for connection in list(connections):
            if not _reads_head(connection):  # that request is answered when it is complete
                connection.shutdown()
        await self._wait_for(lambda: not connections and not self.server_state.tasks, LAST_SECONDS)
        self._metrics.publish()
        await self.lifespan.shutdown()

    async def _wait_for(self, is_done: Callable[[], bool], seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        await asyncio.sleep(0)  # what the kernel has is parsed first
        while not is_done() and not self.force_exit and loop.time() < end:
            await asyncio.sleep(0.01)
            self._check_connections()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Handle SIGTERM and Ctrl-C while the server runs in the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        signals = (signal.SIGTERM, STOP if self._sharing else signal.SIGINT)
        before = {number: signal.signal(number, self.handle_exit) for number in signals}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain on the first SIGTERM; stop on another signal or a second one, at once on a third."""
        if sig == signal.SIGTERM and not self._draining:
            self.drain()
        else:
            self.force_exit = self.should_exit
            self.stop()

    def drain(self) -> None:
        """Stop after the grace period; from any thread."""
        self._draining.start()
        if self._loop is None or self._settings.grace_seconds <= 0:
            self.stop()
        else:
            self._loop.call_soon_threadsafe(self._loop.call_later, self._settings.grace_seconds, self.stop)

    def stop(self) -> None:
        """Stop after the requests that have come; from any thread."""
        self._draining.start()
        self.should_exit = True
        if self._loop is not None and self._wake is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._wake.set)


def _reads_head(connection: object) -> bool:
    return isinstance(connection, WatchedConnection) and connection.reads_head()


def _is_unused(connection: object) -> bool:
    return isinstance(connection, WatchedConnection) and connection.is_unused()
