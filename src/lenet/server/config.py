"""The server's settings, as values; this module does no input or output."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

PAGE = Path(__file__).parent / "static"
"""Where the build puts the page."""

LOOPBACK = "127.0.0.1"
FIRST_PORT = 8000
PORTS_TRIED = 100


class LogFormat(StrEnum):
    """How a line of the log is written."""

    TEXT = "text"
    JSON = "json"


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
class Limits:
    """Limits of one request and one connection.

    Attributes:
        body_bytes: bytes of a body, counted as they arrive.
        all_bodies_bytes: bytes of all bodies that one process is reading; the next ones are answered 503.
        head_bytes: bytes of a request line with its headers.
        drawings: drawings or images of one request.
        strokes: strokes of one request.
        points: points of one request.
        pictures: pictures of one request.
        pixels: pixels of all pictures of one request, known before they are decoded.
        head_seconds: time until the headers of a request are complete.
        body_seconds: time until its body is complete.
        idle_seconds: time that a connection stays open between two requests.
        stalled_seconds: time in which a client must take some bytes of an answer.
        connections: open connections of one process; the next ones are answered 503.
        waiting: requests that wait for the worker thread; the next ones are answered 503.
    """

    body_bytes: int = 8 * 2**20
    all_bodies_bytes: int = 256 * 2**20
    head_bytes: int = 32 * 2**10
    drawings: int = 10_000
    strokes: int = 20_000
    points: int = 100_000
    pictures: int = 16
    pixels: int = 40_000_000
    head_seconds: float = 10.0
    body_seconds: float = 20.0
    idle_seconds: float = 60.0
    stalled_seconds: float = 30.0
    connections: int = 1_000
    waiting: int = 32

    @property
    def json_lists(self) -> int:
        """Return how many lists and objects JSON may have: those of all drawings, and some more."""
        return self.drawings + self.strokes + self.points + 1_000

    @property
    def json_values(self) -> int:
        """Return how many values JSON may have: four of each point, such as x, y, time and pressure."""
        return self.json_lists + 4 * self.points


@dataclass(frozen=True)
class TLSFiles:
    """A certificate chain and its private key, both PEM."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class ServerConfig:
    """Settings of a server.

    Attributes:
        model: the model file.
        page: the folder of the built page.
        host: address or name to listen on.
        port: 0 takes any free port, None the first free one from 8000 on.
        frame: the web site that may show the page, if any.
        allowed_hosts: further host names that are answered; ".example.org" stands for its subdomains.
        root_path: path before all paths of the server, such as "/lenet"; a proxy may remove it or not.
        trusted_proxies: addresses or networks whose X-Forwarded headers are believed.
        workers: processes that share the socket.
        tls: certificate and key, or None for HTTP.
        self_signed: whether the server makes its own certificate.
        grace_seconds: time after SIGTERM in which requests are still answered.
        batch_size: drawings of different requests that are recognized together; 1: each alone.
        page_words: what the page may ask of this server, for its meta element "lenet-server".
        limits: what a request may take.
        log_format: of the log on standard error; None writes only errors.
    """

    model: Path
    page: Path = PAGE
    host: str = LOOPBACK
    port: int | None = 0
    frame: Frame | None = None
    allowed_hosts: tuple[str, ...] = ()
    root_path: str = ""
    trusted_proxies: tuple[str, ...] = ()
    workers: int = 1
    tls: TLSFiles | None = None
    self_signed: bool = False
    grace_seconds: float = 3.0
    batch_size: int = 16
    page_words: tuple[str, ...] = ("recognize",)
    limits: Limits = field(default_factory=Limits)
    log_format: LogFormat | None = None

    def url(self, host: str, port: int) -> str:
        """Return the address of the page under a name or an address of this machine."""
        scheme = "https" if self.tls is not None or self.self_signed else "http"
        bracketed = f"[{host}]" if ":" in host else host
        return f"{scheme}://{bracketed}:{port}{self.root_path.rstrip('/')}/"
