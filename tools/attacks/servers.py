"""Servers that lie, stall, or send something else."""

from __future__ import annotations

import random
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from attacks.outcome import Outcome, attempt

SECONDS = 200.0  # five attempts of thirty seconds, and waits

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\n"
PART = b"HTTP/1.1 206 Partial Content\r\nContent-Type: application/zip\r\n"
FOUND = b"HTTP/1.1 302 Found\r\n"
ANSWERS = {
    "nothing": b"",
    "garbage": b"\0\xff" * 1000,
    "no header": b"hello\r\n\r\n",
    "endless header": b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 70_000,
    "many headers": b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 200 + b"\r\n",
    "a web page": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
    "a length of digits": OK + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n",
    "a negative length": OK + b"Content-Length: -5\r\n\r\nhello",
    "three gigabytes": PART + b"Content-Range: bytes 0-0/3221225472\r\nContent-Length: 1\r\n\r\nP",
    "digits of a range": PART
    + b"Content-Range: bytes 0-0/"
    + b"9" * 5_000
    + b"\r\nContent-Length: 1\r\n\r\nP",
    "another range": PART + b"Content-Range: bytes 7-9/10\r\nContent-Length: 3\r\n\r\nabc",
    "a redirect to a file": FOUND + b"Location: file:///dev/zero\r\nContent-Length: 0\r\n\r\n",
    "a redirect to itself": FOUND + b"Location: /gzip.zip\r\nContent-Length: 0\r\n\r\n",
    "bad chunks": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello",
    "not found": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "busy": b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
}


def attack(folder: Path, numbers: random.Random) -> Iterator[Outcome]:
    """Fetch EMNIST from each server."""
    for name, answer in ANSWERS.items():
        with _serve(answer) as url:
            yield _fetch(name, folder, url)
    with zipfile.ZipFile(folder / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    data = (folder / "other.zip").read_bytes()
    with _serve(OK + b"Content-Length: %d\r\n\r\n" % len(data) + data) as url:
        yield _fetch("another zip", folder, url)
    with _serve(OK + b"Content-Length: 1000000\r\n\r\n" + bytes(10**6), pause=1) as url:
        yield _fetch("a byte a second", folder, url)


def _fetch(name: str, folder: Path, url: str) -> Outcome:
    words = ("data", "fetch", "emnist", "--source", url, "--data-dir", "emnist")
    return attempt(name, folder, *words, seconds=SECONDS)


@contextmanager
def _serve(answer: bytes, pause: float = 0) -> Iterator[str]:
    """Give every connection the same bytes, with a pause after each byte."""
    stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)

        def one(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                connection.settimeout(5)
                connection.recv(2**16)
                step = 1 if pause else max(1, len(answer))
                for at in range(0, len(answer), step):
                    if stopped.is_set():
                        return
                    connection.sendall(answer[at : at + step])
                    time.sleep(pause)

        def loop() -> None:
            while not stopped.is_set():
                with suppress(TimeoutError):
                    threading.Thread(target=one, args=[listener.accept()[0]], daemon=True).start()

        thread = threading.Thread(target=loop)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/gzip.zip"
        finally:
            stopped.set()
            thread.join()
