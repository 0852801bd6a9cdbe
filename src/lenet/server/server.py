"""Local web server: serves the app on 127.0.0.1 only.

Every file is read once, at the start, so a request can only name one of them. Only local host names
are answered, so no web site can reach the server through a name of its own (DNS rebinding).
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import json
import os
import socketserver
import sys
import threading
import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from lenet.errors import LenetError

PAGE = Path(__file__).parent / "static"
"""Where the build puts the page."""

MODEL = "/model.safetensors"  # where the page looks for it
ADDRESS = "127.0.0.1"
FIRST_PORT = 8000
PORTS_TRIED = 100

UNFRAMED = "frame-ancestors 'none'"

# The page's build puts these directives into a meta element, for other hosts.
# Only a header can say frame-ancestors.
_DIRECTIVES = json.loads(Path(__file__).with_name("content_security_policy.json").read_text(encoding="utf-8"))
POLICY = "; ".join([*(f"{name} {sources}" for name, sources in _DIRECTIVES.items()), UNFRAMED])

SECURITY = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

BINARY = "application/octet-stream"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True)
class Frame:
    """A web site that may show the page in a frame and forwards requests under its own names.

    Attributes:
        ancestors: its origins, as the Content-Security-Policy writes them.
        names: endings of the host names under which its requests come.
    """

    ancestors: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Resource:
    """A file as it is sent.

    Attributes:
        body: its bytes.
        packed: its gzip; None where that would not be smaller.
        tag: changes with the bytes.
        headers: content type and caching.
    """

    body: bytes
    packed: bytes | None
    tag: str
    headers: Mapping[str, str]


def _resource(path: str, body: bytes) -> Resource:
    packed = gzip.compress(body, mtime=0)
    hashed = path.startswith("/assets/")  # the build puts a digest into these names
    headers = {
        "Content-Type": TYPES.get(PurePosixPath(path).suffix, BINARY),
        "Cache-Control": "public, max-age=31536000, immutable" if hashed else "no-cache",
        "Vary": "Accept-Encoding",
    }
    tag = hashlib.sha256(body).hexdigest()[:32]
    return Resource(body, packed if len(packed) < len(body) else None, tag, headers)


def _read(path: Path, remedy: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise LenetError(f"{path}: cannot be read ({reason}); {remedy}") from None


def read_resources(model_path: Path, page: Path = PAGE) -> dict[str, Resource]:
    """Read everything that is served, by its path in a URL.

    Raises:
        LenetError: the page is not built, or a file cannot be read.
    """
    if not (page / "index.html").is_file():
        raise LenetError(f"{page}: the page is not built; run `python tools/build/build.py` in a checkout")
    files = {
        f"/{file.relative_to(page).as_posix()}": _read(file, "build the page again")
        for file in sorted(page.rglob("*"))
        if file.is_file()
    }
    files[MODEL] = _read(model_path, "name another model with --model")
    resources = {path: _resource(path, body) for path, body in files.items()}
    return {**resources, "/": resources["/index.html"]}


def _accepts_gzip(header: str) -> bool:
    """Tell whether an Accept-Encoding header allows gzip: named, and not with the weight 0."""
    for part in header.lower().replace(" ", "").split(","):
        coding, _, weight = part.partition(";q=")
        if coding == "gzip":
            return not weight or weight.strip("0.") != ""
    return False


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds that an idle connection keeps its thread
    wbufsize = -1  # headers and body leave together; two writes would wait for an acknowledgement
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer with a resource."""
        if not self.server.answers_to(self.headers.get("Host", "").lower()):
            self._plain(HTTPStatus.MISDIRECTED_REQUEST)
            return
        try:
            path = urlsplit(self.path).path
        except ValueError:  # such as a bracket that is not closed
            self._plain(HTTPStatus.BAD_REQUEST)
            return
        resource = self.server.resources.get(path)
        if resource is None:
            self._plain(HTTPStatus.NOT_FOUND)
            return
        packed = resource.packed if _accepts_gzip(self.headers.get("Accept-Encoding", "")) else None
        tag = f'"{resource.tag}{"" if packed is None else "-gzip"}"'
        known = [
            value.strip().removeprefix("W/") for value in self.headers.get("If-None-Match", "").split(",")
        ]
        headers = {**resource.headers, "ETag": tag}
        if tag in known or "*" in known:
            self._send(HTTPStatus.NOT_MODIFIED, headers, None)
        elif packed is None:
            self._send(HTTPStatus.OK, headers, resource.body)
        else:
            self._send(HTTPStatus.OK, {**headers, "Content-Encoding": "gzip"}, packed)

    do_HEAD = do_GET  # noqa: N815 - the names are the base class's

    def _refuse(self) -> None:
        self.close_connection = True  # a body may follow, and is not read
        self._plain(HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "GET, HEAD"})

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse  # noqa: N815

    def _plain(self, status: HTTPStatus, headers: Mapping[str, str] | None = None) -> None:
        text = f"{status.value} {status.phrase}\n".encode()
        self._send(status, {"Content-Type": TYPES[".txt"], **(headers or {})}, text)

    def _send(self, status: HTTPStatus, headers: Mapping[str, str], body: bytes | None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body is not None and self.command != "HEAD":
            self.wfile.write(body)

    def end_headers(self) -> None:
        """Add the headers of every answer, of the base class's error pages too."""
        for name, value in self.server.security.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        super().end_headers()

    def version_string(self) -> str:
        """Return the Server header."""
        return "lenet"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Log nothing: the terminal shows an address, not a log."""


class PageServer(ThreadingHTTPServer):
    """Serves `resources` on 127.0.0.1. A context manager: leaving it closes the socket."""

    daemon_threads = True
    allow_reuse_address = os.name != "nt"  # on Windows it would share a port that is in use
    allow_reuse_port = False

    def __init__(self, resources: Mapping[str, Resource], port: int, frame: Frame | None = None) -> None:
        """Take the port, 0 for any free one. Raises OSError if it is in use."""
        self.resources = resources
        self.names = frame.names if frame else ()
        framed = f"frame-ancestors {' '.join(frame.ancestors)}" if frame else UNFRAMED
        policy = POLICY.replace(UNFRAMED, framed)
        self.security = {**SECURITY, "Content-Security-Policy": policy}
        super().__init__((ADDRESS, port), _Handler)
        self.hosts = {f"{name}:{self.server_port}" for name in ("localhost", ADDRESS, "[::1]")}
        if self.server_port == 80:
            self.hosts |= {"localhost", ADDRESS, "[::1]"}

    def server_bind(self) -> None:
        """Bind without the base class's look-up of this machine's name, which may take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = ADDRESS, self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a browser that goes away in the middle of an answer."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def answers_to(self, host: str) -> bool:
        """Tell whether a Host header, in lower case, names this machine or the frame's site."""
        return host in self.hosts or host.partition(":")[0].endswith(self.names)

    @property
    def url(self) -> str:
        """Return the address of the page."""
        return f"http://{ADDRESS}:{self.server_port}/"


def make_server(
    model_path: Path, port: int | None = 0, page: Path = PAGE, frame: Frame | None = None
) -> PageServer:
    """Return a server of the page with a model, for a `with`; `serve_forever` runs it.

    Args:
        model_path: the model file.
        port: 0 takes any free one, None the first free one from 8000 on.
        page: the built page.
        frame: the web site that may show the page, if any.

    Raises:
        LenetError: the page is not built, a file cannot be read, or the port is in use.
    """
    resources = read_resources(model_path, page)
    candidates = range(FIRST_PORT, FIRST_PORT + PORTS_TRIED) if port is None else [port]
    for candidate in candidates:
        try:
            return PageServer(resources, candidate, frame)
        except OverflowError:
            raise LenetError(f"port {candidate} does not exist; choose one of 0 to 65535") from None
        except PermissionError:
            raise LenetError(f"port {candidate} is not allowed; choose another with --port") from None
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise LenetError(f"port {candidate} cannot be used ({error.strerror})") from None
    raise LenetError(f"port {candidates[-1]} is in use; choose another with --port")


def start(model_path: Path, port: int | None = 0, frame: Frame | None = None) -> PageServer:
    """Serve the page in a thread of its own, until `shutdown()` or the end of the program.

    Arguments and errors are those of `make_server`.
    """
    server = make_server(model_path, port, frame=frame)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def serve(model_path: Path, port: int | None = None, open_browser: bool = True) -> None:
    """Serve the page until Ctrl-C; print its address.

    Args:
        model_path: the model file.
        port: 0 takes any free one, None the first free one from 8000 on.
        open_browser: whether the default browser opens the page.

    Raises:
        LenetError: as `make_server`.
    """
    with make_server(model_path, port) as server:
        print(f"The page is at {server.url} (Ctrl-C ends it)", flush=True)
        if open_browser:
            threading.Thread(target=webbrowser.open, args=[server.url], daemon=True).start()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
