"""Find the images in an IDX file, gzipped or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np

from lenet.bulk.sources.rows import ROW, Rows
from lenet.bulk.sources.streams import DAMAGES, MAX_DEFLATE_RATIO, is_gzip, read_exactly, state, unpacked
from lenet.datasets.readers.idx import IMAGES_MAGIC
from lenet.engine.abi import SIDE
from lenet.errors import DataError

_HEADER = 16  # bytes: the magic number and three sizes


@contextmanager
def locate(stream: BinaryIO, uri: str) -> Iterator[Rows]:
    """Find the images.

    Raises:
        DataError: it is not an IDX file of images of 28x28, or has another size than it announces.
    """
    size, is_packed = state(stream).size, is_gzip(stream)
    if is_packed:
        stream, size = unpacked(stream), size * MAX_DEFLATE_RATIO
    try:
        header = read_exactly(stream, _HEADER)
    except DAMAGES:
        header = b""
    if header[:4] != IMAGES_MAGIC:
        raise DataError(f"{uri}: not an IDX file of images; give ...-images-idx3-ubyte")
    count, *sides = np.frombuffer(header[4:], ">u4").tolist()
    if sides != [SIDE, SIDE]:
        raise DataError(f"{uri}: images of {sides[0]} x {sides[1]}, not 28 x 28; convert them")
    expected = _HEADER + ROW * count
    if expected > size if is_packed else expected != size:
        raise DataError(f"{uri}: not the size that its {count:,} images need; copy the file again")
    yield Rows(stream, _HEADER, count)
