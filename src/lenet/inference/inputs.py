"""Read the letters to recognize from files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lenet import ink
from lenet.errors import DataError, LenetError


class Input(NamedTuple):
    """A letter to recognize.

    Attributes:
        source: the file, with the number of the line or the image where it holds several.
        image: uint8 (28, 28); None for an empty drawing.
    """

    source: str
    image: npt.NDArray[np.uint8] | None


def read_inputs(file: str, pen_width: float = ink.DEFAULT_PEN) -> Iterator[Input]:
    """Yield the letters of a stroke file ("-": standard input), an NPZ file or a picture.

    Args:
        file: the path.
        pen_width: how wide strokes are drawn, see `lenet.ink.rasterize`.

    Raises:
        LenetError: at the first letter that cannot be read.
    """
    from lenet.datasets.readers.npz import read_images

    kind = _kind(file)
    if kind == "strokes":
        for drawing in ink.read_drawings(file):
            try:
                image = ink.rasterize(drawing.strokes, pen_width)
            except LenetError as error:
                raise DataError(f"{drawing.source}: {error}") from None
            yield Input(drawing.source, image)
    elif kind == "npz":
        for number, image in enumerate(read_images(file), 1):
            yield Input(f"{file}:{number}", image)
    else:
        yield Input(file, ink.rasterize_picture(ink.read_picture(file)))


def _kind(file: str) -> str:
    """Tell what a file holds: by its name where that is certain, else by its first bytes."""
    from lenet.datasets.registry import file_kind

    name, path = file.lower(), Path(file)
    if file == "-" or name.endswith((".jsonl", ".jsonl.gz")):
        return "strokes"
    if name.endswith(".npz"):
        return "npz"
    if path.exists() and not path.is_file() and not path.is_dir():
        return "strokes"  # a pipe can be read only once, so its bytes cannot decide
    kind = file_kind(file)
    if kind.startswith("idx"):
        raise DataError(f"{file}: a labelled data set; give it to `lenet evaluate --data`")
    return kind
