"""Many connections to the local server, short and kept ones."""

from __future__ import annotations

import http.client
import random
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from attacks.outcome import Outcome, command

QUICK, KEPT, IDLE = 2_000, 20_000, 200
REQUESTS = (
    b"GET http://[x/ HTTP/1.1\r\nHost: {host}\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"\0" * 100_000,
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: x\r\n" * 1_000 + b"\r\n",
    b"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99999999999999\r\n\r\nx",
    b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
)


def attack(folder: Path, numbers: random.Random) -> Iterator[Outcome]:
    """Ask a running server in every way; it must answer the next honest request."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    line = command("serve", "--no-browser", "--port", port)
    running = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        host = urlsplit(running.stdout.readline().split()[4]).netloc
        yield from _ask(host)
    finally:
        running.terminate()
        _, errors = running.communicate(timeout=20)
    yield Outcome("nothing printed", not errors, errors[-200:])


def _ask(host: str) -> Iterator[Outcome]:
    for _ in range(QUICK):
        yield _answered("quick", host)
    kept = http.client.HTTPConnection(host, timeout=10)
    for _ in range(KEPT):
        yield _answered("kept", host, kept)
    address = ("127.0.0.1", int(host.rpartition(":")[2]))
    idle = [socket.create_connection(address, timeout=10) for _ in range(IDLE)]
    yield _answered("beside idle connections", host)
    for connection in idle:
        connection.close()
    for request in REQUESTS:
        with socket.create_connection(address, timeout=10) as connection, suppress(OSError):
            connection.sendall(request.replace(b"{host}", host.encode()))
            connection.recv(100)
        yield _answered(f"after {request[:20]!r}", host)


def _answered(name: str, host: str, connection: http.client.HTTPConnection | None = None) -> Outcome:
    """Ask for a file; the connection is closed unless one is given."""
    asking = connection or http.client.HTTPConnection(host, timeout=10)
    try:
        asking.request("GET", "/manifest.webmanifest")
        answer = asking.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        return Outcome(name, False, f"{type(error).__name__}: {error}")
    finally:
        if connection is None:
            asking.close()
    return Outcome(name, answer.status == 200, f"status {answer.status}")
