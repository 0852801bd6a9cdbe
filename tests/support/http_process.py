"""`lenet serve` as a process of its own, and raw connections to it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from lenet.server.config import LOOPBACK

LETTER = json.dumps({"strokes": [[[0, 0], [0, 10], [6, 10]]]}).encode()
TIMEOUT = 30  # seconds


@dataclass
class Served:
    """A running `lenet serve`."""

    process: subprocess.Popen[str]
    line: str

    @property
    def url(self) -> str:
        """The address in the line that it prints when it is ready."""
        return next(word for word in self.line.split() if "://" in word)

    @property
    def port(self) -> int:
        port = urlsplit(self.url).port
        assert port is not None
        return port

    def connect(self) -> Connection:
        return Connection(socket.create_connection((LOOPBACK, self.port), timeout=TIMEOUT))

    def ask(self, path: str, body: bytes = b"") -> Reply:
        """Send a request on a connection of its own."""
        with self.connect() as connection:
            connection.send(request(self.port, path, body))
            return connection.reply()

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Send a signal; return the exit status and what was printed after the address."""
        self.process.send_signal(number)
        out, errors = self.process.communicate(timeout=TIMEOUT)
        return self.process.returncode, out, errors


@contextmanager
def serving_process(*arguments: str, without: str = "") -> Iterator[Served]:
    """Run `lenet serve` on a free port; `without` names packages that it shall not find."""
    hide = f"import sys; sys.modules.update(dict.fromkeys({without.split()!r})); "
    program = f"{hide}from lenet.__main__ import main; sys.argv[0] = 'lenet'; sys.exit(main())"
    command = [sys.executable, "-c", program, "serve", "--no-browser", "--port", "0", *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise AssertionError(process.communicate()[1])
            yield Served(process, line)
        finally:
            process.kill()


@dataclass(frozen=True)
class Reply:
    """An answer on a raw connection."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def closes(self) -> bool:
        return self.headers.get("connection") == "close"


def request(port: int, path: str = "/v1/recognize", body: bytes = LETTER) -> bytes:
    """The bytes of a request."""
    method = "POST" if body else "GET"
    head = f"{method} {path} HTTP/1.1\r\nHost: {LOOPBACK}:{port}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Connection:
    """A connection that is kept alive."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._file = sock.makefile("rb")

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def reply(self) -> Reply:
        """Read an answer; ConnectionResetError if the connection ends before it does."""
        status = self._line().split()[1]
        headers = {}
        while line := self._line().strip():
            name, _, value = line.partition(b": ")
            headers[name.decode().lower()] = value.decode()
        length = int(headers.get("content-length", 0))
        body = self._file.read(length)
        if len(body) < length:
            raise ConnectionResetError("the connection ended within a body")
        return Reply(int(status), headers, body)

    def is_ended(self) -> bool:
        """Wait for the connection's end; False if there are bytes instead."""
        try:
            return self._file.read(1) == b""
        except ConnectionResetError:
            return True

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self.sock.close()

    def _line(self) -> bytes:
        line = self._file.readline()
        if not line.endswith(b"\n"):
            raise ConnectionResetError("the connection ended within a head")
        return line
