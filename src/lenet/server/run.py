"""Run the application on uvicorn: in a thread of a program, or until a signal ends it."""

from __future__ import annotations

import asyncio
import errno
import importlib.util
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Generator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

import uvicorn

from lenet.errors import LenetError
from lenet.server import config as settings
from lenet.server.app import App, make_app
from lenet.server.config import ServerConfig
from lenet.server.connections import WatchedConnection, protocol_class

if TYPE_CHECKING:
    from types import FrameType

BACKLOG = 1024


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
    if host in ("0.0.0.0", "::"):
        host = "localhost"
    elif ":" in host:
        host = f"[{host}]"
    return f"{'https' if config.tls else 'http'}://{host}:{port}{config.root_path.rstrip('/')}/"


def uvicorn_config(app: App, config: ServerConfig) -> uvicorn.Config:
    """Return uvicorn's settings: the fastest loop and parser that are installed, and no log of its own."""
    has_loop = importlib.util.find_spec("uvloop") is not None and sys.platform != "win32"
    return uvicorn.Config(
        app,
        loop="uvloop" if has_loop else "asyncio",
        http=protocol_class(config.limits, app.answers),
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=bool(config.trusted_proxies),
        forwarded_allow_ips=list(config.trusted_proxies),
        server_header=False,
        headers=[("Server", "lenet")],
        timeout_keep_alive=int(config.limits.idle_seconds),
        ssl_certfile=config.tls.certificate if config.tls else None,
        ssl_keyfile=config.tls.key if config.tls else None,
        workers=1,
    )


class Server(uvicorn.Server):
    """uvicorn's server, which answers for a grace period after SIGTERM, and then stops."""

    def __init__(self, app: App, config: ServerConfig) -> None:
        super().__init__(uvicorn_config(app, config))
        self._draining = app.draining
        self._grace = config.grace_seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.ready.set()

    async def on_tick(self, counter: int) -> bool:
        """Look once a second for connections whose requests do not begin; called ten times a second."""
        if counter % 10 == 0 and self._loop is not None:
            now = self._loop.time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, WatchedConnection):
                    connection.check(now)
        return await super().on_tick(counter)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Handle SIGTERM and SIGINT while the server runs in the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        signals = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in signals}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop at once on Ctrl-C or a second signal, else after the grace period."""
        if sig == signal.SIGTERM and not self._draining and self._grace > 0 and self._loop is not None:
            self._draining.start()
            self._loop.call_soon_threadsafe(self._loop.call_later, self._grace, self.stop)
        else:
            self.force_exit = self.should_exit
            self.stop()

    def stop(self) -> None:
        """Stop after the requests that are being answered; from any thread."""
        self._draining.start()
        self.should_exit = True


class RunningServer:
    """A server in a thread of its own. A context manager: leaving it stops the server.

    Attributes:
        url: address of the page.
        port: where it listens.
    """

    def __init__(self, server: Server, sock: socket.socket, url: str) -> None:
        self.url = url
        self.port: int = sock.getsockname()[1]
        self._server = server
        self._thread = threading.Thread(target=server.run, args=[[sock]], name="lenet-server", daemon=True)
        self._thread.start()
        while not server.ready.wait(0.1):
            if not self._thread.is_alive():
                raise LenetError("the server did not start; its log has the reason")

    def shutdown(self) -> None:
        """Stop the server and wait for its end; a second call does nothing."""
        self._server.stop()
        self._thread.join()

    def __enter__(self) -> RunningServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()


def start(config: ServerConfig, app: App | None = None) -> RunningServer:
    """Serve in a thread of its own, until `shutdown()` or the end of the program.

    Args:
        config: the settings; those of processes and signals have no effect.
        app: by default `make_app(config)`.

    Raises:
        LenetError: the address or port cannot be used; or as `make_app`.
    """
    app = app or make_app(config)
    sock = listen(config)
    return RunningServer(Server(app, config), sock, address(config, sock))


def serve(config: ServerConfig, open_browser: bool = True) -> None:
    """Serve until Ctrl-C or SIGTERM; print one line with the address when ready.

    Args:
        config: the settings.
        open_browser: whether the default browser opens the page.

    Raises:
        LenetError: the address or port cannot be used; or as `make_app`.
    """
    app = make_app(config)
    sock = listen(config)
    url = address(config, sock)
    server = Server(app, config)
    threading.Thread(target=_announce, args=[server, url, open_browser], daemon=True).start()
    server.run([sock])


def _announce(server: Server, url: str, open_browser: bool) -> None:
    server.ready.wait()
    print(f"The page is at {url} (Ctrl-C ends it)", flush=True)
    if open_browser:
        webbrowser.open(url)
