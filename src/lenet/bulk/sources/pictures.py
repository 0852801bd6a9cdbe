"""Turn encoded pictures of one letter each into images of 28x28, and into batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lenet.bulk.sources import png
from lenet.bulk.sources.reader import BATCH, Item
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
        data: the bytes of its file; or the error, where these cannot be read.
    """

    name: str
    offset: int
    data: bytes | LenetError


def decode_all(
    pictures: Iterable[Encoded], options: ReadOptions, upright: Callable[[Images], Images]
) -> Iterator[Item]:
    """Yield the letters of encoded pictures in batches, and the rejected ones.

    Args:
        pictures: in their order.
        options: how they are read.
        upright: turns stored images to upright ones with bright ink.
    """
    decode = rasterized if options.preprocess else as_stored
    names: list[str] = []
    images = np.empty((BATCH, SIDE, SIDE), np.uint8)
    for name, offset, data in pictures:
        try:
            images[len(names)] = decode(data)
        except LenetError as error:
            yield Reject(name, offset, describe(error, "picture", name))
            continue
        names.append(name)
        if len(names) == BATCH:
            yield Batch(names, upright(images))
            names, images = [], np.empty_like(images)
    if names:
        yield Batch(names, upright(images[: len(names)]))


def rasterized(data: bytes | LenetError) -> Images | int:
    """Return the image of a picture as `lenet predict` makes it; 0, a blank one, if it has no ink."""
    image = rasterize_picture(clean_picture(_tones(data)))
    return 0 if image is None else image


def as_stored(data: bytes | LenetError) -> Images:
    """Return the pixels of a picture of 28x28. Raise DataError for other sizes."""
    tones = _tones(data)
    if tones.shape != (SIDE, SIDE):
        height, width = tones.shape
        raise DataError(f"{width} x {height} pixels, not 28 x 28; read it without --no-preprocess")
    return tones


def _tones(data: bytes | LenetError) -> Images:
    if isinstance(data, LenetError):
        raise data
    tones = png.decode(data)
    return read_picture(data) if tones is None else tones
