"""An HTTP server on the loopback address that serves a file, well or badly."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Served:
    """How a file is served, and what was asked for.

    ranges  whether parts are given out
    breaks  after how many bytes the next answers' connections break, an entry each
    errors  the codes of the next answers
    page    whether a web page is sent instead
    drip    seconds after each byte
    total   the size that Content-Range announces; None for the real one
    asked   the Range header of each request, with None for none
    sent    bytes of bodies
    """

    data: bytes
    ranges: bool = True
    breaks: list[int] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    page: bool = False
    drip: float = 0
    total: str | None = None
    tag: str = '"1"'
    url: str = ""
    asked: list[str | None] = field(default_factory=list)
    sent: int = 0


@contextmanager
def serve(path: Path) -> Iterator[Served]:
    """Serve a file at `url`; refuse Python's own User-Agent, as NIST's server does."""
    served = Served(path.read_bytes())

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            if self.headers["User-Agent"].startswith("Python-urllib"):
                return self.send_error(403)
            if self.path != "/gzip.zip":
                return self.send_error(404)
            asked = self.headers["Range"]
            served.asked.append(asked)
            if served.errors:
                return self.send_error(served.errors.pop(0))
            body = served.data
            if asked and served.ranges:
                match = re.fullmatch(r"bytes=(\d+)-(\d+)", asked)
                assert match, asked
                first, last = map(int, match.groups())
                body = body[first : last + 1]
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {first}-{last}/{served.total or len(served.data)}")
            else:
                self.send_response(200)
            self.send_header("ETag", served.tag)
            self.send_header("Content-Type", "text/html" if served.page else "application/zip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if len(body) > 1 and served.breaks:
                body = body[: served.breaks.pop(0)]
            served.sent += len(body)
            with suppress(ConnectionError):  # whoever asked had enough
                if served.drip:
                    for k in range(len(body)):
                        self.wfile.write(body[k : k + 1])
                        time.sleep(served.drip)
                else:
                    self.wfile.write(body)
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_port}/gzip.zip"
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
