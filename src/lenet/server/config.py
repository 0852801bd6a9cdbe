"""The server's settings, as values; this module does no input or output."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

PAGE = Path(__file__).parent / "static"
"""Where the build puts the page."""

LOOPBACK = "127.0.0.1"
FIRST_PORT = 8000
PORTS_TRIED = 100


Number = TypeVar("Number", int, float)


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


def _limit(value: Number, meaning: str) -> Number:
    """Return a field with its default; the meaning is a text of the documentation."""
    return field(default=value, metadata={"meaning": meaning})


@dataclass(frozen=True)
class Limits:
    """Limits of one request and one connection.

    Bytes of a body are counted as they arrive; pixels are known before pictures are decoded. Beyond
    `all_bodies_bytes`, `connections` and `waiting`, the next ones are answered 503.
    """

    body_bytes: int = _limit(8 * 2**20, "bytes of a body")
    all_bodies_bytes: int = _limit(256 * 2**20, "bytes of all bodies that one process is reading")
    head_bytes: int = _limit(32 * 2**10, "bytes of a request line with its headers")
    drawings: int = _limit(10_000, "drawings or images of one request")
    strokes: int = _limit(20_000, "strokes of one request")
    points: int = _limit(100_000, "points of one request")
    pictures: int = _limit(16, "pictures of one request")
    pixels: int = _limit(40_000_000, "pixels of all pictures of one request")
    head_seconds: float = _limit(10.0, "seconds until the headers of a request are complete")
    body_seconds: float = _limit(20.0, "seconds until its body is complete")
    idle_seconds: float = _limit(60.0, "seconds that a connection stays open between two requests")
    stalled_seconds: float = _limit(30.0, "seconds in which a client must take some bytes of an answer")
    connections: int = _limit(1_000, "open connections of one process")
    waiting: int = _limit(32, "requests that wait for the worker thread")

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
