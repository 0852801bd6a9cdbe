"""Read pen strokes from a file of any format; its first bytes tell the format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from lenet._util.sniff import FileType, sniff, wrong_type
from lenet.ink import inkml, jsonl, svg, unipen
from lenet.ink.drawing import Drawing

STROKE_READERS: dict[FileType, Callable[[str | Path], Iterator[Drawing]]] = {
    FileType.DRAWINGS: jsonl.read,
    FileType.JSON: jsonl.read,  # a value of another form: the reader says which form it must have
    FileType.UNIPEN: unipen.read,
    FileType.TAR: unipen.read,
    FileType.FOLDER: unipen.read,
    FileType.INKML: inkml.read,
    FileType.SVG: svg.read,
}
"""The reader of each type of file that holds pen strokes."""

_UNTYPED = (FileType.EMPTY, FileType.TEXT, FileType.UNKNOWN, FileType.GZIP)


def read_drawings(path: str | Path, note: Callable[[str], object] = lambda text: None) -> Iterator[Drawing]:
    """Yield the drawings of a stroke file; "-" is standard input, JSON Lines.

    JSON Lines (docs/reference/data.md), other JSON of strokes, Quick, Draw!, signature_pad, UNIPEN, InkML and
    SVG are read, gzipped or not.

    Args:
        path: the file, a folder of UNIPEN, or "-".
        note: called at the end, with a line that says what of the file was left out.

    Raises:
        LenetError: the file is something else, which the message says, or a drawing cannot be used.
    """
    if str(path) == "-" or not (Path(path).is_file() or Path(path).is_dir()):
        return jsonl.read(path)  # a pipe can be read only once, so its bytes cannot decide
    file_type = sniff(path)
    if file_type in STROKE_READERS:
        if STROKE_READERS[file_type] is unipen.read:
            return unipen.read(path, note)
        return STROKE_READERS[file_type](path)
    if file_type in _UNTYPED:
        return jsonl.read(path)
    raise wrong_type(path, file_type, "a file of pen strokes", "give JSON Lines, UNIPEN or InkML")
