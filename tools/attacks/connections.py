"""Many connections to the local server, short and kept ones, hostile requests and floods."""

from __future__ import annotations

import http.client
import random
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from attacks.outcome import Outcome, command

QUICK, KEPT, IDLE = 2_000, 20_000, 200
FLOOD_SECONDS = 2.0
MAX_GROWTH = 200  # MiB of memory while floods come
POST = b"POST /v1/recognize HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def _json(body: bytes) -> bytes:
    return POST + b"Content-Length: %d\r\n\r\n" % len(body) + body


REQUESTS = (
    b"GET http://[x/ HTTP/1.1\r\nHost: {host}\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"\0" * 100_000,
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: x\r\n" * 1_000 + b"\r\n",
    b"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99999999999999\r\n\r\nx",
    b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n",
    b"CONNECT evil.example:443 HTTP/1.1\r\nHost: {host}\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: {host}\r\n\r\n",
    b"GET /%00%ff%ed%a0%80 HTTP/1.1\r\nHost: {host}\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\0\xc8" + bytes(200),
    POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    CHUNKED + b"ffffffffffffffff\r\n",
    CHUNKED + b"-1\r\n",
    _json(b'{"strokes": [[[NaN, 1]]]}'),
    _json(b'{"strokes": [[[1e400, 1]]]}'),
    _json(b'{"strokes": [[[1e308, 1], [-1e308, 1]]]}'),
    _json(b'{"image": "\\ud800"}'),
    _json(b"[" * 1_000_000),
    _json(b'{"strokes": [[' + b"[0,0]," * 1_300_000 + b"[0,0]]]}"),
    _json(b'{"drawings": [' + b"{}," * 2_000_000 + b"{}]}"),
)
# The bytes that begin a connection, and the bytes that are sent again and again.
FLOODS = {
    "trailers": (CHUNKED + b"0\r\n", b"X-Trailer: aaaaaaaa\r\n" * 3_000),
    "the value of a trailer": (CHUNKED + b"0\r\nX: ", b"a" * 60_000),
    "an extension of a chunk": (CHUNKED + b"1;x=", b"a" * 60_000),
    "chunks of a byte": (CHUNKED, b"1\r\n \r\n" * 10_000),
    "a header": (b"GET / HTTP/1.1\r\nX: ", b"a" * 60_000),
    "empty lines": (b"", b"\r\n" * 30_000),
    "requests whose answers are not read": (b"", b"GET /v2 HTTP/1.1\r\nHost: {host}\r\n\r\n" * 1_500),
}


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
        yield from _flood(host, running.pid)
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


def _flood(host: str, pid: int) -> Iterator[Outcome]:
    """Send floods one after another; each must leave the server small and willing."""
    before = _memory(pid)
    for name, (begin, again) in FLOODS.items():
        address, port = host.split(":")
        end = time.monotonic() + FLOOD_SECONDS
        with socket.create_connection((address, int(port)), timeout=1) as connection, suppress(OSError):
            connection.sendall(begin.replace(b"{host}", host.encode()))
            while time.monotonic() < end:
                connection.sendall(again.replace(b"{host}", host.encode()))
        growth = _memory(pid) - before
        yield Outcome(f"memory after {name}", growth < MAX_GROWTH, f"{growth:.0f} MiB more")
        yield _answered(f"after {name}", host)


def _memory(pid: int) -> float:
    """Return the memory of a process in MiB; 0 where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


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
