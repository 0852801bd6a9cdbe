"""Damaged requests to a running server: heads, bodies and pictures with bytes changed, added and removed."""

from __future__ import annotations

import base64
import io
import json
import random
import re
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from attacks.outcome import Outcome
from http_process import serving_process

SECONDS = 10.0  # for an answer
MAX_CHANGES = 20
PIECES = (
    b"\r\n", b"\0", b"[", b"]", b"{", b'"', b":", b"-", b"1e999", b"NaN", b"null", b"\xff", b"9" * 20,
    b"\\ud800",
)  # fmt: skip
JSON = {"Content-Type": "application/json"}

Message = tuple[str, bytes, Mapping[str, str]]


def attack(folder: Path, numbers: random.Random) -> Iterator[Outcome]:
    """Damage requests for both parsers; no answer may be a failure of the server, and nothing is printed."""
    while True:
        for hidden in ("", "httptools uvloop"):
            with serving_process(without=hidden) as served:
                messages = list(_messages())
                for _ in range(500):
                    yield _send(served.port, _damaged(numbers, messages, f"127.0.0.1:{served.port}"))
                status, _, errors = served.end()
            yield Outcome(
                "the server's end", (status, errors) == (0, ""), f"status {status}: {errors[-200:]}"
            )


def _messages() -> Iterator[Message]:
    pixels = np.random.default_rng(1).integers(0, 256, (40, 40)).astype(np.uint8)
    yield "/v1/recognize", b'{"strokes": [[[0, 0], [0, 10.5], [6, 1e1]]]}', JSON
    yield "/v1/recognize", b'{"drawings": [{"strokes": [[[1, 2]]]}, {"strokes": []}]}', JSON
    for file_format in ("PNG", "JPEG", "GIF", "WEBP"):
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, file_format)
        yield file_format, stream.getvalue(), {}
    stream = io.BytesIO()
    np.save(stream, np.zeros((3, 28, 28), np.uint8))
    yield "/v1/recognize", stream.getvalue(), {"Content-Type": "application/x-npy"}
    tensor = {"name": "images", "shape": [2, 784], "datatype": "UINT8"}
    text = json.dumps({"inputs": [{**tensor, "parameters": {"binary_data_size": 1568}}]}).encode()
    headers = {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(text))}
    yield "/v2/models/modern-s/infer", text + bytes(1568), headers
    text = json.dumps({"inputs": [{**tensor, "data": [7] * 1568}], "outputs": [{"name": "label"}]}).encode()
    yield "/v2/models/modern-s/infer", text, JSON


def _damaged(numbers: random.Random, messages: list[Message], host: str) -> bytes:
    """Return a request whose body, or which itself, is damaged."""
    path, body, headers = numbers.choice(messages)
    if not headers:  # a picture
        text = base64.b64encode(_changed(numbers, body)).decode()
        return _request(host, "/v1/recognize", json.dumps({"image": text}).encode(), JSON)
    if numbers.random() < 0.5:
        return _request(host, path, _changed(numbers, body), headers)
    return _changed(numbers, _request(host, path, body, headers))


def _request(host: str, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    fields = {"Host": host, **headers, "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def _changed(numbers: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(numbers.choice((1, 1, 2, 5, MAX_CHANGES))):
        place = numbers.randrange(len(changed) + 1)
        match numbers.randrange(4):
            case 0:
                changed[place : place + 1] = numbers.randbytes(1)
            case 1:
                del changed[place : place + numbers.randrange(1, 9)]
            case 2:
                begin = numbers.randrange(len(changed) + 1)
                changed[place:place] = changed[begin : begin + 40]
            case _:
                changed[place:place] = numbers.choice(PIECES)
    return bytes(changed)


def _send(port: int, data: bytes) -> Outcome:
    """Send a request and end it; the server may answer, or close the connection of an unfinished one."""
    answer = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while received := connection.recv(2**16):
                answer += received
    except ConnectionError:  # the server answered, and closed what it did not read
        pass
    except OSError as error:
        return Outcome("a damaged request", False, f"{type(error).__name__}: {data[:200]!r}")
    failed = re.match(rb"HTTP/1\.1 5(?!03)\d\d", answer) is not None  # 503: many pictures wait
    return Outcome("a damaged request", not failed, f"{answer[:20]!r} for {data[:200]!r}")
