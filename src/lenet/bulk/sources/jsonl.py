"""Read strokes in JSON Lines; gzipped ones from the beginning.

A piece is a range of bytes of the unpacked file, from the beginning of a line to that of another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

import numpy as np

from lenet import ink
from lenet.bulk.sources.reader import BATCH, Item, ReadPiece, SourceReader
from lenet.bulk.sources.streams import BLOCK, DAMAGES, describe, is_gzip, open_source, printable, unpacked
from lenet.bulk.types import Batch, Part, Piece, ReadOptions, Reject, Source
from lenet.engine.abi import SIDE
from lenet.errors import DataError, LenetError
from lenet.ink.drawing import Drawing
from lenet.ink.drawing_json import drawings_of
from lenet.ink.jsonl import BYTE_ORDER_MARK, MAX_LINE, parse_line
from lenet.ink.records import RecordReader

_HEAD, _LINES = 2**20, 10  # bytes and lines at the beginning that tell JSON Lines


class Line(NamedTuple):
    """A line of a file.

    Attributes:
        start: offset of its first byte.
        number: from 1.
        data: its bytes, or why they cannot be read.
    """

    start: int
    number: int
    data: bytes | LenetError


def is_json_lines(stream: BinaryIO) -> bool:
    """Tell whether a file has a drawing on each line, by its first lines; some of them may be damaged."""
    stream = unpacked(stream) if is_gzip(stream) else stream
    stream.seek(0)
    try:
        lines = [line for line in stream.read(_HEAD).split(b"\n")[:_LINES] if line.strip()]
    except DAMAGES:
        return False
    for number, line in enumerate(lines):
        try:
            value = parse_line(line.removeprefix(BYTE_ORDER_MARK), "", or_none=False)
            if number == 0 or isinstance(value, dict):  # a list may be a part of a longer one
                next(drawings_of(value, ""), None)
                return True
        except LenetError:
            continue
    return False


class JsonLinesReader(SourceReader):
    """Reads strokes in JSON Lines."""

    def plan(self, source: Source, size: int) -> Iterator[Part]:
        """Yield ranges of bytes, each of `size` lines."""
        start = first = number = position = 0
        with _open(source) as stream:
            while block := _read_block(stream):
                ends = position + 1 + np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n"))
                while number + len(ends) - first >= size:
                    stop = int(ends[first + size - number - 1])
                    yield Part(start, stop, first, size, is_exact=False)
                    ends = ends[first + size - number :]
                    start, first = stop, first + size
                    number = first
                number += len(ends)
                position += len(block)
        if position > start:
            yield Part(start, position, first, max(1, number - first), is_exact=False)

    @contextmanager
    def open(self, source: Source) -> Iterator[ReadPiece]:
        """Open a file."""
        with _open(source) as stream:
            yield lambda piece: self._letters(_lines(stream, piece), source.uri)

    def _letters(self, lines: Iterator[Line], uri: str) -> Iterator[Item]:
        parse, place = _Parser(), printable(uri)
        names: list[str] = []
        images = np.zeros((BATCH, SIDE, SIDE), np.uint8)
        for start, number, data in lines:
            try:
                for drawing in parse(data, f"{place}:{number}"):
                    image = ink.rasterize(drawing.strokes, self.options.pen_width)
                    images[len(names)] = 0 if image is None else image
                    names.append(drawing.source)
                    if len(names) == BATCH:
                        yield Batch(names, images)
                        names, images = [], np.zeros_like(images)
            except LenetError as error:
                yield Reject(f"{place}:{number}", start, describe(error, f"{place}:{number}"))
        if names:
            yield Batch(names, images[: len(names)])


class _Parser:
    """Parses lines; the fast reader of records is given up in a piece that has another form."""

    def __init__(self) -> None:
        self._records: RecordReader | None = RecordReader()

    def __call__(self, data: bytes | LenetError, place: str) -> Iterator[Drawing]:
        if isinstance(data, LenetError):
            raise data
        if self._records and (drawing := self._records.read(data, place)):
            yield drawing
            return
        value = parse_line(data, place, or_none=False)
        yield from drawings_of(value, place)
        self._records = None


@contextmanager
def _open(source: Source) -> Iterator[BinaryIO]:
    with open_source(source) as stream:
        yield unpacked(stream) if is_gzip(stream) else stream


def _read_block(stream: BinaryIO) -> bytes:
    """Read a block; where packed data are damaged, their end."""
    try:
        return stream.read1(BLOCK)  # type: ignore[attr-defined, no-any-return]
    except DAMAGES:
        return b""


def _lines(stream: BinaryIO, piece: Piece) -> Iterator[Line]:
    """Yield the lines of a piece without blank ones; a damage ends them."""
    position, number = piece.start, piece.first
    try:
        stream.seek(position)
        while position < piece.stop:
            line = stream.readline(MAX_LINE + 1)
            start, position, number = position, position + len(line), number + 1
            if not line:
                raise EOFError
            if len(line) > MAX_LINE:
                while not line.endswith(b"\n") and (line := stream.readline(BLOCK)):
                    position += len(line)
                yield Line(start, number, DataError("longer than 16 MiB; write each drawing on its own line"))
                continue
            line = line.removeprefix(BYTE_ORDER_MARK) if start == 0 else line
            if line.strip():
                yield Line(start, number, line)
    except DAMAGES as error:
        yield Line(position, number + 1, DataError(f"the gzip data are damaged here ({describe(error)})"))


def reader(kind: str, options: ReadOptions) -> JsonLinesReader:
    """Return the reader of JSON Lines."""
    return JsonLinesReader(options)
