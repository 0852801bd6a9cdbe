"""Read the letters to recognize from files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lenet import ink
from lenet._util.sniff import FileType, sniff, wrong_type
from lenet.errors import DataError, LenetError
from lenet.ink import STROKE_READERS
from lenet.ink.folders import describe_skipped, files_below, is_picture


class Input(NamedTuple):
    """A letter to recognize.

    Attributes:
        source: the file, with the number of the line or the image where it holds several.
        image: uint8 (28, 28); None for an empty drawing.
    """

    source: str
    image: npt.NDArray[np.uint8] | None


def read_inputs(
    file: str, pen_width: float = ink.DEFAULT_PEN, note: Callable[[str], object] = lambda text: None
) -> Iterator[Input]:
    """Yield the letters of a stroke file ("-": standard input), an NPZ file or a picture.

    The first bytes tell the type of a file, not its name.

    Args:
        file: the path.
        pen_width: how wide strokes are drawn, see `lenet.ink.rasterize`.
        note: called at the end, with a line that says what of the file was left out.

    Raises:
        LenetError: at the first letter that cannot be read.
    """
    if file == "-" or not (Path(file).is_file() or Path(file).is_dir()):
        yield from _drawings(file, pen_width)  # a pipe can be read only once, so its bytes cannot decide
        return
    file_type = sniff(file)
    if file_type is FileType.NPZ:
        from lenet.datasets.readers.npz import read_images

        for number, image in enumerate(read_images(file), 1):
            yield Input(f"{file}:{number}", image)
    elif file_type in STROKE_READERS:
        yield from _drawings(file, pen_width, note)
    elif file_type in _LABELLED:
        raise DataError(f"{file}: a labelled data set; give it to `lenet evaluate --data`")
    elif file_type in _UNTYPED and file.lower().endswith((".jsonl", ".jsonl.gz", ".ndjson", ".json")):
        yield from _drawings(file, pen_width)
    else:
        yield Input(file, ink.rasterize_picture(ink.clean_picture(ink.read_picture(file))))


def files_in_folder(folder: Path) -> tuple[list[str], str]:
    """Find the files in a folder, and in folders in it, that `read_inputs` reads.

    Returns:
        The paths in their order, and a note about files that are left out; "" if there are none.

    Raises:
        DataError: there is nothing to read in it.
    """
    everything = files_below(folder)
    files = [path for path in everything if is_picture(path) or sniff(path) in _READ]
    if not files:
        if (file_type := sniff(folder)) is not FileType.FOLDER:
            raise wrong_type(folder, file_type, "a folder of pictures or drawings", "")
        raise DataError(f"{folder}: no picture and no file of drawings in it; name another folder")
    skipped = sorted({*everything} - {*files})
    note = f"{folder}: {describe_skipped(skipped)}" if skipped else ""
    return [str(path) for path in files], note


_READ = {FileType.NPZ, FileType.PICTURE, *STROKE_READERS} - {FileType.JSON, FileType.FOLDER}
_LABELLED = (FileType.IDX_IMAGES, FileType.IDX_LABELS, FileType.CSV)
_UNTYPED = (FileType.EMPTY, FileType.TEXT, FileType.UNKNOWN, FileType.GZIP)


def _drawings(
    file: str, pen_width: float, note: Callable[[str], object] = lambda text: None
) -> Iterator[Input]:
    for drawing in ink.read_drawings(file, note):
        try:
            image = ink.rasterize(drawing.strokes, pen_width)
        except LenetError as error:
            raise DataError(f"{drawing.source}: {error}") from None
        yield Input(drawing.source, image)
