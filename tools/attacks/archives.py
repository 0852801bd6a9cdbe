"""Archives and compressed files that unpack to gigabytes, or announce them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from attacks.outcome import Outcome, attempt

GIB = 2**30


def attack(folder: Path, numbers: random.Random) -> Iterator[Outcome]:
    """Give each archive to each command that reads its kind."""
    for make in (*_zips(), *_tars(), *_streams()):
        path = folder / make.__name__
        make(path)
        for words in (
            ("data", "info", f"./{path.name}"),
            ("evaluate", "--data", f"emnist:letters@{path.name}"),
            ("predict", path.name),
            ("import", path.name, "--out", "x.safetensors"),
            ("data", "fetch", "emnist", "--source", path.name, "--data-dir", "emnist"),
        ):
            yield attempt(f"{path.name}: {' '.join(words)}", folder, *words)
        path.unlink()


def _npy(count: int) -> bytes:
    """Return the header of an array of images."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": "|u1", "fortran_order": False, "shape": (count, 28, 28)}
    )
    return stream.getvalue()


def _zip(path: Path, name: str, packed: bytes, size: int, method: int, crc: int = 0) -> None:
    """Write a zip with one member, whatever its header claims."""
    data = name.encode()
    head = struct.pack("<HHHHHLLLHH", 20, 0, method, 0, 0, crc, len(packed), size, len(data), 0)
    with path.open("wb") as stream:
        stream.write(b"PK\x03\x04" + head + data + packed)
        start = stream.tell()
        stream.write(b"PK\x01\x02\x14\0" + head + struct.pack("<HHHLL", 0, 0, 0, 0, 0) + data)
        length = stream.tell() - start
        stream.write(b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, length, start, 0))


def _zeros(compress: Callable[[bytes], bytes], flush: Callable[[], bytes], count: int) -> bytes:
    return b"".join(compress(bytes(2**20)) for _ in range(count // 2**20)) + flush()


def _zips() -> Iterator[Callable[[Path], None]]:
    names = ("images.npy", "gzip/emnist-letters-test-images-idx3-ubyte.gz", "a.dat", "config.json")

    def bzip2(path: Path) -> None:
        work = bz2.BZ2Compressor()
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("labels.npy", b"x")
        _zip(path, names[0], _zeros(work.compress, work.flush, GIB), 784 * 10**6, zipfile.ZIP_BZIP2)

    def lzma_zip(path: Path) -> None:
        work = lzma.LZMACompressor(lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1}])
        packed = _zeros(work.compress, work.flush, GIB)
        _zip(path, names[0], b"\x09\x04\x05\0]\0\0\x80\0" + packed, 1000, zipfile.ZIP_LZMA)

    def lying(name: str, size: int, label: str) -> Callable[[Path], None]:
        def make(path: Path) -> None:
            work = zlib.compressobj(9, zlib.DEFLATED, -15)
            head = work.compress(_npy(10))
            _zip(path, name, head + _zeros(work.compress, work.flush, GIB), size, zipfile.ZIP_DEFLATED)

        make.__name__ = f"lying-{label}.zip"
        return make

    def overlapping(path: Path) -> None:
        """Many members are one and the same (Fifield 2019, A better zip bomb)."""
        _zip(path, "0.dat", zlib.compress(bytes(2**26), 9)[2:-4], 2**26, zipfile.ZIP_DEFLATED)
        data = path.read_bytes()
        start = data.index(b"PK\x01\x02")
        entry = data[start : data.index(b"PK\x05\x06")]
        many = b"".join(entry[:46] + b"%05d" % k for k in range(20_000))
        many = b"".join(entry[:28] + struct.pack("<H", 5) + entry[30:46] + b"%05d" % k for k in range(20_000))
        end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 20_000, 20_000, len(many), start, 0)
        path.write_bytes(data[:start] + many + end)

    def directory(path: Path) -> None:
        """A list of members of two gigabytes, on no disk space."""
        with path.open("wb") as stream:
            stream.truncate(2 * GIB)
            stream.seek(2 * GIB)
            stream.write(b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 60_000, 60_000, 2 * GIB - 100, 100, 0))
        with path.open("r+b") as stream:
            stream.write(b"PK\x03\x04")

    def members(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for k in range(60_000):
                archive.writestr(f"{k}.dat", b"")

    for make, name in ((bzip2, "bzip2.npz"), (lzma_zip, "lzma.npz"), (overlapping, "overlapping.zip"),
                       (directory, "directory.zip"), (members, "members.zip")):  # fmt: skip
        make.__name__ = name
        yield make
    for name in names:
        for size, label in ((100, "small"), (2**26, "limit"), (2**32 - 2, "large")):
            yield lying(name, size, f"{label}-{Path(name).name}")


def _tars() -> Iterator[Callable[[Path], None]]:
    def pax(path: Path) -> None:
        info = tarfile.TarInfo("pax")
        info.type, info.size = tarfile.XHDTYPE, 4 * GIB
        path.write_bytes(info.tobuf(tarfile.GNU_FORMAT))
        os.truncate(path, 4 * GIB + 2048)

    def pax_packed(path: Path) -> None:
        info = tarfile.TarInfo("pax")
        info.type, info.size = tarfile.XHDTYPE, GIB
        work = zlib.compressobj(9, zlib.DEFLATED, 31)
        head = work.compress(info.tobuf(tarfile.GNU_FORMAT))
        path.write_bytes(head + _zeros(work.compress, work.flush, GIB))

    def large_members(path: Path) -> None:
        work = zlib.compressobj(9, zlib.DEFLATED, 31)
        with path.open("wb") as stream:
            for k in range(4):
                info = tarfile.TarInfo(f"{k}.dat")
                info.size = GIB
                stream.write(work.compress(info.tobuf(tarfile.GNU_FORMAT)))
                for _ in range(1024):
                    stream.write(work.compress(bytes(2**20)))
            stream.write(work.flush())

    for make, name in ((pax, "pax.tar"), (pax_packed, "pax.tgz"), (large_members, "large.tgz")):
        make.__name__ = name
        yield make


def _streams() -> Iterator[Callable[[Path], None]]:
    def stream(part: bytes, name: str, head: bytes = b"") -> Callable[[Path], None]:
        def make(path: Path) -> None:
            with gzip.open(path, "wb", 1) as file:
                file.write(head)
                block = part * (2**20 // len(part))
                for _ in range(2048):
                    file.write(block)

        make.__name__ = name
        return make

    letter = b'{"label": "a", "strokes": [[[1, 2], [3, 4]]]}\n'
    yield stream(b"\n", "blank.jsonl.gz")
    yield stream(b"\n", "letter-and-blank.jsonl.gz", letter)
    yield stream(b"[", "brackets.jsonl.gz")
    yield stream(b" ", "one-line.jsonl.gz", b'{"strokes": ')
    yield stream(b"\n", "blank.csv.gz", b"1" + b",0" * 784 + b"\n")
    yield stream(b"9", "digits.csv.gz")
    yield stream(b".A\n", "statements.dat.gz")
    yield stream(b"\0", "emnist-letters-test-images-idx3-ubyte.gz", struct.pack(">4I", 0x803, 10**6, 28, 28))
    yield stream(b"<a>", "deep.inkml.gz", b"<ink>")
