"""Run the application: in a thread of a program, or until a signal ends it, in one or more processes."""

from __future__ import annotations

import socket
import sys
import threading
import webbrowser
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING

from lenet.errors import LenetError
from lenet.server import log, qr
from lenet.server.app import App, Services, make_app, make_services, with_collecting
from lenet.server.config import ServerConfig
from lenet.server.http_server import Server
from lenet.server.memory import settle
from lenet.server.metrics import shared_folder
from lenet.server.processes import Processes, WorkerProcess
from lenet.server.sockets import ConnectionCounts, address, listen
from lenet.server.tls import tls_context

if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext

    from lenet.server.collect.class_codes import ClassCodes
    from lenet.server.collect.settings import CollectConfig

OTHER_FILES = 256  # besides connections


class RunningServer:
    """A server in a thread of its own. A context manager: leaving it stops the server.

    Attributes:
        url: address of the page.
        port: where it listens.
    """

    def __init__(self, app: App, config: ServerConfig, sock: socket.socket) -> None:
        """Start the server on a listening socket and wait until it is ready."""
        self.url = address(config, sock)
        self.port: int = sock.getsockname()[1]
        ready = threading.Event()
        self._server = Server(app, config, tls_context(config), ready.set)
        self._thread = threading.Thread(
            target=self._server.run, args=[[sock]], name="lenet-server", daemon=True
        )
        self._thread.start()
        while not ready.wait(0.1):
            if not self._thread.is_alive():
                raise LenetError("the server did not start; its traceback has the reason")

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
    return RunningServer(app, config, listen(config))


def serve(
    config: ServerConfig,
    open_browser: bool = True,
    collect: CollectConfig | None = None,
    show_qr: bool = False,
) -> None:
    """Serve until Ctrl-C or SIGTERM; print one line with the address when ready, and then those of a class.

    Args:
        config: the settings.
        open_browser: whether the default browser opens the page.
        collect: the settings of collecting; None: nothing is collected.
        show_qr: whether the address on the local network follows as a QR code.

    Raises:
        LenetError: the address or port cannot be used, or the database; or as `make_app`.
    """
    log.configure(config.log_format)
    if config.workers > 1 and sys.platform == "win32":
        raise LenetError("--workers: Windows cannot share a socket among processes; leave it out")
    if collect is None:
        _serve(config, make_services(config), open_browser, show_qr)
        return
    from lenet.server.collect.opening import open_collecting
    from lenet.server.collect.temporary import hangup_terminates

    config = replace(config, page_words=(*config.page_words, collect.page_word))
    services = make_services(config)
    with (
        hangup_terminates(),
        open_collecting(collect, services.recognizer, config.workers) as collecting,
    ):
        _serve(config, with_collecting(services, collecting), open_browser, show_qr)


def _serve(config: ServerConfig, services: Services, open_browser: bool, show_qr: bool) -> None:
    app = make_app(config, services)
    context = tls_context(config)
    sock = listen(config)
    codes = services.collecting.codes if services.collecting else None
    code = qr.of_server(config, sock.getsockname()[1]) if show_qr and codes is None else ""
    announce = partial(_announce, config, sock, codes, code, open_browser)
    settle()
    _allow_connections(config.limits.connections)
    if config.workers == 1:
        Server(app, config, context, announce).run([sock])
        return
    with shared_folder(config.workers) as folder:
        app.metrics.share(folder)
        _run_workers(app, config, context, sock, announce)


def _run_workers(
    app: App,
    config: ServerConfig,
    context: SSLContext | None,
    sock: socket.socket,
    announce: Callable[[], None],
) -> None:
    counts = ConnectionCounts(config.workers)

    def work(worker: WorkerProcess) -> None:
        server = Server(app, config, context)
        server.share(counts, worker)
        server.run([sock])

    def forget(number: int, pid: int) -> None:
        counts.set(number, -1)
        app.metrics.forget(pid)

    processes = Processes(config.workers, work, on_death=forget)
    processes.run(announce, on_ending=sock.close)


def _allow_connections(count: int) -> None:
    """Raise this process's limit of open files as far as it may, for a number of connections."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * count + OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _announce(
    config: ServerConfig, sock: socket.socket, codes: ClassCodes | None, code: str, open_browser: bool
) -> None:
    url = address(config, sock)
    print(f"The page is at {url} (Ctrl-C ends it)\n{code}", end="", flush=True)
    if codes is not None:
        from lenet.server.collect.invitation import invitation

        print(invitation(config, sock.getsockname()[1], codes), end="", flush=True)
        url = f"{url}#class={codes.teacher}"
    if open_browser:
        threading.Thread(target=webbrowser.open, args=[url], daemon=True).start()
