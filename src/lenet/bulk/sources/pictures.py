"""Turn encoded pictures of one letter each into images of 28x28, and into batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lenet.bulk.sources import png
from lenet.bulk.sources.reader import BATCH, Item, upright
from lenet.bulk.sources.streams import describe
from lenet.bulk.types import Batch, ReadOptions, Reject
from lenet.engine.abi import SIDE
from lenet.errors import DataError, LenetError
from lenet.ink import clean_picture, rasterize_picture, read_picture

MAX_PICTURE_BYTES = 64 * 2**20

Images = npt.NDArray[np.uint8]


class Encoded(NamedTuple):
    """A picture in a source.

    Attributes:
        name: as in `Batch`.
        offset: as in `Reject`.
        data: the bytes of its file; uint8 (28, 28) of an image without a format; or the error, where it
            cannot be read.
    """

    name: str
    offset: int
    data: bytes | Images | LenetError


def decode_all(pictures: Iterable[Encoded], options: ReadOptions) -> Iterator[Item]:
    """Yield the letters of encoded pictures in batches, and the rejected ones."""
    names: list[str] = []
    images = np.empty((BATCH, SIDE, SIDE), np.uint8)
    for name, offset, data in pictures:
        try:
            images[len(names)] = decode(data, options)
        except LenetError as error:
            yield Reject(name, offset, describe(error, "picture", name))
            continue
        names.append(name)
        if len(names) == BATCH:
            yield Batch(names, images)
            names, images = [], np.empty_like(images)
    if names:
        yield Batch(names, images[: len(names)])


def decode(data: bytes | Images | LenetError, options: ReadOptions) -> Images | int:
    """Return the image of a letter: uint8 (28, 28), upright, ink bright; 0, a blank one, if it has no ink.

    Raises:
        LenetError: it cannot be read.
    """
    if isinstance(data, LenetError):
        raise data
    if isinstance(data, np.ndarray):
        return upright(data, options)
    tones = png.decode(data)
    if tones is None:
        tones = read_picture(data)
    if not options.preprocess:
        if tones.shape != (SIDE, SIDE):
            height, width = tones.shape
            raise DataError(f"{width} x {height} pixels, not 28 x 28; read it without --no-preprocess")
        return upright(tones, options)
    image = rasterize_picture(clean_picture(tones))
    if image is None:
        return 0
    return options.orientation.inverse.apply(image)  # whatever the ink was, it is bright now
