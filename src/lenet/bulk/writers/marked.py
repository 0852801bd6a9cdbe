"""Files without a footer: the mark is in a small file beside them, which is written last."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from typing import BinaryIO

from lenet.bulk.storage import Target
from lenet.bulk.writers.types import Letters, Mark
from lenet.errors import DataError, LenetError


class MarkedWriter:
    """The base of writers of text."""

    suffix: str

    def part(self, number: int) -> str:
        """Return the name of a shard's file of letters."""
        return f"part-{number:05d}.{self.suffix}"

    def mark_name(self, number: int) -> str:
        """Return the name of the file with the mark."""
        return f"part-{number:05d}.json"

    def encode(self, letters: Letters, mark: Mark, stream: BinaryIO) -> None:
        """Write letters."""
        raise NotImplementedError

    def put(self, target: Target, number: int, letters: Letters, mark: Mark) -> None:
        """Write a shard's letters, then its mark."""
        name = self.part(number)
        stream = io.BytesIO()
        self.encode(letters, mark, stream)
        data = stream.getbuffer()
        mark = replace(mark, sha256=hashlib.sha256(data).hexdigest())
        is_new = target.put_if_absent(name, lambda out: _write(out, data))
        if not is_new and _digest(target, name) != mark.sha256:
            raise LenetError(f"{target}: {name}: is not of this run; remove it, or choose another folder")
        target.put_if_absent(self.mark_name(number), lambda out: _write(out, mark.to_json() + b"\n"))

    def mark(self, target: Target, number: int) -> Mark:
        """Return the mark of a done shard."""
        name = self.mark_name(number)
        return Mark.from_json(target.read(name), f"{target}: {name}")

    def check(self, target: Target, number: int, mark: Mark) -> int:
        """Compare the file's digest; return the number of letters."""
        name = self.part(number)
        if _digest(target, name) != mark.sha256:
            raise DataError(f"{target}: {name}: is damaged; remove it and its .json, and run again")
        with target.open(name) as stream:
            return self.count(stream)

    def count(self, stream: BinaryIO) -> int:
        """Return the number of letters of a file."""
        return sum(1 for _ in stream)


def _write(stream: BinaryIO, data: bytes | memoryview) -> None:
    stream.write(data)


def _digest(target: Target, name: str) -> str:
    """Return a file's hexadecimal SHA-256."""
    with target.open(name) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
