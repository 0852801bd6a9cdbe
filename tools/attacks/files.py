"""Hostile files that are not archives: pictures, JSON, XML, numbers, special files."""

from __future__ import annotations

import io
import json
import os
import random
import socket
import stat
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from attacks.outcome import Outcome, attempt


def attack(folder: Path, numbers: random.Random) -> Iterator[Outcome]:
    """Give each file to `predict`, `data info` and `import`, and let special files be written to."""
    for name, data in _files():
        (folder / name).write_bytes(data)
        for words in (("predict", name), ("data", "info", f"./{name}"), ("import", name, "--out", "x")):
            yield attempt(f"{name}: {words[0]}", folder, *words)
        (folder / name).unlink()
    yield from _special(folder)


def _png(width: int, height: int, rows: int) -> bytes:
    """Return a PNG of grey pixels that has only some of its rows."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    header = struct.pack(">LLBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + bytes(width)) * rows, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _progressive(scans: int) -> bytes:
    """Return a progressive JPEG whose last scan is repeated."""
    stream = io.BytesIO()
    Image.effect_noise((2000, 2000), 60).save(stream, "JPEG", progressive=True, quality=95)
    data = stream.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + b"\xff\xd9"


def _frames(count: int) -> bytes:
    stream = io.BytesIO()
    frames = [Image.new("L", (64, 64), k % 256) for k in range(count)]
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    return stream.getvalue()


def _files() -> Iterator[tuple[str, bytes]]:
    yield "large.png", _png(60_000, 60_000, 1)
    yield "wide.png", _png(2**31 - 1, 1, 0)
    yield "cut.png", _png(5_000, 5_000, 5)
    yield "progressive.jpg", _progressive(3_000)
    yield "frames.gif", _frames(3_000)
    yield "digits.jsonl", b'{"strokes": [[[' + b"9" * 5_000 + b", 1]]]}\n"
    yield "deep.jsonl", b'{"strokes": ' + b"[" * 10**6
    yield "long.jsonl", b'{"strokes": [[[1, 2]' + b", [1, 2]" * 10**6 + b"]]}\n"
    yield "keys.jsonl", json.dumps({str(k): k for k in range(10**6)}).encode()
    yield "nothing.jsonl", b""
    yield "digits.dat", b".PEN_DOWN\n1 2\n3 4\n.SEGMENT CHARACTER 0-" + b"9" * 5_000 + b' GOOD "a"\n'
    yield (
        "ranges.dat",
        b".PEN_DOWN\n1 2\n" * 20_000 + b".SEGMENT CHARACTER 0-19999" + b",0-19999" * 10**5 + b' GOOD "a"\n',
    )
    yield "include.dat", b".INCLUDE include.dat\n" * 10**5
    yield (
        "laughs.inkml",
        b'<!DOCTYPE ink [<!ENTITY a "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY a%d "%s">' % (k, (b"&a%d;" % (k - 1) if k else b"&a;") * 10) for k in range(12))
        + b"]><ink><trace>&a11;</trace></ink>",
    )
    yield (
        "outside.svg",
        b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/hostname">]><svg><path d="&a;"/></svg>',
    )
    yield "path.svg", b'<svg><path d="M0 0' + b"c1 1 2 2 3 3" * 10**6 + b'"/></svg>'
    yield "header.safetensors", struct.pack("<Q", 2**63 - 1) + b"{"
    yield (
        "shape.safetensors",
        (lambda head: struct.pack("<Q", len(head)) + head)(
            b'{"a":{"dtype":"F32","shape":[4294967295,4294967295],"data_offsets":[0,8]}}'
        )
        + bytes(8),
    )
    yield "pickle.pkl", b"\x80\x04cos\nsystem\n(S'true'\ntR."


def _special(folder: Path) -> Iterator[Outcome]:
    """Read from and write to a pipe, a socket and a device node of our own."""
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket"))
        kinds = ["pipe", "socket"]
        try:
            os.mknod(folder / "device", 0o600 | stat.S_IFCHR, os.makedev(1, 3))
            kinds.append("device")
        except PermissionError:
            pass  # only the superuser may
        for name in kinds:
            mode = (folder / name).lstat().st_mode
            for words in (
                ("predict", name),
                ("predict", "--model", name, name),
                ("import", name, "--out", "x"),
                ("evaluate", "--data", f"./{name}"),
                ("data", "fetch", "emnist", "--source", name, "--data-dir", "d"),
                ("model-card", "--model", name),
                ("export", "--to", "onnx", name),
                ("serve", "--model", name),
            ):
                yield attempt(f"{name}: {words[0]}", folder, *words)
            model = Path(__file__).parents[2] / "src/lenet/models/pretrained/modern-s.safetensors"
            outcome = attempt(f"{name}: import --out", folder, "import", model, "--out", name)
            same = (folder / name).lstat().st_mode == mode
            yield outcome if same else Outcome(outcome.name, False, "was replaced")
